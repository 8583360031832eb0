"""One write per connection and loop tick: the system call is most of what a delivery costs, so frames share it."""

import asyncio
from collections import deque
from typing import Generic, Protocol, TypeVar

from services.realtime_gateway import metrics
from services.realtime_gateway.tally import Tally

# Sockets written before the loop may turn to other work: some milliseconds.
WRITES_PER_TURN = 256


class Flushable(Protocol):
    """Somebody with frames to write."""

    def flush(self) -> None:
        """Write what gathered."""

    def hopeless(self, now: float) -> bool:
        """Whether it has been too far behind for too long."""

    def cut_off(self, parting: str) -> None:
        """End it at once."""


Connection = TypeVar("Connection", bound=Flushable)


class Writer(Generic[Connection]):
    """Flushes at the end of a tick those who began to gather frames in it."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Connection] = deque()
        self.behind: set[Connection] = set()

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
        waiting = self._waiting
        try:
            for _ in range(min(len(waiting), WRITES_PER_TURN)):
                waiting.popleft().flush()
        finally:
            if waiting:  # also where one of them failed: the others still have theirs to write
                self._loop.call_soon(self._flush)
