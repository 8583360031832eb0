"""Times as operators write them: a date and time, or how far from now. Pure."""

import re
from datetime import datetime, timedelta

from shared.events.clinic_time import from_clinic_time

_DURATION = re.compile(r"(\d{1,5})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def instant_of(text: str, now: datetime, zone_name: str, *, ahead: bool = False) -> datetime:
    """The instant that `2h` (ago, or from now on) or an ISO 8601 time names. Raises ValueError."""
    if duration := _DURATION.fullmatch(text):
        span = timedelta(**{_UNITS[duration[2]]: int(duration[1])})
        try:
            return now + span if ahead else now - span
        except OverflowError as error:
            raise ValueError("beyond the calendar") from error
    return from_clinic_time(text, zone_name)
