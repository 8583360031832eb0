"""How waits are spread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.backoff import FIRST_SECONDS, LONGEST_SECONDS, delay
from services.realtime_gateway.sockets.drain import LEAST_GROUP, STEP_SECONDS, group_size, return_spread_ms


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_delay_is_bounded(attempt: int, fraction: float) -> None:
    """However often it was tried, the wait is neither none nor long."""
    assert FIRST_SECONDS / 2 <= delay(attempt, fraction) <= LONGEST_SECONDS


def test_delay_grows() -> None:
    """Each failure doubles the wait, up to the longest."""
    assert [delay(attempt, 1.0) for attempt in range(8)] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]


@given(st.integers(0, 100_000), st.floats(0.1, 60))
def test_all_are_sent_away_in_time(sockets: int, seconds: float) -> None:
    """However many there are, as many steps as fit into the time are enough."""
    assert group_size(sockets, seconds) * max(1.0, seconds / STEP_SECONDS) >= sockets
    assert group_size(sockets, seconds) >= LEAST_GROUP


@pytest.mark.parametrize(("sockets", "milliseconds"), [(1, 505), (1000, 5500), (10_000, 50_500)])
def test_returns_are_spread_by_their_number(sockets: int, milliseconds: int) -> None:
    """A few clients return at once; thousands over as long as the others need to take them in."""
    assert return_spread_ms(sockets) == milliseconds
