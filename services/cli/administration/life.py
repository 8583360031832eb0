"""What became of a webhook or request, step by step in the order of time. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.cli.administration.database import Row
from services.cli.administration.tracing import Trace

# Of one moment.
EARLIEST_FIRST = {"received": 0, "queued": 1, "claimed": 2, "attempt": 3}
LATEST = 4
ONE_STATEMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened, or is to happen. `id` is of what `place` keeps."""

    at: datetime
    place: str
    what: str
    id: str


def state_of(trace: Trace) -> str:
    """Where it stands as a whole: `dead`, `replaying`, `processing`, `retrying`, `pending`, `ignored` or `done`."""
    states = {row["state"] for row in (*trace.dead, *trace.deliveries)} | {row["status"] for row in trace.queued}
    for state in ("dead", "replaying", "processing", "retrying", "pending"):
        if state in states:
            return state
    if trace.events and all(row["ignored"] for row in trace.events):
        return "ignored"
    return "discarded" if states == {"discarded"} else "done"


def life_of(trace: Trace) -> list[Step]:
    """Every step, the earliest first."""
    return sorted(_steps(trace), key=_order)


def _order(step: Step) -> tuple[datetime, int]:
    kind = step.what.split(" ", maxsplit=1)[0]
    return step.at, EARLIEST_FIRST.get(kind, LATEST)


def _steps(trace: Trace) -> Iterator[Step]:
    for part in (_taken_in, _waiting, _failed, _effects, _told, _decided):
        yield from part(trace)


def _taken_in(trace: Trace) -> Iterator[Step]:
    for row in trace.events:
        source = f" from {row['source_kind']} {row['source_name']}" if row["source_name"] else ""
        ignored = f", without effect: {row['ignored']}" if row["ignored"] else ""
        yield Step(row["received_at"], "inbox", f"received {row['event_type']}{source}{ignored}", str(row["id"]))


def _waiting(trace: Trace) -> Iterator[Step]:
    for row in trace.queued:
        yield Step(row["created_at"], "queue", f"queued {row['message_type']}", str(row["id"]))
        yield from _attempts(row, "queue")
        if row["status"] == "processing":
            what = f"claimed by {row['locked_by']}, attempt {row['retry_count']}, until {_clock(row['locked_until'])}"
            yield Step(row["processed_at"], "queue", what, str(row["id"]))
        elif row["parked"]:
            yield Step(row["processed_at"] or row["created_at"], "queue", "put aside: it is paused", str(row["id"]))
        elif row["scheduled_at"] is not None:
            yield Step(row["scheduled_at"], "queue", f"due again after {row['retry_count']} attempts", str(row["id"]))


def _failed(trace: Trace) -> Iterator[Step]:
    for row in trace.dead:
        yield from _attempts(row, "dead letters")
        for entry in row["history"]:
            by = f" by {entry['by']}" if entry.get("by") else ""
            why = entry.get("error") or entry.get("reason")
            what = f"{entry['event']}{by}" + (f": {why}" if why else "")
            yield Step(_of_its_attempt(entry, row["attempts"]), "dead letters", what, str(row["id"]))


def _of_its_attempt(entry: Row, attempts: list[Row]) -> datetime:
    """When an attempt led to this: the statement that noted both read the clock first for what came second."""
    at = datetime.fromisoformat(entry["at"])
    times = (datetime.fromisoformat(attempt["at"]) for attempt in attempts)
    return min((time for time in times if at <= time <= at + ONE_STATEMENT), default=at)


def _attempts(row: Row, place: str) -> Iterator[Step]:
    for number, attempt in enumerate(row["attempts"], start=1):
        what = f"attempt {number} failed after {attempt.get('duration_ms', '?')} ms: {attempt.get('error')}"
        yield Step(datetime.fromisoformat(attempt["at"]), place, what, str(row["id"]))


def _effects(trace: Trace) -> Iterator[Step]:
    for row in trace.messages:
        kind = f"{row['message_type']} of {row['sender_type']}, now {row['delivery_status']}"
        yield Step(
            row["created_at"], "messages", f"stored in conversation {row['conversation_id']}: {kind}", str(row["id"])
        )
        for name, what in (("posted_at", "handed to Evolution"), ("edited_at", "edited"), ("deleted_at", "deleted")):
            if row[name] is not None:
                yield Step(row[name], "messages", what, str(row["id"]))
    for row in trace.actions:
        what = f"stored in conversation {row['conversation_id']}: {row['action_type']}"
        yield Step(row["created_at"], "actions", what, str(row["id"]))
    for row in trace.files:
        reason = f" ({row['state_reason']})" if row["state_reason"] else ""
        yield Step(
            row["created_at"],
            "files",
            f"file of message {row['message_id']}, now {row['state']}{reason}",
            str(row["id"]),
        )
    for row in trace.lines:
        yield Step(row["at"], "sources", f"line of source {row['source_id']}: {row['state']}", str(row["event_id"]))


def _told(trace: Trace) -> Iterator[Step]:
    for row in trace.unpublished:
        yield Step(row["created_at"], "outbox", f"waits for its publication to {row['channel']}", str(row["id"]))
    for row in trace.deliveries:
        what = f"{row['message_type']} to destination {row['destination']}: {row['state']}, {row['tries']} tries"
        yield Step(row["created_at"], "deliveries", what, str(row["id"]))


def _decided(trace: Trace) -> Iterator[Step]:
    for row in trace.audit:
        what = f"{row['action']} by {row['by'] or 'the product'} on {row['subject_type']} {row['subject_id']}"
        yield Step(row["created_at"], "audit", what, str(row["id"]))


def _clock(at: datetime | None) -> str:
    return at.isoformat(timespec="milliseconds") if at else "-"


def step_object(step: Step) -> dict[str, Any]:
    """For programs."""
    return {
        "at": step.at.isoformat(timespec="milliseconds"),
        "place": step.place,
        "id": step.id,
        "what": step.what,
    }
