"""Times as operators write them: a date and time, or how long ago. Pure."""

import re
from datetime import datetime, timedelta

from shared.events.clinic_time import from_clinic_time

_DURATION = re.compile(r"(\d{1,5})([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def instant_of(text: str, now: datetime, zone_name: str) -> datetime:
    """The instant that `2h` (ago) or an ISO 8601 time names. Raises ValueError."""
    if duration := _DURATION.fullmatch(text):
        try:
            return now - timedelta(**{_UNITS[duration[2]]: int(duration[1])})
        except OverflowError as error:
            raise ValueError("before the calendar begins") from error
    return from_clinic_time(text, zone_name)
