"""Tokens to sources, from memory, and from Postgres where memory may be wrong: a 404 and a 401 are final for Evolution."""

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg_pool import PoolTimeout, TooManyRequests

from services.webhook_receiver import metrics
from services.webhook_receiver.rates import admit
from services.webhook_receiver.store import Source, all_sources, source_by_token_hash
from shared.auth.webhook_tokens import token_hash
from shared.db.pool import Pool

log = structlog.get_logger(__name__)

MAX_LOOKUPS_WAITING = 200
# Of tokens that memory does not know, by this process. New sources are few; guesses need not reach Postgres.
LOOKUPS_PER_SECOND = 100
LOOKUPS_BURST = 300
LOOK_AGAIN_PAUSE_SECONDS = 0.1
ANSWER_TIMEOUT_SECONDS = 2.0
UNAVAILABLE = (psycopg.Error, PoolTimeout, TooManyRequests, TimeoutError)

T = TypeVar("T")


class SourcesUnavailableError(Exception):
    """Whether a token exists cannot be told now."""


class SourceDirectory:
    """Every source, read again every few seconds. Where Postgres is away, those known last go on being served."""

    def __init__(self, pool: Pool, *, refresh_interval: float) -> None:
        self._pool = pool
        self._refresh_interval = refresh_interval
        self._by_hash: dict[bytes, Source] = {}
        self._lookups = asyncio.Semaphore(2)
        self._waiting = 0
        self._lookups_full_at = 0.0
        self._looking_again: dict[bytes, asyncio.Task[Source | None]] = {}
        self.loaded = asyncio.Event()

    async def run(self) -> None:
        """Refresh until cancelled."""
        while True:
            try:
                self._remember(await _in_time(all_sources(self._pool)))
            except UNAVAILABLE as error:
                metrics.SOURCE_REFRESH_FAILURES.inc()
                log.warning("sources_not_refreshed", error=repr(error))
            await asyncio.sleep(self._refresh_interval if self.loaded.is_set() else min(1.0, self._refresh_interval))

    def _remember(self, sources: list[Source]) -> None:
        self._by_hash = {source.token_hash: source for source in sources}
        metrics.SOURCES.set(len({source.id for source in sources}))
        self.loaded.set()

    async def find(self, token: str) -> Source | None:
        """The token's source; None only where Postgres says that there is none. Raises SourcesUnavailableError."""
        hashed = token_hash(token)
        known = self._by_hash.get(hashed)
        if known is not None and (known.token_until is None or known.token_until > datetime.now(UTC)):
            return known
        self._lookups_full_at, wait = admit(
            self._lookups_full_at, time.monotonic(), rate=LOOKUPS_PER_SECOND, burst=LOOKUPS_BURST
        )
        if wait:
            raise SourcesUnavailableError("too many unknown tokens")
        return await self._ask(hashed)

    async def look_again(self, source: Source) -> Source | None:
        """The source as Postgres has it now, or None where it is gone. Raises SourcesUnavailableError.

        Those who ask at about the same time share one look, begun after all of them asked.
        """
        looking = self._looking_again.get(source.token_hash)
        if looking is None:
            looking = self._looking_again[source.token_hash] = asyncio.create_task(self._look_again(source))
            looking.add_done_callback(
                lambda task: task.cancelled() or task.exception()
            )  # also if nobody waits any more
        return await asyncio.shield(looking)

    async def _look_again(self, source: Source) -> Source | None:
        await asyncio.sleep(LOOK_AGAIN_PAUSE_SECONDS)
        del self._looking_again[source.token_hash]
        return await self._ask(source.token_hash)

    async def _ask(self, hashed: bytes) -> Source | None:
        if self._waiting >= MAX_LOOKUPS_WAITING:
            raise SourcesUnavailableError("too many tokens are being looked up")
        self._waiting += 1
        try:
            return await _in_time(self._look_up(hashed))
        except UNAVAILABLE as error:
            raise SourcesUnavailableError(repr(error)) from error
        finally:
            self._waiting -= 1

    async def _look_up(self, hashed: bytes) -> Source | None:
        async with self._lookups:
            source = await source_by_token_hash(self._pool, hashed)
        if source is None:
            self._by_hash.pop(hashed, None)
        else:
            self._by_hash[hashed] = source
        return source


async def _in_time(question: Coroutine[Any, Any, T]) -> T:
    """Postgres' answer. Raises TimeoutError when it is late, also where the driver itself would take long to give up:
    psycopg waits ten seconds more for a server that is frozen.
    """
    asking = asyncio.create_task(question)
    try:
        answered, _ = await asyncio.wait({asking}, timeout=ANSWER_TIMEOUT_SECONDS)
    finally:
        asking.cancel()  # without effect where it is done
    if not answered:
        raise TimeoutError("no answer from Postgres in time")
    return asking.result()
