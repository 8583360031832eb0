"""Tokens to sources, from memory, and from Postgres where memory does not know: a 404 is final for Evolution."""

import asyncio
import hashlib

import psycopg
import structlog
from psycopg_pool import PoolTimeout, TooManyRequests

from services.webhook_receiver import metrics
from services.webhook_receiver.store import Source, all_sources, source_by_token_hash
from shared.db.pool import Pool

log = structlog.get_logger(__name__)

MAX_LOOKUPS_WAITING = 200


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
                self._remember(await all_sources(self._pool))
            except (psycopg.Error, PoolTimeout, TooManyRequests) as error:
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
        return self._by_hash.get(token_hash) or await self._look_up(token_hash)

    async def _look_up(self, token_hash: bytes) -> Source | None:
        if self._waiting >= MAX_LOOKUPS_WAITING:
            raise SourcesUnavailableError("too many unknown tokens are being looked up")
        self._waiting += 1
        try:
            async with self._lookups:
                source = await source_by_token_hash(self._pool, token_hash)
        except (psycopg.Error, PoolTimeout, TooManyRequests) as error:
            raise SourcesUnavailableError(repr(error)) from error
        finally:
            self._waiting -= 1
        if source is not None:
            self._by_hash[token_hash] = source
        return source
