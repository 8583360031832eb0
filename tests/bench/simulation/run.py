"""Loads on a simulated product, and what comes of them; the same seed gives the same figures."""

import random
import statistics
from dataclasses import dataclass
from functools import partial

from tests.bench.simulation.costs import Costs
from tests.bench.simulation.engine import Clock
from tests.bench.simulation.product import Deployment, Event, Product

# What comes in is over; what is under way gets so many seconds more, if it needs them.
GRACE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Latencies in seconds; the share of its processors that each machine spent; events that were not published in time."""

    p50: float
    p99: float
    busy: dict[str, float]
    late: int


def steady(
    deployment: Deployment, costs: Costs, *, rate: float, seconds: float, seed: int = 1, evenly: bool = True
) -> Figures:
    """Webhooks at a rate, one clinic after the other and evenly as the benchmark posts them, or as they come in life."""
    chance = random.Random(seed)
    clock = Clock()
    product = Product(clock, deployment, costs, chance)
    moment, count = 0.0, int(rate * seconds)
    for index in range(count):
        clinic = index % deployment.clinics if evenly else chance.randrange(deployment.clinics)
        clock.after(moment, partial(product.post, Event(moment, clinic)))
        moment += 1 / rate if evenly else chance.expovariate(rate)
    clock.run(moment)
    busy = {name: machine.busy / machine.cores / moment for name, machine in product.machines.items()}
    late = count - len(product.outcome.published)
    clock.run(moment + GRACE_SECONDS)
    cuts = statistics.quantiles(product.outcome.latencies, n=100)
    return Figures(cuts[49], cuts[98], busy, late)


def drained(deployment: Deployment, costs: Costs, *, events: int, seed: int = 1) -> float:
    """Events a second where all lie in the broker before anybody begins."""
    clock = Clock()
    product = Product(clock, deployment, costs, random.Random(seed))
    for start in range(0, events, 20):
        product.deliver([Event(0.0, index % deployment.clinics) for index in range(start, min(start + 20, events))])
    clock.run(GRACE_SECONDS * 10)
    return len(product.outcome.published) / max(product.outcome.published)
