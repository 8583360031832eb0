"""How many events a client may send. Pure: the clock comes in with each of them."""

from typing import Literal

EVENTS_PER_MINUTE = 100
# A client that waits as told is refused at most as often as it may send. Who uses up this many refusals on top of that
# does not wait: the socket is closed.
REFUSALS = 50


class TokenBucket:
    """Starts full and is refilled evenly, lazily: it needs no timer."""

    __slots__ = ("_level", "_per_second", "_size", "_updated")

    def __init__(self, size: int, per_minute: int, now: float) -> None:
        self._size = float(size)
        self._per_second = per_minute / 60
        self._level = self._size
        self._updated = now

    def take(self, now: float) -> float:
        """0.0 where one was there to take, else the seconds until one is."""
        self._level = min(self._size, self._level + max(0.0, now - self._updated) * self._per_second)
        self._updated = now
        if self._level < 1.0:
            return (1.0 - self._level) / self._per_second
        self._level -= 1.0
        return 0.0


class RateLimit:
    """One connection's allowance."""

    __slots__ = ("_events", "_refusals")

    def __init__(self, now: float) -> None:
        self._events = TokenBucket(EVENTS_PER_MINUTE, EVENTS_PER_MINUTE, now)
        self._refusals = TokenBucket(REFUSALS, EVENTS_PER_MINUTE, now)

    def take(self, now: float) -> float | Literal["abuse"]:
        """0.0 where the event may pass, else the seconds to wait; "abuse" where being told so did not help."""
        wait = self._events.take(now)
        if wait and self._refusals.take(now):
            return "abuse"
        return wait
