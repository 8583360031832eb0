"""A source's line to WhatsApp: when it rests, who tries it again, and how fast it may send. Pure, with the clock passed in.

A failure that is not the message's makes the line rest, longer each time; so do several others in a row. When the rest is
over one message tries the line (half open) while the others go on waiting; its success ends the rest.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 60.0
BREAKER_FAILURES = 5
# How much of a second's rate may leave at once.
BURST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """A row of `source_sending`. `failures` are those in a row."""

    failures: int
    paused_at: datetime | None
    paused_until: datetime | None
    reason: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Admission:
    """What becomes of the line, and how many seconds to wait; 0 where a call may be made now."""

    line: Line
    wait: float


NEW_LINE = Line(0, None, None, None, None)


def admit(line: Line, now: datetime, opened_at: datetime | None, rate: float, probe_seconds: float) -> Admission:
    """Whether a message may go now. `opened_at` is when WhatsApp was last known to be connected, where it is."""
    if line.paused_at is not None and opened_at is not None and opened_at > line.paused_at:
        line = rested(line)
    if line.paused_until is None:
        return _take_turn(line, now, rate)
    if now < line.paused_until:
        return Admission(line, (line.paused_until - now).total_seconds())
    return Admission(replace(line, paused_until=now + timedelta(seconds=probe_seconds)), 0.0)


def _take_turn(line: Line, now: datetime, rate: float) -> Admission:
    """The generic cell rate algorithm (ITU-T I.371): one timestamp holds the whole bucket."""
    interval = timedelta(seconds=1 / rate)
    tolerance = max(timedelta(seconds=BURST_SECONDS) - interval, timedelta())
    turn = now if line.next_at is None else max(line.next_at, now)
    if turn - tolerance > now:
        return Admission(line, (turn - tolerance - now).total_seconds())
    return Admission(replace(line, next_at=turn + interval), 0.0)


def rested(line: Line) -> Line:
    """The line after it worked."""
    return replace(line, failures=0, paused_at=None, paused_until=None, reason=None)


def after_success(line: Line, began: datetime) -> Line:
    """The line after a call that was made at `began` succeeded. One from before the rest says nothing of it."""
    return line if line.paused_at is not None and began < line.paused_at else rested(line)


def after_failure(line: Line, began: datetime, now: datetime, reason: str, *, of_line: bool, jitter: float) -> Line:
    """The line after a call failed, by the line's own fault or by one that cannot be told. `jitter` is in [0, 1)."""
    if line.paused_at is not None and began < line.paused_at:
        return line
    failures = line.failures + 1
    trying = line.paused_at is not None
    if not (of_line or trying or failures >= BREAKER_FAILURES):
        return replace(line, failures=failures)
    seconds = rest_seconds(failures if of_line or trying else failures - BREAKER_FAILURES + 1)
    until = now + timedelta(seconds=seconds * (0.75 + 0.25 * jitter))
    return replace(line, failures=failures, paused_at=now, paused_until=until, reason=reason)


def rest_seconds(failures: int) -> float:
    """How long a line rests after so many failures."""
    return float(min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2.0 ** min(failures - 1, 10)))
