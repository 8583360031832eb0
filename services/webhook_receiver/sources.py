"""Tokens to sources, from memory, and from Postgres where memory does not know: a 404 is final for Evolution."""

import asyncio
import hashlib
from collections.abc import Coroutine
from typing import Any, TypeVar

import psycopg
import structlog
from psycopg_pool import PoolTimeout, TooManyRequests

from services.webhook_receiver import metrics
from services.webhook_receiver.store import Source, all_sources, source_by_token_hash
from shared.db.pool import Pool

log = structlog.get_logger(__name__)

MAX_LOOKUPS_WAITING = 200
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
        metrics.SOURCES.set(len(sources))
        self.loaded.set()

    async def find(self, token: str) -> Source | None:
        """The token's source; None only where Postgres says that there is none. Raises SourcesUnavailableError."""
        token_hash = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._by_hash.get(token_hash)
        if known is not None:
            return known
        if self._waiting >= MAX_LOOKUPS_WAITING:
            raise SourcesUnavailableError("too many unknown tokens are being looked up")
        self._waiting += 1
        try:
            return await _in_time(self._look_up(token_hash))
        except UNAVAILABLE as error:
            raise SourcesUnavailableError(repr(error)) from error
        finally:
            self._waiting -= 1

    async def _look_up(self, token_hash: bytes) -> Source | None:
        async with self._lookups:
            source = await source_by_token_hash(self._pool, token_hash)
        if source is not None:
            self._by_hash[token_hash] = source
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
