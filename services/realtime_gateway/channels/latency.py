"""How old events are when they get here."""

from datetime import datetime

from services.realtime_gateway import metrics

# The envelope's own timestamp stands before `data`, so it is the first.
_BEFORE = b'"timestamp":"'
_LONGEST_HEAD = 512
_LONGEST_TIMESTAMP = 40
# What comes closer together is as old as its neighbour, and measuring it would cost as much as delivering it.
SAMPLE_SECONDS = 0.05


class AgeSampler:
    """Observes events' ages, of those that come close together only the first."""

    def __init__(self) -> None:
        self._last = 0.0

    def sample(self, payload: bytes, now: float) -> None:
        """Observe an event that came now, by the wall clock."""
        if abs(now - self._last) < SAMPLE_SECONDS:
            return
        self._last = now
        if (age := event_age(payload, now)) is not None:
            metrics.EVENT_AGE.observe(age)


def event_age(payload: bytes, now: float) -> float | None:
    """Seconds since the event's timestamp, as far as it has one; never negative, for clocks differ."""
    start = payload.find(_BEFORE, 0, _LONGEST_HEAD) + len(_BEFORE)
    end = payload.find(b'"', start, start + _LONGEST_TIMESTAMP)
    if start < len(_BEFORE) or end < 0:
        return None
    try:
        moment = datetime.fromisoformat(payload[start:end].decode())
    except ValueError:
        return None
    return max(0.0, now - moment.timestamp())
