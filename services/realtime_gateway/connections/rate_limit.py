"""How many events clients may send: each connection, each user, each clinic. Pure: the clock comes in with each event."""

from typing import Literal

EVENTS_PER_MINUTE = 100
# A client that waits as told is refused at most as often as it may send. Who uses up this many refusals on top of that
# does not wait: the socket is closed.
REFUSALS = 50
# All tabs of a user together, and all users of a clinic: none of them can take what the others need.
EVENTS_OF_USER_PER_MINUTE = 300
EVENTS_OF_CLINIC_PER_MINUTE = 6000


class TokenBucket:
    """Starts full and is refilled evenly, lazily: it needs no timer."""

    __slots__ = ("_level", "_per_second", "_size", "_updated")

    def __init__(self, size: int, per_minute: float, now: float) -> None:
        self._size = float(size)
        self._per_second = per_minute / 60
        self._level = self._size
        self._updated = now

    def wait(self, now: float) -> float:
        """Seconds until there is one to take, 0.0 where there is."""
        self._level = min(self._size, self._level + max(0.0, now - self._updated) * self._per_second)
        self._updated = now
        return 0.0 if self._level >= 1.0 else (1.0 - self._level) / self._per_second

    def take(self, now: float) -> float:
        """0.0 where one was there to take, else the seconds until one is."""
        wait = self.wait(now)
        if not wait:
            self._level -= 1.0
        return wait


class RateLimit:
    """One connection's allowance, beside those it shares with others. What one of them refuses costs the others nothing."""

    __slots__ = ("_events", "_refusals", "_shared")

    def __init__(self, now: float) -> None:
        self._events = TokenBucket(EVENTS_PER_MINUTE, EVENTS_PER_MINUTE, now)
        self._refusals = TokenBucket(REFUSALS, EVENTS_PER_MINUTE, now)
        self._shared: tuple[TokenBucket, ...] = ()

    def share(self, *buckets: TokenBucket) -> None:
        """Take from these too, beside others."""
        self._shared = buckets

    def take(self, now: float) -> float | Literal["abuse"]:
        """0.0 where the event may pass, else the seconds to wait; "abuse" where being told so did not help."""
        buckets = (self._events, *self._shared)
        wait = max(bucket.wait(now) for bucket in buckets)
        if not wait:
            for bucket in buckets:
                bucket.take(now)
        elif self._refusals.take(now):
            return "abuse"
        return wait
