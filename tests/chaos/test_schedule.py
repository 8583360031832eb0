"""Which faults come when."""

from itertools import count

from tests.chaos.faults import SCENARIOS
from tests.chaos.schedule import schedule


def names(seed: int, minutes: float | None) -> list[str]:
    clock = count(step=20.0)
    return [scenario.name for scenario in schedule(SCENARIOS, seed, minutes, lambda: next(clock))]


def test_the_same_seed_has_the_same_faults_in_the_same_order() -> None:
    """And another seed another order; every fault comes once before any comes again."""
    once, again, other = names(1, 20), names(1, 20), names(2, 20)
    assert once == again != other
    assert len(once) > 2 * len(SCENARIOS)
    assert set(once[: len(SCENARIOS)]) == {scenario.name for scenario in SCENARIOS}


def test_without_minutes_each_comes_once() -> None:
    """In the order of the list."""
    assert names(1, None) == [scenario.name for scenario in SCENARIOS]
