"""How checks of positions are spread."""

from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.channels.position_checks import SHARES, shares


@given(st.integers(0, 1000))
def test_a_round_has_each_channel_once_and_no_crowd(channels: int) -> None:
    """However many there are, a round takes the same time, and no moment of it has much more than its share."""
    topics = [str(number).encode() for number in range(channels)]
    parts = list(shares(topics))
    assert len(parts) == SHARES
    assert [topic for part in parts for topic in part] == topics
    assert max(map(len, parts)) <= channels // SHARES + 1
