"""The steps of an event's life, put together from what the tables have."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.cli.administration.life import life_of, state_of
from services.cli.administration.tracing import Trace

BEGAN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ID = UUID(int=1)
EVENT = {
    "id": ID,
    "event_type": "messages.upsert",
    "ignored": None,
    "received_at": BEGAN,
    "source_kind": "evolution",
    "source_name": "demo-wa",
}


def queued(status: str, **more: object) -> dict[str, object]:
    row = {"id": ID, "message_type": "messages.upsert", "status": status, "attempts": [], "created_at": BEGAN}
    return {
        **row,
        "scheduled_at": None,
        "parked": False,
        "processed_at": None,
        "retry_count": 0,
        "locked_by": None,
        **more,
    }


def dead(state: str) -> dict[str, object]:
    at = (BEGAN + timedelta(seconds=2)).isoformat()
    attempt = {"at": (BEGAN + timedelta(seconds=2, milliseconds=1)).isoformat(), "duration_ms": 4, "error": "no"}
    return {"id": 3, "state": state, "attempts": [attempt], "history": [{"at": at, "event": "dead", "error": "no"}]}


def trace(**rows: list[dict[str, object]]) -> Trace:
    return Trace(ID, **rows)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (trace(events=[EVENT]), "done"),
        (trace(events=[EVENT], queued=[queued("pending")]), "pending"),
        (trace(events=[EVENT], queued=[queued("pending"), queued("retrying")]), "retrying"),
        (trace(events=[EVENT], queued=[queued("retrying")], dead=[dead("dead")]), "dead"),
        (trace(events=[EVENT], dead=[dead("replayed")]), "done"),
        (trace(events=[EVENT], dead=[dead("discarded")]), "discarded"),
        (trace(events=[{**EVENT, "ignored": "own"}]), "ignored"),
        (trace(events=[EVENT, {**EVENT, "ignored": "own"}]), "done"),
    ],
)
def test_the_worst_of_its_parts_says_how_it_stands(found: Trace, state: str) -> None:
    """One dead event of ten is what an operator looks for."""
    assert state_of(found) == state


def test_steps_stand_in_the_order_of_time() -> None:
    """Of what one statement noted at one moment, the attempt comes before what became of it."""
    steps = life_of(trace(dead=[dead("dead")], events=[EVENT]))

    assert [step.what for step in steps] == [
        "received messages.upsert from evolution demo-wa",
        "attempt 1 failed after 4 ms: no",
        "dead: no",
    ]


def test_what_is_paused_is_due_at_no_moment() -> None:
    """A pause has no end."""
    waiting = queued("retrying", scheduled_at=BEGAN + timedelta(seconds=30), retry_count=2)
    paused = queued("pending", parked=True)

    assert life_of(trace(queued=[waiting]))[-1].what == "due again after 2 attempts"
    assert life_of(trace(queued=[paused]))[-1].what == "put aside: it is paused"
