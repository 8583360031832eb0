"""Which faults come in which order."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from tests.chaos.site import Scenario


def schedule(
    scenarios: Sequence[Scenario], seed: int, minutes: float | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Scenario]:
    """Each once in its order; with `minutes`, one round after the other until the time is up, in the seed's own order."""
    if minutes is None:
        yield from scenarios
        return
    chance, end = random.Random(seed), clock() + minutes * 60
    rounds = iter(lambda: chance.sample(scenarios, len(scenarios)), [])
    for scenario in chain.from_iterable(rounds):
        if clock() >= end:
            return
        yield scenario
