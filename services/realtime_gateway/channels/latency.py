"""How old events are when they get here."""

import re
from datetime import datetime

# The envelope's own timestamp stands before `data`, so it is the first.
_TIMESTAMP = re.compile(rb'"timestamp":"([^"]{10,40})"')
_LONGEST_HEAD = 512


def event_age(payload: bytes, now: float) -> float | None:
    """Seconds since the event's timestamp, as far as it has one; never negative, for clocks differ."""
    stamped = _TIMESTAMP.search(payload, 0, _LONGEST_HEAD)
    if stamped is None:
        return None
    try:
        moment = datetime.fromisoformat(stamped[1].decode())
    except ValueError:
        return None
    return max(0.0, now - moment.timestamp())
