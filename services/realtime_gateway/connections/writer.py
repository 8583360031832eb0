"""One write per connection and loop tick: the system call is most of what a delivery costs, so frames share it."""

import asyncio
from collections import deque
from typing import Protocol

from services.realtime_gateway import metrics

# Sockets written before the loop may turn to other work: some milliseconds.
WRITES_PER_TURN = 256


class Flushable(Protocol):
    """Somebody with frames to write."""

    def flush(self) -> int:
        """Write what gathered; returns the number of frames written."""


class Writer:
    """Flushes at the end of a tick those who began to gather frames in it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Flushable] = deque()

    def add(self, connection: Flushable) -> None:
        """Flush it soon. To be called once until it was flushed."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(connection)

    def _flush(self) -> None:
        frames = writes = 0
        try:
            for _ in range(min(len(self._waiting), WRITES_PER_TURN)):
                if written := self._waiting.popleft().flush():
                    frames += written
                    writes += 1
        finally:
            if self._waiting:  # also where one of them failed: the others still have theirs to write
                self._loop.call_soon(self._flush)
        if writes:
            metrics.DELIVERED.inc(frames)
            metrics.WRITES.inc(writes)
            metrics.FRAMES_PER_WRITE.observe(frames / writes)
