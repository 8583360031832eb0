"""How fast a source may send."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhook_receiver.rates import SourceRates, admit

rates = st.integers(1, 10_000)
bursts = st.integers(1, 100_000)
pauses = st.lists(st.floats(0, 10, allow_subnormal=False), max_size=200)


@given(rates, bursts, pauses)
def test_no_stretch_of_time_admits_more_than_burst_and_rate(rate: int, burst: int, gaps: list[float]) -> None:
    """Whatever the times, between any two admissions there are no more others than the bucket can have given."""
    full_at, now = -math.inf, 0.0
    admitted: list[float] = []
    for gap in gaps:
        now += gap
        full_at, wait = admit(full_at, now, rate=rate, burst=burst)
        if not wait:
            admitted.append(now)

    for first, start in enumerate(admitted):
        for last, end in enumerate(admitted[first:], first):
            assert last - first + 1 <= burst + (end - start) * rate + 0.01


@given(rates, bursts, pauses)
def test_who_waits_as_told_is_admitted(rate: int, burst: int, gaps: list[float]) -> None:
    """The wait is long enough, and nobody who keeps to the rate has to wait at all."""
    full_at, now = -math.inf, 0.0
    for gap in gaps:
        now += gap
        full_at, wait = admit(full_at, now, rate=rate, burst=burst)
        if wait:
            now += wait
            full_at, wait = admit(full_at, now, rate=rate, burst=burst)
            assert wait == 0

    steady_at = -math.inf
    for step in range(50):
        steady_at, wait = admit(steady_at, 1000 + step / rate, rate=rate, burst=1)
        assert wait == 0


def admitted_at_once(limits: SourceRates, source_id: int, own_rate: int | None, now: float) -> int:
    count = 0
    while limits.wait(source_id, own_rate, now) == 0:
        count += 1
    return count


def test_a_noisy_source_takes_nothing_from_another() -> None:
    """Each has its own bucket."""
    limits = SourceRates(rate=10, burst=40)

    assert admitted_at_once(limits, 1, None, 100.0) == 40
    assert admitted_at_once(limits, 2, None, 100.0) == 40


@pytest.mark.parametrize(("own_rate", "burst"), [(20, 80), (5, 20), (1, 4)])
def test_a_source_may_have_a_rate_of_its_own(own_rate: int, burst: int) -> None:
    """Its burst lasts as many seconds as everybody's."""
    limits = SourceRates(rate=10, burst=40)

    assert admitted_at_once(limits, 1, own_rate, 100.0) == burst
    assert admitted_at_once(limits, 1, own_rate, 101.0) == own_rate


def test_a_burst_below_one_admits_one() -> None:
    """A source is never shut out for good."""
    limits = SourceRates(rate=1000, burst=1)

    assert limits.wait(1, 1, 100.0) == 0
    assert limits.wait(1, 1, 100.0) == 1
    assert limits.wait(1, 1, 101.0) == 0


def test_the_wait_is_told_in_whole_seconds() -> None:
    """Rounded up, so that who comes back then is admitted; refused ones make it no longer."""
    limits = SourceRates(rate=1, burst=1)
    assert limits.wait(1, None, 100.0) == 0

    assert [limits.wait(1, None, 100.0) for _ in range(5)] == [1] * 5
    assert limits.wait(1, None, 100.5) == 1
    assert limits.wait(1, None, 101.0) == 0


def test_the_log_names_a_fast_source_once_a_minute() -> None:
    """However often it is refused; another one is named beside it."""
    limits = SourceRates(rate=1, burst=1)

    assert [limits.to_be_told(1, at) for at in (100.0, 101.0, 159.9, 160.0)] == [True, False, False, True]
    assert limits.to_be_told(2, 101.0)
