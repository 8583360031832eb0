"""One write per connection and loop tick: the system call is most of what a delivery costs, so frames share it."""

import asyncio
from collections import deque
from typing import Generic, Protocol, TypeVar

from services.realtime_gateway import metrics

# Sockets written before the loop may turn to other work: some milliseconds.
WRITES_PER_TURN = 256


class Flushable(Protocol):
    """Somebody with frames to write."""

    def flush(self) -> int:
        """Write what gathered; returns the number of frames written."""

    def hopeless(self, now: float) -> bool:
        """Whether it has been too far behind for too long."""

    def cut_off(self, parting: str) -> None:
        """End it at once."""


Connection = TypeVar("Connection", bound=Flushable)


class Writer(Generic[Connection]):
    """Flushes at the end of a tick those who began to gather frames in it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Connection] = deque()
        self.behind: set[Connection] = set()
        # Counted by those who write, told with the rest.
        self.bytes = 0

    def add(self, connection: Connection) -> None:
        """Flush it soon. To be called once until it was flushed."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(connection)

    def fell_behind(self, connection: Connection) -> None:
        """Remember one that does not keep up."""
        self.behind.add(connection)
        metrics.SLOW.set(len(self.behind))

    def caught_up(self, connection: Connection) -> None:
        """Forget it again."""
        if connection in self.behind:
            self.behind.discard(connection)
            metrics.SLOW.set(len(self.behind))

    def cut_off_hopeless(self, now: float) -> None:
        """End those that have been too far behind for too long."""
        for connection in [connection for connection in self.behind if connection.hopeless(now)]:
            connection.cut_off("slow")

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
            metrics.BYTES.inc(self.bytes)
            self.bytes = 0
            metrics.FRAMES_PER_WRITE.observe(frames / writes)
