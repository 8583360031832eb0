"""The first layer: entries in this process, bounded by their bytes.

Two segments: what is asked for a second time moves to the protected one, so that a wave of entries that nobody asks for
again (a walk through a long list, a warm-up) does not push out those that are.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from services.api.cache.entries import Entry

# What an entry costs beside its bytes: objects, keys, places in dictionaries.
OVERHEAD_BYTES = 600
PROTECTED_SHARE = 0.8
# Of the whole, so that one entry never pushes out everything.
LARGEST_SHARE = 0.125


class Place(NamedTuple):
    """Where an entry is: a key of Redis and a field in it."""

    key: str
    field: str


@dataclass(frozen=True, slots=True)
class Held:
    """An entry with the generation it is of and, by the monotonic clock, its end; `ahead` where nobody has asked yet."""

    entry: Entry
    generation: bytes
    expires: float
    ahead: bool = False


class Memory:
    """Entries by place. Whether one may still be shown is not decided here: its generation is compared with Redis'."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._trial: OrderedDict[Place, Held] = OrderedDict()
        self._protected: OrderedDict[Place, Held] = OrderedDict()
        self._protected_bytes = 0
        self.bytes = 0
        self.evictions = 0

    def __len__(self) -> int:
        return len(self._trial) + len(self._protected)

    def find(self, place: Place, now: float) -> Held | None:
        """What is held there, unless its time is over."""
        held = self._trial.get(place) or self._protected.get(place)
        if held is not None and held.expires <= now:
            self.drop(place)
            return None
        return held

    def use(self, place: Place) -> None:
        """Note that what is held there was asked for."""
        if place in self._protected:
            self._protected.move_to_end(place)
            return
        held = self._trial.pop(place, None)
        if held is not None:
            self._protect(place, held)

    def put(self, place: Place, held: Held) -> None:
        """Hold an entry, and let go of those that were used least recently."""
        if _size(place, held) > self._most_bytes * LARGEST_SHARE:
            self.drop(place)
            return
        protected = place in self._protected
        self.drop(place)
        self.bytes += _size(place, held)
        if protected:
            self._protect(place, held)
        else:
            self._trial[place] = held
        while self.bytes > self._most_bytes:
            self._evict()

    def drop(self, place: Place) -> None:
        """Let go of what is held there."""
        held = self._trial.pop(place, None)
        if held is None:
            held = self._protected.pop(place, None)
            if held is None:
                return
            self._protected_bytes -= _size(place, held)
        self.bytes -= _size(place, held)

    def clear(self) -> None:
        """Let go of everything."""
        self._trial.clear()
        self._protected.clear()
        self.bytes = self._protected_bytes = 0

    def _protect(self, place: Place, held: Held) -> None:
        self._protected[place] = held
        self._protected_bytes += _size(place, held)
        while self._protected_bytes > self._most_bytes * PROTECTED_SHARE:
            oldest, former = self._protected.popitem(last=False)
            self._protected_bytes -= _size(oldest, former)
            self._trial[oldest] = former

    def _evict(self) -> None:
        segment = self._trial or self._protected
        place, held = segment.popitem(last=False)
        self.bytes -= _size(place, held)
        if segment is self._protected:
            self._protected_bytes -= _size(place, held)
        self.evictions += 1


def _size(place: Place, held: Held) -> int:
    return len(held.entry.data) + len(place.key) + len(place.field) + OVERHEAD_BYTES
