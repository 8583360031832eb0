"""One write per connection and loop tick: the system call is most of what a delivery costs, so frames share it.

Frames gather at their connection. Those for the audience of one channel, as long as nothing else is to be written in the
tick, gather here instead, once for all of them: in rooms of thousands that saves a quarter of the time.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import length_hint
from typing import Generic, Protocol, TypeVar

from services.realtime_gateway import metrics
from services.realtime_gateway.channels.channel import Listener, send_each
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


class _Casting:
    """Frames for one audience, of whom some may have them already."""

    __slots__ = ("audience", "data", "frames", "left")

    def __init__(self, audience: Sequence[Listener]) -> None:
        self.audience = audience
        self.frames: list[bytes] = []
        self.data = b""
        self.left: Iterator[Listener] | None = None

    def take(self, audience: Sequence[Listener], frame: bytes) -> bool:
        """Take one more, if it is for the same and none of them has been told yet."""
        if audience is not self.audience or self.left:
            return False
        self.frames.append(frame)
        return True

    def begin(self) -> Iterator[Listener]:
        """Who does not have the frames yet."""
        if self.left is None:
            self.data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
            self.left = iter(self.audience)
        return self.left


class Writer(Generic[Connection]):
    """Flushes at the end of a tick those who began to gather frames in it."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._loop = asyncio.get_running_loop()
        self._scheduled = False
        self._waiting: deque[Connection] = deque()
        # While there is one, nobody waits: what is sent to one of them comes after it.
        self._casting: _Casting | None = None
        self.behind: set[Connection] = set()

    def add(self, connection: Connection) -> None:
        """Flush it soon. To be called once until it was flushed."""
        self.settle()
        if not self._waiting:
            self._schedule()
        self._waiting.append(connection)

    def cast(self, audience: Sequence[Listener], frame: bytes) -> None:
        """Send a frame to everybody with the next `write`. An audience that is the same object is the same audience."""
        if not self._waiting and self._casting is None:
            self._casting = _Casting(audience)
        if self._casting is None or not self._casting.take(audience, frame):
            self.settle()
            send_each(audience, frame)

    def write(self) -> None:
        """Write what is due: at the end of a tick, or where it is known that nothing more comes in this one."""
        try:
            if self._casting:
                self._deliver(self._casting)
            else:
                self._flush_waiting()
        finally:
            if self._casting or self._waiting:  # also where one of them failed: the others still have theirs to write
                self._schedule()

    def settle(self) -> None:
        """Let what is for an audience gather at each of them, so that what follows comes after it."""
        if casting := self._casting:
            self._casting = None
            for listener in casting.begin():
                for frame in casting.frames:
                    listener.send(frame)

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

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        self.write()

    def _flush_waiting(self) -> None:
        waiting = self._waiting
        for _ in range(min(len(waiting), WRITES_PER_TURN)):
            waiting.popleft().flush()

    def _deliver(self, casting: _Casting) -> None:
        left, frames = casting.begin(), casting.frames
        data, writes = casting.data, 0
        try:
            for listener in islice(left, WRITES_PER_TURN):
                writes += listener.deliver(data, frames)
        finally:
            self.tally.writes += writes
            self.tally.frames += writes * len(frames)
            self.tally.bytes += writes * len(data)
            if not length_hint(left) and self._casting is casting:
                self._casting = None
