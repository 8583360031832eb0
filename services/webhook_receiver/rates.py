"""How fast a source may send: a bucket of tokens each, so that a noisy one takes nothing from the others."""

import math
from dataclasses import dataclass, field

TOLD_EVERY_SECONDS = 60.0
_ROUNDING_SECONDS = 1e-6


def admit(full_at: float, now: float, *, rate: float, burst: float) -> tuple[float, float]:
    """One token from a bucket of `burst` that gets `rate` a second: its new state, and 0, or the seconds to wait for one.

    The state is one number, the time at which the bucket is full again (the generic cell rate algorithm); what lies in the
    past is a full bucket. A refusal takes nothing. Pure.
    """
    then_full_at = max(full_at, now) + 1 / rate
    wait = then_full_at - burst / rate - now
    return (full_at, wait) if wait > _ROUNDING_SECONDS else (then_full_at, 0.0)


@dataclass(slots=True)
class SourceRates:
    """The buckets of this process's sources. A source with a rate of its own has a burst of as many seconds as the others."""

    rate: int
    burst: int
    _full_at: dict[int, float] = field(default_factory=dict)
    _told_at: dict[int, float] = field(default_factory=dict)

    def wait(self, source_id: int, own_rate: int | None, now: float) -> int:
        """0 where the source may send now, else the whole seconds after which it should try again."""
        rate = own_rate or self.rate
        burst = max(1.0, self.burst * rate / self.rate)
        self._full_at[source_id], wait = admit(self._full_at.get(source_id, -math.inf), now, rate=rate, burst=burst)
        return math.ceil(wait)

    def to_be_told(self, source_id: int, now: float) -> bool:
        """Whether the log is to name this source as too fast: once a minute, however often it is refused."""
        if now - self._told_at.get(source_id, -math.inf) < TOLD_EVERY_SECONDS:
            return False
        self._told_at[source_id] = now
        return True
