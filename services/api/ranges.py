"""Which part of a file is asked for (RFC 9110, section 14). Pure."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int


class UnsatisfiableRangeError(ValueError):
    """The range has no byte of the file."""


def requested_part(header: str | None, size: int) -> Part | None:
    """The one part a `Range` header asks for; None where it asks for all, or in a way that is not served in parts.

    Raises UnsatisfiableRangeError. Several ranges at once, other units and what is malformed count as not asked, as the
    standard allows.
    """
    match = _ONE_RANGE.fullmatch(header) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return _last_bytes(int(last), size)
    start, end = int(first), int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise UnsatisfiableRangeError
    return Part(start, min(end + 1, size))


def _last_bytes(count: int, size: int) -> Part:
    if not count or not size:
        raise UnsatisfiableRangeError
    return Part(max(0, size - count), size)


def names_etag(header: str | None, etag: str) -> bool:
    """Whether an `If-None-Match` names this tag; `W/` makes no difference there."""
    if header is None:
        return False
    return header.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}
