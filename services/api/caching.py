"""Opens the cache and what runs beside it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from services.api.cache.cache import Cache
from services.api.cache.scope import Scope
from services.api.cached_reading import CachedReading
from services.api.metrics import observe_cache
from services.api.preparing import Preparing
from services.api.reader import Reader
from services.api.settings import Settings
from shared.db.pool import Pool

AGAIN_SECONDS = 1.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_caching(settings: Settings, pool: Pool, reader: Reader) -> AsyncIterator[tuple[Cache, CachedReading]]:
    """The cache with its link, and reading through it. Where it is not enabled, what is written is invalidated all the same:
    other processes may read. In a cluster none does: its nodes go away and come back each by itself, unnoticed.
    """
    clustered = settings.redis_mode == "cluster"
    cache = Cache(
        settings.redis_url,
        memory_bytes=settings.prosa_cache_memory_bytes,
        budget_seconds=settings.prosa_cache_budget_ms / 1000,
        compress_from=settings.prosa_cache_compress_bytes,
        used=not clustered,
    )
    scope = Scope(pool)
    reading = CachedReading(pool, reader, cache, scope, enabled=settings.prosa_cache_enabled and not clustered)
    observe_cache(cache.memory, cache.link.breaker_state)
    beside: list[Callable[[], Awaitable[None]]] = [] if clustered else [cache.link.run]
    if settings.prosa_cache_enabled and not clustered:
        beside += [scope.run, Preparing(pool, cache, reading).run]
    tasks = [asyncio.create_task(_kept_running(work)) for work in beside]
    try:
        yield cache, reading
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await cache.close()


async def _kept_running(work: Callable[[], Awaitable[None]]) -> None:
    """What nobody foresaw ends neither the cache nor the process."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("cache_task_failed")
        await asyncio.sleep(AGAIN_SECONDS)
