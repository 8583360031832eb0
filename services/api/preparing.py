"""Has at hand what will be asked for: neighbours of what was opened, and after a start the lists that were in use.

It never competes with who waits for an answer: one reading at a time, and none while the pool is busy.
"""

import asyncio
import json
import time
from dataclasses import asdict
from typing import Any

import psycopg
import structlog
from psycopg_pool import PoolTimeout, TooManyRequests

from services.api import metrics
from services.api.cache.cache import Cache
from services.api.cache.link import AwayError
from services.api.cached_reading import CachedReading
from services.api.problems import ProblemError
from services.api.stores.conversations import ConversationFilter
from shared.db.pool import Pool

HOT_KEY = "prosa:cache:hot"
MOST_KEPT = 200
MOST_WARMED = 50
DETAILS_WARMED = 3
NOTE_SECONDS = 10.0
KEPT_SECONDS = 24 * 3600
# So long after its start a process waits for its servers; later there is nothing to warm up any more.
START_SECONDS = 30.0
READY_SECONDS = 0.1

log = structlog.get_logger(__name__)


class Preparing:
    """Runs beside the requests; without Redis it has nothing to do."""

    def __init__(self, pool: Pool, cache: Cache, reading: CachedReading) -> None:
        self._pool = pool
        self._cache = cache
        self._reading = reading

    async def run(self) -> None:
        """Warm up, then prepare, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._warm_up())
            tasks.create_task(self._prepare_neighbours())
            tasks.create_task(self._note_hot_lists())

    async def _prepare_neighbours(self) -> None:
        while True:
            wanted = await self._reading.neighbours.waiting.get()
            await self.prepare("neighbour", self._reading.prepare_detail, wanted.clinic_id, wanted.conversation_id)

    async def _warm_up(self) -> None:
        """The lists that were asked for last, by any process: a deploy empties memory, a restart of Redis everything."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                if self._reading.ready and self._idle():
                    await self._warm(await self._cache.link.ask("ZREVRANGE", HOT_KEY, 0, MOST_WARMED - 1), until)
                    return
            except AwayError:
                pass
            await asyncio.sleep(READY_SECONDS)

    async def _warm(self, members: list[bytes], until: float) -> None:
        for member in members:
            if (hot := decode_hot(member)) is None:
                continue
            clinic_id, chosen, limit = hot
            await self._spare_moment(until)
            await self.prepare("warm_up", self._reading.prepare_list, clinic_id, chosen, limit)
            for conversation_id in self._reading.neighbours.first(clinic_id, DETAILS_WARMED):
                await self._spare_moment(until)
                await self.prepare("warm_up", self._reading.prepare_detail, clinic_id, conversation_id)

    async def _spare_moment(self, until: float) -> None:
        """Wait for one: what is not made ready at the start is not tried again, and the pool is just being filled."""
        while time.monotonic() < until:
            if self._idle():
                return
            await asyncio.sleep(READY_SECONDS)

    async def _note_hot_lists(self) -> None:
        while True:
            await asyncio.sleep(NOTE_SECONDS)
            await self.note_hot_lists()

    async def note_hot_lists(self) -> None:
        """Keep which lists are in use, for whoever starts next."""
        taken = self._reading.neighbours.take_hot()
        scores: list[str | bytes | int] = []
        for hot in taken[-MOST_KEPT:]:
            scores += [int(time.time()), encode_hot(hot.clinic_id, hot.chosen, hot.limit)]
        if not scores:
            return
        try:
            await self._cache.link.ask("ZADD", HOT_KEY, *scores)
            await self._cache.link.ask("ZREMRANGEBYRANK", HOT_KEY, 0, -MOST_KEPT - 1)
            await self._cache.link.ask("EXPIRE", HOT_KEY, KEPT_SECONDS)
        except AwayError:
            return

    async def prepare(self, reason: str, prepare: Any, *what: Any) -> None:
        """Prepare one thing, unless the pool is needed for who waits."""
        outcome = "skipped"
        if self._idle():
            try:
                outcome = "read" if await prepare(*what) else "present"
            except (AwayError, ProblemError, psycopg.Error, PoolTimeout, TooManyRequests):
                outcome = "failed"
        metrics.CACHE_PREPARED.labels(reason, outcome).inc()

    def _idle(self) -> bool:
        """Whether at least half of the pool has nothing to do."""
        stats = self._pool.get_stats()
        return 2 * stats.get("pool_available", 0) >= stats.get("pool_size", 0) > 0


def encode_hot(clinic_id: int, chosen: Any, limit: int) -> bytes:
    """A list as it is noted in Redis."""
    fields = {name: value for name, value in asdict(chosen).items() if value}
    return json.dumps([clinic_id, fields, limit], sort_keys=True).encode()


def decode_hot(member: bytes) -> tuple[int, ConversationFilter, int] | None:
    """The list that was noted; None where a newer or older version of us noted what is no list to this one."""
    try:
        clinic_id, fields, limit = json.loads(member)
        return int(clinic_id), ConversationFilter(**fields), int(limit)
    except (ValueError, TypeError):
        return None
