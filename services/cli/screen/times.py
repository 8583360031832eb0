"""Moments and spans as people write and read them. Pure: the clock is passed in."""

import re
from datetime import datetime, timedelta

from services.cli.failures import usage

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(r"(\d{1,6})([smhdw])")
_RATE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(?:/([sm]))?")
KILO, MEGA = 1000, 1_000_000

_STEPS = ((86400 * 365, "y"), (86400, "d"), (3600, "h"), (60, "min"))


def span_seconds(text: str) -> int:
    """Seconds of `90s`, `5m`, `2h`, `7d`, `1w`. Raises a usage Failure."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise usage(f"{text!r} is no span of time.", "Write for example 90s, 5m, 2h or 7d.")
    return int(found[1]) * _UNITS[found[2]]


def per_second(text: str) -> float:
    """Entries a second of `20/s`, `20` or `600/m`. Raises a usage Failure."""
    found = _RATE.fullmatch(text.strip())
    rate = 0.0 if found is None else float(found[1]) / (60 if found[2] == "m" else 1)
    if rate <= 0:
        raise usage(f"{text!r} is no rate.", "Write for example 20/s or 600/m.")
    return rate


def moment(text: str) -> datetime | None:
    """The moment of an ISO 8601 text with an offset; None for everything else."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None


def start_moment(text: str, now: datetime) -> str:
    """When something shall begin: ISO 8601 as it was written, or `30m` or `+30m` from now on. Raises a usage Failure."""
    if text.startswith("+") or _SPAN.fullmatch(text):
        return (now + timedelta(seconds=span_seconds(text.removeprefix("+")))).isoformat(timespec="seconds")
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise usage(
            f"{text!r} is no time.", "Write 2026-11-20T22:00-03:00, or 30m for half an hour from now on."
        ) from None
    return text


def ago(text: str | None, now: datetime) -> str:
    """`3 min ago` or `in 2 d`; what is no moment is shown as it is."""
    then = moment(text) if text else None
    if then is None:
        return text or "-"
    seconds = (now - then).total_seconds()
    return f"in {span(-seconds)}" if seconds < 0 else f"{span(seconds)} ago"


def span(seconds: float | None) -> str:
    """`45 s`, `3 min`, `2 h`, `9 d`: the largest unit alone."""
    if seconds is None:
        return "-"
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def size(octets: int | None) -> str:
    """`812 B`, `1.4 kB`, `3.0 MB`."""
    if octets is None:
        return "-"
    if octets < KILO:
        return f"{octets} B"
    return f"{octets / KILO:.1f} kB" if octets < MEGA else f"{octets / MEGA:.1f} MB"
