"""How long it is worth to wait for another process that reads the same."""

from collections.abc import Iterator

FIRST_PAUSE_SECONDS = 0.002
SHORTEST_SECONDS = 0.005
LONGEST_SECONDS = 0.1
# How much the newest reading counts.
WEIGHT = 0.1


class Patience:
    """Follows how long readings of one type take: nobody waits longer than it would take to read by oneself."""

    def __init__(self) -> None:
        self._seconds = SHORTEST_SECONDS

    def took(self, seconds: float) -> None:
        """Learn from a reading."""
        self._seconds += WEIGHT * (seconds - self._seconds)

    def pauses(self) -> Iterator[float]:
        """Pauses between looks, each longer than the one before."""
        left = min(max(self._seconds, SHORTEST_SECONDS), LONGEST_SECONDS)
        pause = FIRST_PAUSE_SECONDS
        while left > 0:
            yield min(pause, left)
            left -= pause
            pause *= 2
