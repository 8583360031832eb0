"""The queue while somebody's idle transaction keeps Postgres from removing dead rows, for a minute.

Jobs come at a steady rate, in bursts; what is measured is how fast each burst is claimed and completed. Rows that nobody
may remove lie before the live ones in the claim's own index, so a claim that begins at its beginning slows down.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from services.queue_worker import queue
from services.queue_worker.claiming import ReadyClaims
from shared.db.pool import Pool, open_pool
from shared.db.tenant import tenant_transaction
from tests.bench.contestants.queue_prosa import CLINIC, LEASE_SECONDS, LOOPS, fill
from tests.bench.servers import Servers, fresh_database
from tests.e2e.ledger import webhook

BURST = 500
JOBS_PER_SECOND = 2_000
BATCH = 100
QUIET_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Burst:
    """When a burst was in the queue, and how many seconds it took to be done."""

    at: float
    seconds: float


async def measure(servers: Servers, *, held: int) -> dict[str, float]:
    """Jobs/s before, in the first and last moments of, and after `held` seconds of an idle transaction; dead rows then."""
    with fresh_database(servers) as own:
        async with open_pool(own.database_url, "prosa_worker", size=LOOPS) as pool:
            await _bursts(own.database_url, pool, 2)  # prepared, and in the caches
            quiet, edge = min(QUIET_SECONDS, held), min(QUIET_SECONDS, held) / 2
            before = await _bursts(own.database_url, pool, quiet)
            with psycopg.connect(own.database_url) as idle:
                idle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                idle.execute("SELECT count(*) FROM clinics")
                during = await _bursts(own.database_url, pool, held)
                dead = _dead_rows(own.database_url)
            after = await _bursts(own.database_url, pool, quiet)
    start, end = during[0].at, during[-1].at
    return {
        "before": _rate(before),
        "first": _rate([burst for burst in during if burst.at <= start + edge]),
        "last": _rate([burst for burst in during if burst.at >= end - edge]),
        "after": _rate(after[len(after) // 2 :]),
        "dead_rows": float(dead),
        "held_seconds": float(held),
    }


async def _bursts(url: str, pool: Pool, seconds: float) -> list[Burst]:
    payload = json.dumps(webhook(1, 1) | {"filler": "x" * 400})
    bursts: list[Burst] = []
    claims = [ReadyClaims() for _ in range(LOOPS)]
    started = time.perf_counter()
    while (at := time.perf_counter()) < started + seconds:
        await asyncio.to_thread(fill, url, payload, BURST)
        filled = time.perf_counter()
        await asyncio.gather(*(_drain(pool, claim) for claim in claims))
        bursts.append(Burst(at, time.perf_counter() - filled))
        await asyncio.sleep(max(0.0, at + BURST / JOBS_PER_SECOND - time.perf_counter()))
    return bursts


async def _drain(pool: Pool, claim: ReadyClaims) -> None:
    while claimed := await claim(pool, BATCH, LEASE_SECONDS):
        async with tenant_transaction(pool, CLINIC) as connection:
            await queue.complete(connection, claimed)


def _dead_rows(url: str) -> int:
    """Versions of rows that are still in the table though nobody's any more: its pages hold nothing else."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE message_queue")
        connection.execute("SELECT pg_stat_force_next_flush()")
        row = connection.execute(
            "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'message_queue'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def _rate(bursts: Sequence[Burst]) -> float:
    return round(BURST / statistics.median(burst.seconds for burst in bursts))
