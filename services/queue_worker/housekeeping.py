"""What has to happen by itself: scheduled messages fall due, leases expire, the inbox forgets, depths are shown."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

import psycopg
import structlog

from services.queue_worker import backlog, claims, metrics, queue
from services.queue_worker.delivering.rests import resting as resting_destinations
from services.queue_worker.effects.apply import settle_late
from services.queue_worker.effects.lines import forget_states
from services.queue_worker.effects.parked import (
    clinics_with_waiting_changes,
    forget_waiting_changes,
    found_messages,
)
from services.queue_worker.ingest.inbox import forget_old_events
from services.queue_worker.operating import retention
from services.queue_worker.operating.pausing import SeenPauses, current_pauses, free_resumed, park_paused
from services.queue_worker.operating.releasing import release_due
from services.queue_worker.operating.replays import step_replays
from services.queue_worker.operating.stopping import stop
from services.queue_worker.retry import describe
from services.queue_worker.sending.answers import LINE_REASONS
from services.queue_worker.sending.line_store import resting
from services.queue_worker.wakeup import Bell
from shared.db.pool import Pool
from shared.db.tenant import batch_transaction

log = structlog.get_logger(__name__)

DEPTH_INTERVAL_SECONDS = 10.0
INBOX_INTERVAL_SECONDS = 600.0
SETTLE_INTERVAL_SECONDS = 1.0
ACTIVITY_INTERVAL_SECONDS = 5.0
RETENTION_INTERVAL_SECONDS = 5.0


async def every(seconds: float, task: Callable[[], Awaitable[object]]) -> None:
    """Run a task again and again until cancelled. Whatever it fails of, the next round tries it, and the rest of the worker
    goes on.
    """
    while True:
        try:
            await task()
        except Exception as error:
            unexpected = not isinstance(error, psycopg.Error)
            log.warning("housekeeping_failed", task=_name_of(task), error=describe(error), exc_info=unexpected)
        await asyncio.sleep(seconds)


def _name_of(task: Callable[[], Awaitable[object]]) -> str:
    return getattr(getattr(task, "func", task), "__qualname__", repr(task))


async def promote(pool: Pool, *bells: Bell) -> None:
    """Make due messages claimable, and say so."""
    while await queue.promote_scheduled(pool):
        for bell in bells:
            bell.ring()


async def take_back(pool: Pool, *bells: Bell) -> None:
    """Take back what dead workers held, and say so."""
    while expired := await queue.take_back_expired(pool):
        metrics.LEASES_EXPIRED.inc(expired)
        log.warning("leases_expired", messages=expired)
        for bell in bells:
            bell.ring()


async def keep_pauses(pool: Pool, seen: SeenPauses, *bells: Bell) -> None:
    """Put aside what is paused; bring back what is not any more, and say so."""
    while await park_paused(pool):
        pass
    current, now = await current_pauses(pool), time.monotonic()
    if seen.freeing_is_due(current, now):
        while await free_resumed(pool):
            _ring(bells)
        seen.checked_at = now
    seen.pauses = current


async def bring_back(pool: Pool, *bells: Bell) -> None:
    """Let replays go on, bring back what is to be worked again, and say so."""
    await step_replays(pool)
    while await release_due(pool):
        _ring(bells)


async def bury_killed(pool: Pool, lease: float, committed: Bell) -> None:
    """Bury what operators have taken out of the queue."""
    while killed := await claims.claim_killed(pool, 100, lease):
        for message in killed:
            await stop(pool, message)
        committed.ring()


def _ring(bells: Iterable[Bell]) -> None:
    for bell in bells:
        bell.ring()


async def keep_retention(pool: Pool, waiting_days: int, settled_days: int) -> None:
    """Date new dead letters, delete old ones."""
    while await retention.date_dead_letters(pool, waiting_days, settled_days):
        pass
    while expired := await retention.delete_expired(pool):
        metrics.DEAD_EXPIRED.inc(expired)
        log.info("dead_letters_expired", dead_letters=expired)
    while await retention.forget_replays(pool, waiting_days):
        pass


async def show_dead_letters(pool: Pool) -> None:
    """Bring the dead letters' gauges up to date."""
    found = await retention.waiting_dead_letters(pool)
    metrics.DEAD_NOW.clear()
    for (reason, message_type), (waiting, _) in found.items():
        metrics.DEAD_NOW.labels(reason, metrics.event_label(message_type)).inc(waiting)
    metrics.DEAD_AGE.set(max((oldest for _, oldest in found.values()), default=0.0))


async def show_depths(pool: Pool) -> None:
    """Bring the gauges up to date."""
    found = await backlog.depths(pool)
    for state in ("pending", "processing", "retrying", "dead", "outbox"):
        metrics.DEPTH.labels(state).set(found.get(state, 0))
    for kind, age in (await backlog.oldest_ages(pool)).items():
        metrics.OLDEST.labels(kind).set(age)


async def settle_parked(pool: Pool) -> None:
    """Show changes that were stored while their messages were, each by a transaction that did not see the other."""
    clinics = await clinics_with_waiting_changes(pool)
    if not clinics:
        return
    async with batch_transaction(pool, [clinic.id for clinic in clinics]) as connection:
        settled = await settle_late(connection, clinics, await found_messages(connection, clinics))
    metrics.CHANGES_SETTLED.inc(settled)


async def show_pauses(pool: Pool) -> None:
    """Show which lines rest, and why."""
    async with pool.connection() as connection:
        found = await resting(connection)
    for reason in LINE_REASONS:
        metrics.PAUSED.labels(reason).set(found.get(reason, 0))


async def show_destinations(pool: Pool) -> None:
    """Show how many destinations of webhooks rest."""
    async with pool.connection() as connection:
        metrics.DESTINATIONS_RESTING.set(await resting_destinations(connection))


async def forget(pool: Pool, days: int) -> None:
    """Let the inbox forget what no sender repeats any more, and what waits for messages that never came; and forget states of
    lines, and kinds of dead letters, that nobody needs.
    """
    for forget_some in (forget_old_events, forget_waiting_changes, forget_states, retention.forget_issues):
        while gone := await forget_some(pool, days):
            log.info("forgotten", step=forget_some.__name__, rows=gone)
