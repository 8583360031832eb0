"""Whether a server is asked at all that one can do without: a slow one costs each request its patience, so after a few it is
left alone for a while.
"""

from typing import Literal

State = Literal["closed", "open", "half_open"]

FAILURES_TO_OPEN = 5
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 8.0


class Breaker:
    """Opens after failures in a row; then, from time to time, one caller tries. Pure: the clock comes in."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause = 0.0
        self._until = 0.0
        self._probed_until = 0.0

    def state(self, now: float) -> State:
        """As operators are shown it."""
        if not self._pause:
            return "closed"
        return "open" if now < self._until else "half_open"

    def admits(self, now: float) -> bool:
        """Whether this caller may try. Half open it is one at a time; a probe that is never heard of counts for a pause."""
        if not self._pause:
            return True
        if now < self._until or now < self._probed_until:
            return False
        self._probed_until = now + self._pause
        return True

    def succeeded(self) -> None:
        """The server did what it was asked in time."""
        self._failures = 0
        self._pause = self._until = self._probed_until = 0.0

    def failed(self, now: float) -> None:
        """It did not. Those that were under way when it opened do not lengthen the pause."""
        self._failures += 1
        if self._pause and now < self._until:
            return
        if self._pause or self._failures >= FAILURES_TO_OPEN:
            self._pause = min(self._pause * 2 or FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
            self._until = now + self._pause
            self._probed_until = 0.0
