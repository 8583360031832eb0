"""How much a user may ask over HTTP."""

from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.connections.rate_limit import EVENTS_PER_MINUTE
from services.realtime_gateway.polling import allowances
from services.realtime_gateway.polling.allowances import (
    MOST_POLLS_OF_A_USER,
    POLLS_PER_MINUTE,
    Allowance,
    Allowances,
)
from shared.auth.tokens import Claims


def claims(user_id: int, clinic_id: int = 1) -> Claims:
    return Claims(user_id=user_id, clinic_id=clinic_id, role="agent", name="Ana", expires_at=0)


@given(st.integers(1, MOST_POLLS_OF_A_USER), st.floats(0.0001, 0.5))
def test_who_waits_for_answers_is_slowed_and_never_refused(tabs: int, seconds_between: float) -> None:
    """Tabs that poll again as soon as they are answered come to the rate, after the minute that they had to spare."""
    allowance, polls = Allowance(0.0), 0
    waiting = [0.0] * tabs
    while (now := min(waiting)) < 120:
        pace = allowance.take_poll(now)
        assert pace != "too_many"
        waiting[waiting.index(now)] = now + pace + seconds_between
        polls += 1

    assert polls <= 3 * POLLS_PER_MINUTE + tabs


def test_polls_that_nobody_waits_for_are_refused() -> None:
    """Asking and hanging up, again and again, gains nothing; a little later it goes on."""
    allowance = Allowance(0.0)
    answers = [allowance.take_poll(0.0) for _ in range(2 * POLLS_PER_MINUTE)]

    assert 0.0 in answers
    assert answers[-1] == "too_many"
    assert allowance.take_poll(1.0) != "too_many"


def test_open_polls_are_bounded() -> None:
    """Each holds channels and a connection."""
    allowance = Allowance(0.0)
    allowance.open_polls = MOST_POLLS_OF_A_USER

    assert allowance.take_poll(0.0) == "too_many"


@given(st.lists(st.floats(0, 5), max_size=400))
def test_commands_never_exceed_the_minute(gaps: list[float]) -> None:
    """However they are spread, no minute has more than the bucket and its refill."""
    allowance, now, taken = Allowance(0.0), 0.0, list[float]()
    for gap in gaps:
        now += gap
        if allowance.take_command(now) == 0.0:
            taken.append(now)
    for start in taken:
        assert sum(start <= moment < start + 60 for moment in taken) <= 2 * EVENTS_PER_MINUTE


def test_users_are_told_apart_and_forgotten() -> None:
    """One of another clinic is another; of too many the longest unused begins anew."""
    everybody = Allowances()
    first = everybody.of(claims(1), 0.0)

    assert everybody.of(claims(1), 0.0) is first
    assert everybody.of(claims(1, clinic_id=2), 0.0) is not first
    for user_id in range(2, allowances.MOST_USERS + 2):
        everybody.of(claims(user_id), 0.0)
    assert len(everybody) == allowances.MOST_USERS
    assert everybody.of(claims(1), 0.0) is not first
