"""What waits for a client that does not keep up."""

from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.connections import backlog as bounds
from services.realtime_gateway.connections.backlog import Backlog


@given(st.lists(st.lists(st.binary(max_size=40), max_size=5), max_size=20))
def test_everything_that_waited_comes_in_order(batches: list[list[bytes]]) -> None:
    """Nothing of what was kept is lost, doubled or moved; afterwards nothing waits."""
    backlog = Backlog(0.0)
    for batch in batches:
        backlog.extend(b"".join(batch), len(batch))
    expected = b"".join(frame for batch in batches for frame in batch)

    assert backlog.bytes == len(expected)
    assert backlog.take() == expected
    assert (len(backlog), backlog.bytes) == (0, 0)


def test_backlog_is_bounded_by_frames_and_bytes() -> None:
    """Neither many small frames nor a few large ones pile up, and what the transport holds counts too."""
    many, large, little = Backlog(0.0), Backlog(0.0), Backlog(0.0)
    many.extend(b"x", bounds.MOST_FRAMES + 1)
    large.extend(b"x" * bounds.MOST_BYTES, 1)
    little.extend(b"x", 1)

    assert many.full(0)
    assert large.full(1)
    assert not large.full(0)
    assert little.full(bounds.MOST_BYTES)
    assert not little.full(0)


def test_far_behind_is_borne_for_a_while_only() -> None:
    """A client may be far behind for some seconds, and a little behind for long."""
    backlog = Backlog(100.0)
    late = 100.0 + bounds.PATIENCE_SECONDS + 0.1
    backlog.extend(b"x" * bounds.TOLERATED_BYTES, 1)

    assert not backlog.hopeless(0, late)
    assert backlog.hopeless(1, late)
    assert not backlog.hopeless(1, late - 1)
