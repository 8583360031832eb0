from hypothesis import given
from hypothesis import strategies as st

from services.api.assignment import Expectation, next_step

people = st.none() | st.integers(1, 4)
expectations = st.none() | st.builds(Expectation, people)


@given(people, people, st.integers(1, 4), expectations, st.booleans())
def test_nothing_moves_that_its_mover_has_not_seen(
    holder: int | None, to: int | None, by: int, expected: Expectation | None, any_ones: bool
) -> None:
    """Who expects something is right or refused; who expects nothing moves their own, nobody's, or has the right to."""
    step = next_step(holder, to, by, expected, any_ones=any_ones)
    assert (step == "already") == (holder == to)
    if step == "assign":
        assert expected == Expectation(holder) or (expected is None and (any_ones or holder in (None, by)))
    if step == "stale":
        assert expected != Expectation(holder)


@given(people, people, st.integers(1, 4), expectations, st.booleans())
def test_asking_again_is_no_second_move(
    holder: int | None, to: int | None, by: int, expected: Expectation | None, any_ones: bool
) -> None:
    """Once it is done, the same request is done already: its answer may have been lost."""
    if next_step(holder, to, by, expected, any_ones=any_ones) == "assign":
        assert next_step(to, to, by, expected, any_ones=any_ones) == "already"
