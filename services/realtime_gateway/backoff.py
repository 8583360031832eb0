"""How long to wait before trying again, spread so that those who failed together do not return together."""

import asyncio
from random import SystemRandom

FIRST_SECONDS = 0.05
LONGEST_SECONDS = 2.0
_MOST_DOUBLINGS = 16

_random = SystemRandom()


def delay(attempt: int, fraction: float) -> float:
    """Seconds before retry number `attempt` (from 0): half to all of a doubling, bounded step, by a fraction of 0 to 1."""
    step = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt, _MOST_DOUBLINGS))
    return step * (0.5 + fraction / 2)


async def pause(attempt: int) -> None:
    """Wait before retry number `attempt`."""
    await asyncio.sleep(delay(attempt, _random.random()))


def jittered(seconds: float) -> float:
    """About so many seconds: processes that started together do not stay in step."""
    return seconds * (0.75 + _random.random() / 2)


def spread_ms(least: int, most: int) -> int:
    """A random time for a client to wait, in milliseconds."""
    return _random.randint(least, most)
