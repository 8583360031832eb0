from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.clinic_time import from_clinic_time, to_clinic_time

SAO_PAULO = "America/Sao_Paulo"
ZONES = [
    SAO_PAULO,
    "America/Manaus",
    "America/New_York",
    "Europe/Lisbon",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "UTC",
]

zones = st.sampled_from(ZONES)
milliseconds = st.integers(-(10**6), 10**6)
# Some within hours of a change of the clocks, which is where a conversion goes wrong.
changes = st.sampled_from(
    [
        datetime(2018, 11, 4, 3, tzinfo=UTC),  # São Paulo springs forward
        datetime(2019, 2, 17, 2, tzinfo=UTC),  # and falls back, for the last time
        datetime(2025, 3, 9, 7, tzinfo=UTC),  # New York
        datetime(2025, 11, 2, 6, tzinfo=UTC),
        datetime(2025, 4, 5, 15, tzinfo=UTC),  # Lord Howe: half an hour
    ]
)
instants = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)) | st.builds(  # noqa: DTZ001
    lambda change, offset: change + timedelta(seconds=offset), changes, st.integers(-10_000, 10_000)
)


def test_the_documents_example() -> None:
    """Wall-clock time of a clinic in São Paulo comes back with its offset."""
    instant = from_clinic_time("2025-06-27T00:59:16.363", SAO_PAULO)

    assert instant == datetime(2025, 6, 27, 3, 59, 16, 363_000, tzinfo=UTC)
    assert to_clinic_time(instant, SAO_PAULO) == "2025-06-27T00:59:16.363-03:00"


@given(instants, zones, zones)
def test_what_was_written_reads_as_the_same_instant(instant: datetime, zone: str, reader: str) -> None:
    """Down to the millisecond, in every zone, through every change of the clocks, whoever reads it."""
    text = to_clinic_time(instant, zone)

    read = from_clinic_time(text, reader)

    assert read == instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert read.tzinfo is UTC
    assert to_clinic_time(read, zone) == text


@given(st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)), zones)  # noqa: DTZ001
def test_wall_clock_time_is_shown_as_it_was_said(said: datetime, zone: str) -> None:
    """A naive time comes back unchanged, unless it is one that the clocks skipped."""
    said = said.replace(microsecond=said.microsecond // 1000 * 1000)

    shown = to_clinic_time(from_clinic_time(said.isoformat(), zone), zone)

    shift = abs(datetime.fromisoformat(shown).replace(tzinfo=None) - said)
    assert shift in {timedelta(0), timedelta(minutes=30), timedelta(hours=1)}
    if zone in {"UTC", "Asia/Kathmandu"}:
        assert not shift


@pytest.mark.parametrize(
    ("said", "zone", "shown"),
    [
        ("2018-11-03T23:59:59.999", SAO_PAULO, "2018-11-03T23:59:59.999-03:00"),
        ("2018-11-04T00:30:00", SAO_PAULO, "2018-11-04T01:30:00.000-02:00"),  # skipped: the clocks went 23:59 to 01:00
        ("2019-02-16T23:30:00", SAO_PAULO, "2019-02-16T23:30:00.000-02:00"),  # twice: the first one is meant
        ("2025-12-27T12:00:00", SAO_PAULO, "2025-12-27T12:00:00.000-03:00"),  # no summer time any more
        ("2025-07-01T12:00:00", "America/New_York", "2025-07-01T12:00:00.000-04:00"),
        ("2025-01-01T12:00:00", "America/New_York", "2025-01-01T12:00:00.000-05:00"),
        ("2025-01-01T12:00:00Z", SAO_PAULO, "2025-01-01T09:00:00.000-03:00"),
        ("2025-01-01T12:00:00+05:45", SAO_PAULO, "2025-01-01T03:15:00.000-03:00"),
        ("2025-01-01", SAO_PAULO, "2025-01-01T00:00:00.000-03:00"),
    ],
)
def test_the_clocks_of_a_zone(said: str, zone: str, shown: str) -> None:
    """Summer time is the zone's own, of that year; an offset that is stated wins over the zone."""
    assert to_clinic_time(from_clinic_time(said, zone), zone) == shown


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2025-13-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    """Neither words nor what lies beyond the calendar passes."""
    with pytest.raises(ValueError, match=r".+"):
        from_clinic_time(text, SAO_PAULO)
