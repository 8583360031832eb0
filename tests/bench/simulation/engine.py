"""Time that jumps from event to event, and what things wait for: processors, threads and a disk."""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count

Act = Callable[[], None]

# After so long on a processor others get their turn, as with a scheduler that is fair.
SLICE_SECONDS = 0.003


class Clock:
    """What is to happen, in the order of its moments; what was planned first goes first where moments are equal."""

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Act]] = []
        self._numbers = count()

    def after(self, seconds: float, act: Act) -> None:
        heapq.heappush(self._planned, (self.now + seconds, next(self._numbers), act))

    def run(self, until: float) -> None:
        """Let everything happen that is planned for no later than that."""
        while self._planned and self._planned[0][0] <= until:
            self.now, _, act = heapq.heappop(self._planned)
            act()


class Machine:
    """So many processors, and those who wait for one in line."""

    def __init__(self, clock: Clock, cores: int) -> None:
        self._clock = clock
        self._free = cores
        self._waiting: deque[tuple[float, Act]] = deque()
        self.cores = cores
        self.busy = 0.0

    def run(self, seconds: float, then: Act) -> None:
        """Spend so much time on a processor, a slice at a time."""
        self._waiting.append((seconds, then))
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            seconds, then = self._waiting.popleft()
            piece = min(seconds, SLICE_SECONDS)
            self.busy += piece
            self._clock.after(piece, lambda left=seconds - piece, then=then: self._end(left, then))  # type: ignore[misc]

    def _end(self, left: float, then: Act) -> None:
        self._free += 1
        if left > 0:
            self._waiting.append((left, then))
        self._hand_out()
        if left <= 0:
            then()


class Thread:
    """A process with one loop: it does one thing at a time, on whichever processor is free."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._waiting: deque[tuple[float, Act]] = deque()
        self._works = False

    def run(self, seconds: float, then: Act) -> None:
        self._waiting.append((seconds, then))
        self._next()

    def _next(self) -> None:
        if self._works or not self._waiting:
            return
        self._works = True
        seconds, then = self._waiting.popleft()
        self._machine.run(seconds, lambda: self._end(then))

    def _end(self, then: Act) -> None:
        self._works = False
        then()
        self._next()


class Disk:
    """Synced writes, one at a time; all who ask meanwhile share the next one."""

    def __init__(self, clock: Clock, seconds: Callable[[], float]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._waiting: list[Act] = []
        self._works = False
        self.syncs = 0

    def sync(self, then: Act) -> None:
        self._waiting.append(then)
        if not self._works:
            self._write()

    def _write(self) -> None:
        self._works, self.syncs = True, self.syncs + 1
        written, self._waiting = self._waiting, []
        self._clock.after(self._seconds(), lambda: self._end(written))

    def _end(self, written: list[Act]) -> None:
        self._works = False
        if self._waiting:
            self._write()
        for then in written:
            then()


class Locks:
    """Rows that one transaction at a time may change: all that it needs at once, in the order in which they asked."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._waiting: list[tuple[set[int], Act]] = []

    def take(self, names: set[int], then: Act) -> None:
        self._waiting.append((names, then))
        self._hand_out()

    def release(self, names: set[int]) -> None:
        self._held -= names
        self._hand_out()

    def _hand_out(self) -> None:
        free, wanted, waiting = list[Act](), set(self._held), list[tuple[set[int], Act]]()
        for names, then in self._waiting:
            if names.isdisjoint(wanted):
                self._held |= names
                free.append(then)
            else:
                waiting.append((names, then))
            wanted |= names
        self._waiting = waiting
        for then in free:
            then()
