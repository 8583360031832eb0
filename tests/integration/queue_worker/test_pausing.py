"""What is paused is worked by nobody, and lost by nobody."""

import asyncio
from typing import Any

import pytest

from services.queue_worker import claims, housekeeping, queue
from services.queue_worker.operating.pausing import RECHECK_SECONDS, SeenPauses, free_resumed, park_paused
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from tests.integration.queue_worker.queue_rows import Owner, enqueue, enqueue_many, expire_leases, make_due

LEASE = 30.0


def pause(owner: Owner, kind: str = "events", source_id: int | None = None, clinic_id: int = 1) -> None:
    owner.execute(
        "INSERT INTO queue_pauses (clinic_id, source_id, kind, reason, paused_by) VALUES (%s, %s, %s, 'x', 'Oper')",
        [clinic_id, source_id, kind],
    )


def resume(owner: Owner) -> None:
    owner.execute("DELETE FROM queue_pauses")


async def claimable(pool: Pool) -> list[Any]:
    """What a worker would get now, of every lane."""
    lanes = (claims.claim_batch, claims.claim_suspects, claims.claim_heads)
    return [message.id for claim in lanes for message in await claim(pool, 1000, LEASE)]


@pytest.mark.parametrize(
    ("kind", "source_id", "left"),
    [
        ("events", None, {"send 1", "send 2"}),
        ("events", 1, {"event 2", "send 1", "send 2"}),
        ("sends", None, {"event 1", "event 2"}),
        ("sends", 2, {"event 1", "event 2", "send 1"}),
    ],
)
async def test_a_pause_stops_its_own_and_nothing_else(
    owner: Owner, worker_pool: Pool, kind: str, source_id: int | None, left: set[str]
) -> None:
    """Events or sends, of one source or of the clinic; another clinic's never."""
    names = {}
    for number in (1, 2):
        names[enqueue(owner, {}, source_id=number)] = f"event {number}"
        key = f"conversation:{number}"
        names[enqueue(owner, {}, source_id=number, message_type="send.text", ordering_key=key)] = f"send {number}"
    names[enqueue(owner, {}, source_id=3, clinic_id=2)] = "another clinic's"
    pause(owner, kind, source_id)

    assert {names[found] for found in await claimable(worker_pool)} == left | {"another clinic's"}


async def test_what_comes_back_during_a_pause_is_not_worked_either(owner: Owner, worker_pool: Pool) -> None:
    """In hand when the pause began, then failed; waiting for its time; held by a worker that died."""
    enqueue(owner, {})
    enqueue(owner, {})
    first, second = await claims.claim_batch(worker_pool, 2, LEASE)
    enqueue(owner, {}, scheduled_at="2020-01-01", status="retrying")
    pause(owner)
    await queue.retry_later(worker_pool, [first], 0, counts=True)
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)
    await queue.promote_scheduled(worker_pool)
    await park_paused(worker_pool)

    assert await claimable(worker_pool) == []
    resume(owner)
    await free_resumed(worker_pool)
    assert len(await claimable(worker_pool)) == 3
    assert second.suspect is False


async def test_resuming_brings_back_every_row_in_bounded_batches(owner: Owner, worker_pool: Pool) -> None:
    """In their order, and what is scheduled for later keeps its time."""
    seen = SeenPauses()
    enqueue_many(owner, 2500)
    enqueue(owner, {}, scheduled_at="2100-01-01")
    pause(owner)
    await housekeeping.keep_pauses(worker_pool, seen, Wakeup())
    parked = owner.execute("SELECT count(*) AS n FROM message_queue WHERE scheduled_at = 'infinity'").fetchone()
    assert parked == {"n": 2500}
    resume(owner)

    assert await free_resumed(worker_pool) == 1000
    await housekeeping.keep_pauses(worker_pool, seen, Wakeup())

    ready = await claims.claim_batch(worker_pool, 1000, LEASE)
    assert [int(message.payload.split(":")[1].strip(" }")) for message in ready] == list(range(1, 1001))
    make_due(owner)
    later = owner.execute("SELECT count(*) AS n FROM message_queue WHERE scheduled_at IS NOT NULL").fetchone()
    assert later == {"n": 1}


async def test_nothing_is_lost_between_pausing_and_resuming_and_inserting(owner: Owner, worker_pool: Pool) -> None:
    """All at once, again and again: in the end every row can be claimed."""
    inserted: list[Any] = []
    seen = SeenPauses()

    async def work() -> None:
        for number in range(60):
            inserted.append(enqueue(owner, {}))
            if number % 3 == 0:
                pause(owner)
            await asyncio.sleep(0)
            if number % 3 == 1:
                resume(owner)

    async def keep() -> None:
        for _ in range(60):
            await housekeeping.keep_pauses(worker_pool, seen, Wakeup())

    await asyncio.gather(work(), keep(), keep())
    resume(owner)
    await housekeeping.keep_pauses(worker_pool, SeenPauses(), Wakeup())  # as it is a minute later

    assert set(await claimable(worker_pool)) == set(inserted)


async def test_the_documents_claim_respects_a_pause(owner: Owner) -> None:
    """Tools claim through it."""
    message_id = enqueue(owner, {})
    pause(owner)
    assert owner.execute("SELECT * FROM get_next_queue_message()").fetchall() == []
    resume(owner)
    assert [row["id"] for row in owner.execute("SELECT * FROM get_next_queue_message()").fetchall()] == [message_id]


async def test_what_an_operator_stopped_is_not_freed(owner: Owner, worker_pool: Pool) -> None:
    """It is parked for another reason."""
    enqueue(owner, {}, killed='{"by": "x"}', scheduled_at="infinity")

    assert await free_resumed(worker_pool) == 0


def test_what_is_parked_is_looked_at_when_something_was_resumed_or_a_minute_has_gone_by() -> None:
    """And at the start; not because something more was paused."""
    seen = SeenPauses()
    assert seen.freeing_is_due(frozenset(), 0)
    seen.pauses, seen.checked_at = frozenset({"1/0/events"}), 0
    assert not seen.freeing_is_due(frozenset({"1/0/events", "1/2/sends"}), 1)
    assert seen.freeing_is_due(frozenset(), 1)
    assert seen.freeing_is_due(seen.pauses, RECHECK_SECONDS)
