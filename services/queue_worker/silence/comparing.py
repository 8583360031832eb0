"""Evolution's webhooks are lossy: it forgets those it could not deliver when it restarts. So what its server has is compared
with what came, and what is missing goes the way the webhook would have gone.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from services.queue_worker import metrics
from services.queue_worker.ingest.inbox import store_arrivals
from services.queue_worker.sending.evolution_client import EvolutionClient, Reply
from services.queue_worker.sending.way_out import Way, find_way
from services.queue_worker.silence.records import arrival_of, lost, page_call, provider_id, read_page
from shared.auth.seal import UnsealError
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction

log = structlog.get_logger(__name__)

MOST_PAGES = 500
# A server that answers slowly keeps the others waiting for no longer.
COMPARISON_SECONDS = 600.0
CREATED = 201
# A webhook that is on its way is not lost.
ON_ITS_WAY = timedelta(minutes=2)
# Messages come into Evolution's own database late, and its clock is not ours.
OVERLAP = timedelta(minutes=10)
# So much at a time: a comparison that is broken off loses no more than this, and its pages have an end.
SLICE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ComparerSettings:
    """Times in seconds. `interval` 0 switches comparisons off; `first_lookback` is how far the first one looks back."""

    interval: float
    first_lookback: float
    secrets_keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Due:
    source_id: int
    clinic_id: int
    since: datetime
    until: datetime
    caught_up: bool


class Comparer:
    """Compares instances whose time has come, one after the other. Several workers may: each instance is one's at a time."""

    def __init__(
        self, pool: Pool, evolution: EvolutionClient, settings: ComparerSettings, stored: Callable[[], None]
    ) -> None:
        self._pool = pool
        self._evolution = evolution
        self._settings = settings
        self._stored = stored

    async def compare_due(self) -> None:
        """Compare every instance that is due. What fails is due again after the interval, from where it stood."""
        while self._settings.interval and (due := await self._next()):
            try:
                async with asyncio.timeout(COMPARISON_SECONDS):
                    found = await self._compare(due)
            except (UnsealError, TimeoutError) as error:
                log.warning("comparison_failed", source_id=due.source_id, error=str(error) or type(error).__name__)
                found = None
            metrics.RECONCILIATIONS.labels("failed" if found is None else "complete").inc()
            if found is not None:
                await self._compared(due)

    async def _next(self) -> _Due | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT id, clinic_id FROM sources WHERE kind = 'evolution' AND active AND api_version = 'v2'"
                " AND state NOT IN ('removed', 'logged_out') AND compare_at <= now() ORDER BY compare_at LIMIT 50"
            )
            rows = await cursor.fetchall()
        for row in rows:
            if due := await self._take(row["clinic_id"], row["id"]):
                return due
        return None

    async def _take(self, clinic_id: int, source_id: int) -> _Due | None:
        """Put the next comparison off, before this one begins: whoever did that has it."""
        async with tenant_transaction(self._pool, clinic_id) as connection:
            cursor = await connection.execute(
                "UPDATE sources SET compare_at = now() + make_interval(secs => %s)"
                " WHERE clinic_id = %s AND id = %s AND compare_at <= now() RETURNING compared_until, now() AS at",
                [self._settings.interval, clinic_id, source_id],
            )
            row = await cursor.fetchone()
        if row is None:
            return None
        first = row["at"] - timedelta(seconds=self._settings.first_lookback)
        since = first if row["compared_until"] is None else row["compared_until"] - OVERLAP
        latest = row["at"] - ON_ITS_WAY
        until = min(since + SLICE, latest)
        return _Due(source_id, clinic_id, since, until, caught_up=until == latest)

    async def _compare(self, due: _Due) -> int | None:
        """Fill what is missing; returns how much that was, or None where the comparison did not reach its end."""
        async with tenant_transaction(self._pool, due.clinic_id) as connection:
            way = await find_way(connection, due.clinic_id, due.source_id, self._evolution, self._settings.secrets_keys)
        filled = 0
        for number in range(1, MOST_PAGES + 1):
            page = None if way is None else await self._page(way, due, number)
            if way is None or page is None:
                return None
            filled += await self._fill(way.door.instance, due, page.records)
            if page.last:
                break
        else:
            log.warning("comparison_has_too_many_pages", source_id=due.source_id, since=due.since.isoformat())
        if filled:
            log.warning("webhooks_were_lost", source_id=due.source_id, messages=filled)
        return filled

    async def _page(self, way: Way, due: _Due, number: int) -> Any:
        reply = await self._evolution.call(way.door, page_call(due.since, due.until, number))
        status = reply.status if isinstance(reply, Reply) else None
        page = read_page(reply.body) if isinstance(reply, Reply) and reply.status in (200, CREATED) else None
        if page is None:
            log.warning("comparison_failed", source_id=due.source_id, status=status)
        return page

    async def _fill(self, instance: str, due: _Due, records: Sequence[Mapping[str, Any]]) -> int:
        known = await self._known(due, [named for record in records if (named := provider_id(record))])
        now = datetime.now(UTC)
        missing = [arrival_of(record, instance, due.clinic_id, due.source_id, now) for record in lost(records, known)]
        if not missing:
            return 0
        fresh = await store_arrivals(self._pool, missing)
        metrics.RECONCILED.inc(fresh)
        self._stored()
        return fresh

    async def _known(self, due: _Due, ids: Sequence[str]) -> set[str]:
        """Messages that are stored, and those that changes have made known: a reaction is no message of its own."""
        async with tenant_transaction(self._pool, due.clinic_id) as connection:
            cursor = await connection.execute(
                "SELECT provider_id FROM messages WHERE clinic_id = %s AND source_id = %s AND provider_id = ANY(%b)",
                [due.clinic_id, due.source_id, list(ids)],
            )
            return {row["provider_id"] for row in await cursor.fetchall()}

    async def _compared(self, due: _Due) -> None:
        async with tenant_transaction(self._pool, due.clinic_id) as connection:
            await connection.execute(
                "UPDATE sources SET compared_until = greatest(compared_until, %s),"
                " compare_at = CASE WHEN %s THEN compare_at ELSE now() END WHERE clinic_id = %s AND id = %s",
                [due.until, due.caught_up, due.clinic_id, due.source_id],
            )
