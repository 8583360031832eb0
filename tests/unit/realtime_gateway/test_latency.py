"""How old events are when they get here."""

from datetime import UTC, datetime

import pytest

from services.realtime_gateway.channels.latency import event_age
from shared.events.live import live_event, numbered_frame

AT = datetime(2026, 6, 27, 12, 0, 0, 500_000, tzinfo=UTC)


def test_age_of_a_published_event() -> None:
    """The envelope's own timestamp counts, not one in the data."""
    event = live_event("message:new", "conversa", 12, {"timestamp": "1999-01-01T00:00:00.000-03:00"}, AT)

    assert event_age(numbered_frame(event.frame, 1, "a").encode(), AT.timestamp() + 2) == 2.0


@pytest.mark.parametrize("payload", [b"{}", b'{"timestamp":"yesterday, about noon"}', b"\xff"])
def test_event_without_a_moment_has_no_age(payload: bytes) -> None:
    """What cannot be read is not measured."""
    assert event_age(payload, 0.0) is None


def test_clocks_that_differ_make_no_negative_age() -> None:
    """An event from the future is new, not negative."""
    assert event_age(b'{"timestamp":"2026-06-27T12:00:00.500+00:00"}', AT.timestamp() - 60) == 0.0
