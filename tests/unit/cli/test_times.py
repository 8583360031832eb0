"""Spans, rates and moments, written and read."""

from datetime import UTC, datetime, timedelta

import pytest

from services.cli.failures import ExitCode, Failure
from services.cli.screen.times import ago, per_second, size, span, span_seconds, start_moment

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "1 h"), (86400 * 3, "3 d"), (86400 * 800, "2 y")],
)
def test_spans_show_their_largest_unit(seconds: float, shown: str) -> None:
    """Never more than there was."""
    assert span(seconds) == shown


def test_times_are_relative_in_both_directions() -> None:
    """Whatever offset they carry; what is no time is shown as it is."""
    assert ago("2026-11-20T08:57:00.000-03:00", NOON) == "3 min ago"
    assert ago((NOON + timedelta(days=2)).isoformat(), NOON) == "in 2 d"
    assert ago("soon", NOON) == "soon"
    assert ago(None, NOON) == "-"


@pytest.mark.parametrize(("text", "rate"), [("20/s", 20), ("20", 20), ("600/m", 10), ("0.5/s", 0.5), ("30/m", 0.5)])
def test_rates_are_a_second(text: str, rate: float) -> None:
    """However they are written."""
    assert per_second(text) == rate


@pytest.mark.parametrize("text", ["", "0", "0/s", "-1", "20/h", "fast", "1e3", "20/s "[:-1] + "x"])
def test_no_rate_is_a_usage_failure(text: str) -> None:
    """With an example of what would be one."""
    with pytest.raises(Failure, match="no rate") as raised:
        per_second(text)
    assert raised.value.code == ExitCode.USAGE
    assert "20/s" in raised.value.next_step


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("2h", 7200), ("7d", 604800), ("1w", 604800)])
def test_spans_are_read(text: str, seconds: int) -> None:
    """In seconds, minutes, hours, days and weeks."""
    assert span_seconds(text) == seconds


def test_a_beginning_is_a_time_or_so_far_from_now() -> None:
    """A time without an offset is the clinic's to read, so it is passed on as it is."""
    for text in ("+30m", "30m"):
        assert start_moment(text, NOON) == "2026-11-20T12:30:00+00:00"
    assert start_moment("2026-11-20T22:00", NOON) == "2026-11-20T22:00"
    with pytest.raises(Failure, match="no time"):
        start_moment("tonight", NOON)


def test_sizes_are_short() -> None:
    """In decimal units."""
    assert [size(812), size(1412), size(3_000_000), size(None)] == ["812 B", "1.4 kB", "3.0 MB", "-"]
