"""Where a batch is made durable: in the broker, and where that takes too long or fails, in the spool.

The hedge is Dean and Barroso's ("The Tail at Scale", 2013): past the hedge time the second way is started too, and the
first of both to be durable answers. The double is harmless, because events are known by their ids.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from services.webhook_receiver import metrics
from services.webhook_receiver.group_commit import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, NotDurableError
from services.webhook_receiver.spool.segments import Segments, SpoolFullError

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0


class Publish(Protocol):
    """Makes a batch durable in the broker, or raises NotDurableError."""

    async def __call__(self, parts: Sequence[bytes], /) -> None: ...


class Durability:
    """Two ways to be durable. `hedge` in seconds.

    After a publish that was late or failed the spool comes first, until the drain has a confirm in time: a broker in
    trouble is not asked by every webhook in turn.
    """

    def __init__(self, publish: Publish, segments: Segments, *, hedge: float) -> None:
        self._publish = publish
        self._segments = segments
        self._hedge = hedge
        self._spool_first = segments.size > 0
        self._spooled = asyncio.Event()
        self._late: set[asyncio.Task[None]] = set()
        self._spooled.set()

    async def commit(self, parts: Sequence[bytes]) -> None:
        """Return once the parts are durable, here or there. Raises NotDurableError where neither could be done."""
        publishing = None if self._spool_first else self._start_publishing(parts)
        if publishing is not None and await self._published_in_time(publishing):
            return
        self._set_spool_first(True)
        try:
            await self._spool(parts)
        except (SpoolFullError, OSError) as error:
            metrics.SPOOL_FAILURES.labels(type(error).__name__).inc()
            log.error("spool_failed", error=repr(error))
            await (publishing or self._start_publishing(parts))

    def _start_publishing(self, parts: Sequence[bytes]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(self._publish(parts))
        self._late.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: "asyncio.Task[None]") -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # a late failure is nobody's any more: the spool has its parts

    async def _published_in_time(self, publishing: "asyncio.Task[None]") -> bool:
        await asyncio.wait({publishing}, timeout=self._hedge)
        return publishing.done() and not publishing.cancelled() and publishing.exception() is None

    async def _spool(self, parts: Sequence[bytes]) -> None:
        await asyncio.to_thread(self._segments.append, parts)
        metrics.SPOOLED.inc(len(parts))
        self._spooled.set()

    def _set_spool_first(self, spool_first: bool) -> None:
        if spool_first != self._spool_first:
            log.warning("spooling", active=spool_first, bytes=self._segments.size)
        self._spool_first = spool_first
        metrics.SPOOLING.set(spool_first)

    async def drain(self) -> None:
        """Publish what is spooled, oldest first, until cancelled. A segment is deleted when all of it is confirmed."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            await self._spooled.wait()
            try:
                drained = await self._drain_oldest()
            except (NotDurableError, OSError) as error:
                log.info("drain_waits", error=repr(error), bytes=self._segments.size)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                continue
            pause = FIRST_PAUSE_SECONDS
            if not drained:
                self._spooled.clear()
                if self._segments.size == 0:  # nothing was written while we looked
                    self._set_spool_first(False)
                else:
                    self._spooled.set()

    async def _drain_oldest(self) -> bool:
        """Drain one segment; False where there was none."""
        oldest = await asyncio.to_thread(self._segments.oldest)
        if oldest is None:
            return False
        for batch in batches(oldest.payloads):
            await self._publish_drained(batch)
        if oldest.torn_bytes:
            log.error("spool_segment_torn", path=str(oldest.path), bytes=oldest.torn_bytes)
        await asyncio.to_thread(self._segments.discard, oldest)
        return True

    async def _publish_drained(self, batch: Sequence[bytes]) -> None:
        started = time.monotonic()
        await self._publish(batch)
        metrics.DRAINED.inc(len(batch))
        if time.monotonic() - started <= self._hedge:
            self._set_spool_first(
                False
            )  # the broker is well again: what arrives now need not queue up behind the spool


def batches(payloads: Sequence[bytes]) -> list[list[bytes]]:
    """Payloads in publishes of a bounded size, in order."""
    found: list[list[bytes]] = []
    size = 0
    for payload in payloads:
        if not found or len(found[-1]) >= MAX_BATCH_EVENTS or size + len(payload) > MAX_BATCH_BYTES:
            found.append([])
            size = 0
        found[-1].append(payload)
        size += len(payload)
    return found
