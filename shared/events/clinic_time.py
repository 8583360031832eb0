"""Time as a clinic sees it. Instants are kept in UTC and converted once, here, on the way in or out."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name."""
    return ZoneInfo(name)


def to_clinic_time(instant: datetime, zone_name: str) -> str:
    """ISO 8601 in the clinic's zone, with milliseconds and offset: `2025-06-27T00:59:16.363-03:00`."""
    return instant.astimezone(zone(zone_name)).isoformat(timespec="milliseconds")


def from_clinic_time(text: str, zone_name: str) -> datetime:
    """The instant that a timestamp names; a naive one is wall-clock time of the clinic's zone.

    Raises ValueError where the text is no ISO 8601 timestamp, or one that is beyond the calendar in UTC.
    """
    parsed = datetime.fromisoformat(text)
    local = parsed if parsed.tzinfo else parsed.replace(tzinfo=zone(zone_name))
    try:
        return local.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"beyond the calendar: {text}") from error
