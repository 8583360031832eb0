from hypothesis import given
from hypothesis import strategies as st

from services.api.breaker import FAILURES_TO_OPEN, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, Breaker


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed(at)
    return breaker


def test_a_few_failures_in_a_row_open_it() -> None:
    """One that succeeded begins the row anew."""
    breaker = Breaker()
    for _ in range(FAILURES_TO_OPEN - 1):
        breaker.failed(0.0)
    breaker.succeeded()
    breaker.failed(0.0)
    assert breaker.state(0.0) == "closed"
    assert opened().state(0.0) == "open"
    assert not opened().admits(0.0)


def test_half_open_one_may_try_at_a_time() -> None:
    """The others do without until it is known how that went."""
    breaker = opened()
    assert breaker.state(FIRST_PAUSE_SECONDS) == "half_open"
    assert [breaker.admits(FIRST_PAUSE_SECONDS) for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert breaker.state(FIRST_PAUSE_SECONDS) == "closed"
    assert breaker.admits(FIRST_PAUSE_SECONDS)


def test_a_probe_that_fails_lengthens_the_pause_up_to_a_bound() -> None:
    """A Redis that stays slow is asked less and less often, and never less than now and then."""
    breaker, now, pause = opened(), 0.0, FIRST_PAUSE_SECONDS
    for _ in range(10):
        now += pause
        assert breaker.admits(now)
        breaker.failed(now)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        assert not breaker.admits(now + pause * 0.99)
        assert breaker.state(now + pause) == "half_open"


def test_those_under_way_when_it_opens_do_not_lengthen_the_pause() -> None:
    """A hundred requests that fail together are one failure more."""
    breaker = opened()
    for _ in range(100):
        breaker.failed(0.1)
    assert breaker.admits(FIRST_PAUSE_SECONDS)


def test_a_probe_nobody_heard_of_again_is_followed_by_another() -> None:
    """A request that was cancelled must not keep it half open for ever."""
    breaker = opened()
    assert breaker.admits(FIRST_PAUSE_SECONDS)
    assert breaker.admits(FIRST_PAUSE_SECONDS * 2)


@given(st.lists(st.tuples(st.sampled_from(["fail", "succeed", "ask"]), st.floats(0, 5)), max_size=100))
def test_after_the_longest_pause_somebody_may_always_try(steps: list[tuple[str, float]]) -> None:
    """Whatever happened, it opens again by itself."""
    breaker, now = Breaker(), 0.0
    for action, pause in steps:
        now += pause
        match action:
            case "fail":
                breaker.failed(now)
            case "succeed":
                breaker.succeeded()
            case _:
                breaker.admits(now)
    assert breaker.admits(now + LONGEST_PAUSE_SECONDS + 0.001)
