"""How many events a client may send."""

from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.connections.rate_limit import EVENTS_PER_MINUTE, REFUSALS, RateLimit, TokenBucket


def test_minutes_worth_passes_at_once() -> None:
    """A page that opens may send its whole allowance in one go, and must then wait for the next."""
    limit = RateLimit(0.0)
    waits = [limit.take(0.0) for _ in range(EVENTS_PER_MINUTE + 1)]

    assert waits[:-1] == [0.0] * EVENTS_PER_MINUTE
    assert waits[-1] == 60 / EVENTS_PER_MINUTE


@given(st.lists(st.floats(0, 5), max_size=300), st.integers(1, 50), st.integers(1, 50))
def test_never_more_than_the_allowance(gaps: list[float], size: int, per_minute: int) -> None:
    """In any stretch of time no more pass than a full bucket and its refill."""
    bucket, now, passed = TokenBucket(size, per_minute, 0.0), 0.0, 0
    for gap in gaps:
        now += gap
        passed += bucket.take(now) == 0.0

    assert passed <= size + now * per_minute / 60 + 1e-6


@given(st.floats(0, 1e6), st.integers(1, 200))
def test_told_wait_is_enough(start: float, per_minute: int) -> None:
    """Who waits as long as told may send."""
    bucket = TokenBucket(3, per_minute, start)
    wait = 0.0
    while not wait:
        wait = bucket.take(start)

    assert bucket.take(start + wait + 1e-3) == 0.0


def test_clock_that_goes_back_gives_nothing() -> None:
    """A clock that jumps back refills nothing and breaks nothing."""
    bucket = TokenBucket(1, 1, 100.0)

    assert bucket.take(100.0) == 0.0
    assert bucket.take(50.0) > 0.0


def test_persistence_is_abuse() -> None:
    """Who goes on sending while refused is at last to be closed; who waits as told never is."""
    stubborn, patient = RateLimit(0.0), RateLimit(0.0)
    answers = [stubborn.take(0.0) for _ in range(EVENTS_PER_MINUTE + REFUSALS + 1)]
    now = 0.0
    for _ in range(2000):
        wait = patient.take(now)
        assert wait != "abuse"
        now += wait + 1e-3 if wait else 0.0

    assert answers[-1] == "abuse"
    assert "abuse" not in answers[:-1]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 2)), max_size=400))
def test_shared_allowance_holds_for_all_together(events: list[tuple[int, float]]) -> None:
    """Connections that share a bucket together send no more than it gives, whoever of them asks when."""
    size = 20
    shared = TokenBucket(size, size, 0.0)
    limits = [RateLimit(0.0) for _ in range(4)]
    for limit in limits:
        limit.share(shared)
    now = passed = 0.0
    for who, gap in events:
        now += gap
        passed += limits[who].take(now) == 0.0

    assert passed <= size + now * size / 60 + 1e-6


def test_refusal_by_a_shared_allowance_costs_the_own_nothing() -> None:
    """Who had to wait for others still has all of their own allowance."""
    shared = TokenBucket(1, 60, 0.0)
    shared.take(0.0)
    limit = RateLimit(0.0)
    limit.share(shared)
    assert limit.take(0.0) == 1.0

    limit.share()
    assert [limit.take(0.0) for _ in range(EVENTS_PER_MINUTE)] == [0.0] * EVENTS_PER_MINUTE
