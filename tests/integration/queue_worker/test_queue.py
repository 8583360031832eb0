"""The queue in Postgres: claims, leases, fences, retries and dead letters."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from services.queue_worker import backlog, burials, claims, queue
from services.queue_worker.claims import LeaseLostError
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from tests.factories import CLINIC, moment
from tests.integration.queue_worker.queue_rows import (
    Owner,
    dead,
    enqueue,
    enqueue_many,
    expire_leases,
    make_due,
    payload_of,
    queued,
    the_row,
)

LEASE = 30.0
IN_AN_HOUR = timedelta(hours=1)


def get_next(owner: Owner) -> dict[str, object] | None:
    return owner.execute("SELECT * FROM get_next_queue_message()").fetchone()


def test_the_documents_claim_has_the_documents_effect(owner: Owner) -> None:
    """One row is marked as being processed, its attempt counted and its time noted; its columns are returned."""
    message_id = enqueue(owner, {"n": 1}, correlation_id=UUID(int=7), message_type="message.created")

    claimed = get_next(owner)

    row = the_row(owner, message_id)
    assert claimed == {
        "id": message_id,
        "correlation_id": UUID(int=7),
        "message_type": "message.created",
        "payload": {"n": 1},
        "retry_count": 1,
    }
    assert (row["status"], row["retry_count"]) == ("processing", 1)
    assert row["processed_at"] is not None
    assert get_next(owner) is None


def test_the_documents_claim_takes_the_highest_priority_then_the_oldest(owner: Owner) -> None:
    """ORDER BY priority DESC, created_at ASC."""
    late = enqueue(owner, created_at=moment(2))
    urgent = enqueue(owner, created_at=moment(3), priority=5)
    early = enqueue(owner, created_at=moment(1))
    retried = enqueue(owner, created_at=moment(0), status="retrying", retry_count=1)

    claimed = [(row := get_next(owner)) and row["id"] for _ in range(5)]

    assert claimed == [urgent, retried, early, late, None]


def test_the_documents_claim_skips_what_is_scheduled_for_later_and_takes_what_is_due(owner: Owner) -> None:
    """`scheduled_at` in the future hides a row; once it has passed the row is like any other."""
    enqueue(owner, scheduled_at=datetime.now(UTC) + IN_AN_HOUR, priority=9)
    due = enqueue(owner, scheduled_at=datetime.now(UTC) - IN_AN_HOUR)

    first, second = get_next(owner), get_next(owner)

    assert first is not None
    assert first["id"] == due
    assert second is None


def test_the_documents_claim_takes_one_more_time_what_a_dead_worker_held(owner: Owner) -> None:
    """Suspects come last, but they come."""
    suspect = enqueue(owner, suspect=True, status="retrying")
    fresh = enqueue(owner)

    assert [get_next(owner)["id"], get_next(owner)["id"]] == [fresh, suspect]  # type: ignore[index]


async def test_ten_claimers_at_once_never_get_one_row_twice(owner: Owner, database_url: str) -> None:
    """Several hundred rows, ten connections in a race: each row goes to exactly one of them."""
    enqueue_many(owner, 400)

    async def claim_all() -> list[UUID]:
        got = []
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
            while row := await (await connection.execute("SELECT id FROM get_next_queue_message()")).fetchone():
                got.append(row[0])
        return got

    claimed = [message_id for got in await asyncio.gather(*(claim_all() for _ in range(10))) for message_id in got]

    assert len(claimed) == 400
    assert set(claimed) == {row["id"] for row in queued(owner)}
    assert {row["retry_count"] for row in queued(owner)} == {1}


async def test_batches_claimed_at_once_never_overlap(owner: Owner, worker_pool: Pool) -> None:
    """The workers' form of the claim keeps the same promise."""
    enqueue_many(owner, 400)

    async def claim_all() -> list[UUID]:
        got: list[UUID] = []
        while batch := await claims.claim_batch(worker_pool, 7, LEASE):
            got += [message.id for message in batch]
        return got

    claimed = [message_id for got in await asyncio.gather(*(claim_all() for _ in range(10))) for message_id in got]

    assert len(claimed) == len(set(claimed)) == 400


async def test_a_batch_has_no_more_than_its_limit_in_order(owner: Owner, worker_pool: Pool) -> None:
    """Exactly as many rows are locked as were asked for, the oldest, in their order."""
    enqueue_many(owner, 50)

    batch = await claims.claim_batch(worker_pool, 10, LEASE)

    assert [payload_of(message)["n"] for message in batch] == list(range(1, 11))
    assert [row["status"] for row in queued(owner)].count("processing") == 10


async def test_a_claim_tells_what_the_work_needs(owner: Owner, worker_pool: Pool) -> None:
    """Clinic, source and zone come with the row; an event that n8n relays is credited to the instance it names."""
    enqueue(owner, {"instance": "demo-wa"}, source_id=2, created_at=moment(1))
    enqueue(owner, {"instance": "outra-wa"}, source_id=2, created_at=moment(2))

    ours, strange = await claims.claim_batch(worker_pool, 10, LEASE)

    assert (ours.source_id, ours.source_kind, ours.source_name, ours.channel_kind) == (
        1,
        "n8n",
        "demo-n8n",
        "evolution",
    )
    assert (strange.source_id, strange.channel_kind) == (2, "n8n")
    assert (ours.timezone, ours.attempt, ours.claims, ours.suspect) == ("America/Sao_Paulo", 1, 1, False)


async def test_json_that_python_cannot_read_does_not_stop_a_claim(owner: Owner, worker_pool: Pool) -> None:
    """Postgres holds deeper JSON and longer numbers than Python reads; they are their message's trouble only."""
    deep = "[" * 3_000 + "]" * 3_000
    for payload in (deep, "1e5000"):
        owner.execute(
            "INSERT INTO message_queue (clinic_id, message_type, payload) VALUES (1, 'x', %s::jsonb)", [payload]
        )
    enqueue(owner)

    assert len(await claims.claim_batch(worker_pool, 10, LEASE)) == 3


async def test_an_expired_lease_is_taken_back_as_suspect(owner: Owner, worker_pool: Pool) -> None:
    """A worker died: what it held among others is claimed again, alone, no attempt spent; nobody else's work is."""
    lost, held = enqueue(owner, created_at=moment(0)), enqueue(owner, created_at=moment(1))
    await claims.claim_batch(worker_pool, 1, LEASE)
    expire_leases(owner)
    await claims.claim_batch(worker_pool, 1, LEASE)

    assert await queue.take_back_expired(worker_pool) == 1

    row = the_row(owner, lost)
    assert (row["status"], row["suspect"], row["locked_until"], row["retry_count"]) == ("retrying", True, None, 0)
    assert the_row(owner, held)["status"] == "processing"
    assert await claims.claim_batch(worker_pool, 10, LEASE) == []
    [again] = await claims.claim_suspects(worker_pool, 10, LEASE)
    assert (again.id, again.attempt, again.claims, again.suspect) == (lost, 1, 2, True)


async def test_a_late_completion_is_refused_with_all_its_effects(owner: Owner, worker_pool: Pool) -> None:
    """The first worker stood still past its lease: what it did meanwhile is rolled back, the second one's work stays."""
    message_id = enqueue(owner)
    [late] = await claims.claim_batch(worker_pool, 1, LEASE)
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)
    await claims.claim_suspects(worker_pool, 1, LEASE)

    async def have_effects_and_complete() -> None:
        async with tenant_transaction(worker_pool, CLINIC) as connection:
            await connection.execute("INSERT INTO contacts (clinic_id, name) VALUES (1, 'an effect')")
            await queue.complete(connection, [late])

    with pytest.raises(LeaseLostError):
        await have_effects_and_complete()

    assert the_row(owner, message_id)["status"] == "processing"
    assert owner.execute("SELECT count(*) AS n FROM contacts").fetchone() == {"n": 0}


async def test_one_lost_lease_refuses_the_whole_batch(owner: Owner, worker_pool: Pool) -> None:
    """A batch completes as a whole or not at all."""
    enqueue_many(owner, 3)
    batch = await claims.claim_batch(worker_pool, 3, LEASE)
    owner.execute("UPDATE message_queue SET claims = claims + 1 WHERE id = %s", [batch[1].id])

    async with worker_pool.connection() as connection:
        with pytest.raises(LeaseLostError):
            async with connection.transaction():
                await queue.complete(connection, batch)

    assert len(queued(owner)) == 3


async def test_completion_removes_the_rows(owner: Owner, worker_pool: Pool) -> None:
    """What is done leaves no row behind."""
    enqueue_many(owner, 3)
    batch = await claims.claim_batch(worker_pool, 3, LEASE)

    async with worker_pool.connection() as connection:
        await queue.complete(connection, batch)

    assert queued(owner) == []


async def test_a_lease_can_be_renewed_only_by_its_holder(owner: Owner, worker_pool: Pool) -> None:
    """Whoever lost a message cannot hold on to it."""
    message_id = enqueue(owner)
    [message] = await claims.claim_batch(worker_pool, 1, 0.0)

    async with worker_pool.connection() as connection:
        await queue.renew(connection, message, 3600)
        renewed = the_row(owner, message_id)["locked_until"]
        await queue.retry_later(worker_pool, [message], 0, counts=True)
        with pytest.raises(LeaseLostError):
            await queue.renew(connection, message, 3600)

    assert renewed > datetime.now(UTC) + timedelta(minutes=30)


@pytest.mark.parametrize(("counts", "spent"), [(True, 1), (False, 0)])
async def test_giving_back_counts_the_attempt_or_does_not(
    owner: Owner, worker_pool: Pool, counts: bool, spent: int
) -> None:
    """A failure of the message spends an attempt, a failure around it does not; the fence rises with every claim."""
    message_id = enqueue(owner)
    [message] = await claims.claim_batch(worker_pool, 1, LEASE)

    assert await queue.retry_later(worker_pool, [message], 60, counts=counts) == 1

    row = the_row(owner, message_id)
    assert (row["status"], row["retry_count"], row["claims"], row["locked_until"]) == ("retrying", spent, 1, None)
    assert row["scheduled_at"] > datetime.now(UTC) + timedelta(seconds=30)
    assert await claims.claim_batch(worker_pool, 1, LEASE) == []
    make_due(owner)
    assert await queue.promote_scheduled(worker_pool) == 1
    [again] = await claims.claim_batch(worker_pool, 1, LEASE)
    assert (again.attempt, again.claims) == (spent + 1, 2)


async def test_what_is_no_longer_ours_is_not_given_back(owner: Owner, worker_pool: Pool) -> None:
    """A worker that was too slow takes nothing out of the next one's hands."""
    message_id = enqueue(owner)
    [late] = await claims.claim_batch(worker_pool, 1, LEASE)
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)
    await claims.claim_suspects(worker_pool, 1, LEASE)

    assert await queue.retry_later(worker_pool, [late], 0, counts=False) == 0
    assert the_row(owner, message_id)["status"] == "processing"


async def test_burying_moves_the_message(owner: Owner, worker_pool: Pool) -> None:
    """The dead letter has all that an operator needs; the queue has nothing any more."""
    message_id = enqueue(owner, {"n": 1}, metadata='{"digest": "ab"}', correlation_id=UUID(int=7))
    [message] = await claims.claim_batch(worker_pool, 1, LEASE)

    async with worker_pool.connection() as connection:
        await burials.bury(connection, message, "not understood", "permanent")

    [entry] = dead(owner)
    assert queued(owner) == []
    assert entry["original_message_id"] == message_id
    assert entry["correlation_id"] == UUID(int=7)
    assert (entry["clinic_id"], entry["source_id"], entry["message_type"]) == (1, 1, "messages.upsert")
    assert (entry["payload"], entry["metadata"]) == ({"n": 1}, {"digest": "ab"})
    assert (entry["error_message"], entry["error_class"]) == ("not understood", "permanent")
    assert (entry["failure_count"], entry["state"], len(entry["history"])) == (1, "dead", 1)


async def test_what_dies_again_is_one_entry_with_its_history(owner: Owner, worker_pool: Pool) -> None:
    """A replayed message that fails again is the same dead letter, newly dead, both deaths on record."""
    message_id = enqueue(owner)
    for error in ("first", "second"):
        [message] = await claims.claim_batch(worker_pool, 1, LEASE)
        async with worker_pool.connection() as connection:
            await burials.bury(connection, message, error, "permanent")
        owner.execute("UPDATE failed_messages SET state = 'replaying'")
        enqueue(owner, id=message_id)

    [entry] = dead(owner)
    assert (entry["error_message"], entry["failure_count"]) == ("second", 2)
    assert [event["error"] for event in entry["history"]] == ["first", "second"]


async def test_only_its_holder_buries_a_message(owner: Owner, worker_pool: Pool) -> None:
    """A worker that lost its lease moves nothing: not half, and not what another is working on."""
    message_id = enqueue(owner)
    [message] = await claims.claim_batch(worker_pool, 1, LEASE)
    owner.execute("UPDATE message_queue SET claims = 2")

    async with worker_pool.connection() as connection:
        with pytest.raises(LeaseLostError):
            await burials.bury(connection, message, "too late", "permanent")

    assert dead(owner) == []
    assert the_row(owner, message_id)["status"] == "processing"


async def test_of_each_key_only_the_oldest_is_claimed(owner: Owner, worker_pool: Pool) -> None:
    """Replies of one conversation leave one after the other, those of different ones at once."""
    first = enqueue(owner, ordering_key="a", created_at=moment(1))
    second = enqueue(owner, ordering_key="a", created_at=moment(2))
    other = enqueue(owner, ordering_key="b", created_at=moment(3))
    enqueue(owner)  # without a key it is not the senders' affair

    heads = await claims.claim_heads(worker_pool, 10, LEASE)

    assert [message.id for message in heads] == [first, other]
    assert await claims.claim_heads(worker_pool, 10, LEASE) == []
    async with worker_pool.connection() as connection:
        await queue.complete(connection, heads)
    assert [message.id for message in await claims.claim_heads(worker_pool, 10, LEASE)] == [second]


async def test_a_scheduled_head_blocks_its_own_key_only(owner: Owner, worker_pool: Pool) -> None:
    """What waits for its turn is not overtaken within its conversation."""
    enqueue(owner, ordering_key="a", created_at=moment(1), scheduled_at=datetime.now(UTC) + IN_AN_HOUR)
    enqueue(owner, ordering_key="a", created_at=moment(2))
    free = enqueue(owner, ordering_key="b", created_at=moment(3))

    assert [message.id for message in await claims.claim_heads(worker_pool, 10, LEASE)] == [free]


async def test_two_senders_at_once_keep_the_order_of_every_key(owner: Owner, worker_pool: Pool) -> None:
    """Four claimers over five keys of twenty messages: each key is worked one at a time, in its order."""
    for key in "abcde":
        enqueue_many(owner, 20, ordering_key=key)
    worked: dict[str, list[int]] = {}
    in_hand: set[str] = set()

    async def send_all() -> None:
        while queued(owner):
            for message in await claims.claim_heads(worker_pool, 2, LEASE):
                key = the_row(owner, message.id)["ordering_key"]
                assert key not in in_hand
                in_hand.add(key)
                worked.setdefault(key, []).append(payload_of(message)["n"])
                await asyncio.sleep(0)
                in_hand.discard(key)
                async with worker_pool.connection() as connection:
                    await queue.complete(connection, [message])

    await asyncio.gather(*(send_all() for _ in range(4)))

    assert worked == {key: list(range(1, 21)) for key in "abcde"}


async def test_depths_count_every_state(owner: Owner, worker_pool: Pool) -> None:
    """What operators watch: pending, processing, retrying, dead, and events on their way out."""
    enqueue_many(owner, 4)
    first, second, _ = await claims.claim_batch(worker_pool, 3, LEASE)
    await queue.retry_later(worker_pool, [first], 60, counts=True)
    async with worker_pool.connection() as connection:
        await burials.bury(connection, second, "why", "permanent")

    assert await backlog.depths(worker_pool) == {"pending": 1, "processing": 1, "retrying": 1, "dead": 1, "outbox": 0}


async def test_however_much_there_is_no_more_is_counted_than_asked_for(owner: Owner, worker_pool: Pool) -> None:
    """A queue of millions is not read to the end every few seconds to say that it is long."""
    enqueue_many(owner, 5)
    await claims.claim_batch(worker_pool, 1, LEASE)

    assert (await backlog.depths(worker_pool, most=3))["pending"] == 3
    assert (await backlog.depths(worker_pool, most=9))["pending"] == 4
