"""When something was said. The event's own time wins; a naive one is wall-clock time of the clinic."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.queue_worker.facts import ShapeError
from services.queue_worker.interpretation.fields import integer
from shared.events.clinic_time import from_clinic_time, zone

# No message is older or newer. What lies outside is a mistake, not a time.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# As seconds this is the year 5138: whatever is larger was meant as milliseconds.
_SECONDS_END = 10**11


def unix_time(value: Any) -> datetime | None:
    """The time of a Unix timestamp in seconds or, by mistake, milliseconds; None where there is no sensible one."""
    number = integer(value)
    if number is None or not 0 <= number < _SECONDS_END * 100:
        return None
    return _sensible(_EPOCH + timedelta(milliseconds=number if number > _SECONDS_END else number * 1000))


def stated_time(value: Any, zone_name: str) -> datetime:
    """The time an integration states: ISO 8601, wall clock of that zone where it has no offset, or a Unix timestamp."""
    moment = unix_time(value) or _iso_time(value, zone_name)
    if moment is None:
        raise ShapeError("timestamp is neither ISO 8601 nor a Unix timestamp of this century")
    return moment


def _iso_time(value: Any, zone_name: str) -> datetime | None:
    _require_zone(zone_name)
    try:
        return _sensible(from_clinic_time(value, zone_name))
    except (TypeError, ValueError):
        return None


def _require_zone(name: str) -> None:
    try:
        zone(name)
    except (KeyError, ValueError, OSError):
        raise ShapeError("the source's time zone is not known") from None


def _sensible(moment: datetime) -> datetime | None:
    return moment if EARLIEST <= moment < LATEST else None
