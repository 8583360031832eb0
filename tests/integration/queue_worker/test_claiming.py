"""Claims that begin where the last one ended."""

from datetime import UTC, datetime, timedelta

from services.queue_worker import claims
from services.queue_worker.claiming import OVERLAP, SHARE, ReadyClaims
from shared.db.pool import Pool
from tests.integration.queue_worker.queue_rows import Owner, enqueue, payload_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEASE = 30.0


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 0.01  # what a look at it takes, so that a claim from the beginning takes time too
        return self.now


def put(owner: Owner, number: int, seconds: float, **columns: object) -> None:
    enqueue(owner, {"n": number}, created_at=NOW + timedelta(seconds=seconds), **columns)


async def numbers(claims: ReadyClaims, pool: Pool, limit: int = 10) -> list[int]:
    return [payload_of(message)["n"] for message in await claims(pool, limit, LEASE)]


async def test_what_lies_before_the_last_claim_is_passed_over_for_a_while_only(owner: Owner, worker_pool: Pool) -> None:
    """A message far older than the last one claimed waits for the next claim from the beginning, and no longer."""
    clock = Clock()
    claims = ReadyClaims(clock)
    put(owner, 1, 100)
    assert await numbers(claims, worker_pool) == [1]

    put(owner, 2, 0)
    put(owner, 3, 101)
    assert await numbers(claims, worker_pool) == [3]
    assert await numbers(claims, worker_pool) == []

    clock.now += 1 / SHARE
    assert await numbers(claims, worker_pool) == [2]


async def test_what_arrives_out_of_order_within_the_overlap_is_not_passed_over(owner: Owner, worker_pool: Pool) -> None:
    """Two receivers' clocks differ a little."""
    claims = ReadyClaims(Clock())
    put(owner, 1, 100)
    await numbers(claims, worker_pool)

    put(owner, 2, 100 - OVERLAP.total_seconds() / 2)
    assert await numbers(claims, worker_pool) == [2]


async def test_other_priorities_are_claimed_from_the_beginning(owner: Owner, worker_pool: Pool) -> None:
    """History waits for a claim from the beginning, and then for everything before it."""
    clock = Clock()
    claims = ReadyClaims(clock)
    put(owner, 1, 100)
    await numbers(claims, worker_pool)
    put(owner, 2, 101, priority=-10)
    put(owner, 3, 102, priority=5)
    put(owner, 4, 103)
    assert await numbers(claims, worker_pool) == [4]

    clock.now += 1 / SHARE
    assert await numbers(claims, worker_pool) == [3, 2]


async def test_a_long_history_is_worked_without_a_pause(owner: Owner, worker_pool: Pool) -> None:
    """As long as there is more of it and nothing new, every claim is a full one."""
    reading = ReadyClaims(Clock())
    for number in range(35):
        put(owner, number, number, priority=-10)

    claimed = [len(await reading(worker_pool, 10, LEASE)) for _ in range(4)]

    assert claimed == [10, 10, 10, 5]


async def test_claims_never_go_back_behind_themselves(owner: Owner, worker_pool: Pool) -> None:
    """An old message claimed from the beginning does not make the next claim begin there again."""
    clock = Clock()
    claims = ReadyClaims(clock)
    put(owner, 1, 100)
    await numbers(claims, worker_pool)
    put(owner, 2, 0)
    clock.now += 1 / SHARE
    assert await numbers(claims, worker_pool) == [2]

    put(owner, 3, 1)
    assert await numbers(claims, worker_pool) == []


async def test_dead_entries_before_the_floor_are_not_read(owner: Owner, worker_pool: Pool) -> None:
    """While somebody's transaction holds the horizon a claim that knows where to begin reads a few pages, not thousands."""
    owner.execute(
        "INSERT INTO message_queue (id, clinic_id, source_id, message_type, payload, created_at)"
        " SELECT gen_random_uuid(), 1, 1, 'x', '{}', %s::timestamptz + n * interval '1 ms' FROM generate_series(1, 20000) n",
        [NOW],
    )
    async with worker_pool.connection() as holder, holder.transaction():
        await holder.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await holder.execute("SELECT 1 FROM clinics")
        owner.execute("DELETE FROM message_queue")
        put(owner, 1, 3600)

        whole, begun = (_pages(owner, statement) for statement in (claims._READY, claims._READY_FROM))

    assert whole > 100
    assert begun < 20


def _pages(owner: Owner, statement: str) -> int:
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL enable_seqscan = off")  # as the worker's connections do
        row = owner.execute(
            b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement.encode(),
            {"limit": 10, "floor": NOW + timedelta(seconds=3598)},
        ).fetchone()
    assert row is not None
    plan = row["QUERY PLAN"][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
