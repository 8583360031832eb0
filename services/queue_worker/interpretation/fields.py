"""Reading JSON whose types cannot be trusted: a value, bounded and clean, or the word that there is none."""

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from services.queue_worker.facts import ShapeError

NAME_LIMIT = 255
ID_LIMIT = 255
DEEPEST = 32
_NUMERAL = re.compile(r"-?[0-9]{1,19}")
_WORD = 2**32
_MOST_READABLE = 2**63


def mapping(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any, limit: int = 100) -> list[Any]:
    """The array's first elements, or an empty one in place of anything else."""
    return value[:limit] if isinstance(value, list) else []


def required_object(value: Any, field: str) -> Mapping[str, Any]:
    """The object, or a ShapeError that names the field."""
    if not isinstance(value, dict):
        raise ShapeError(f"{field} is missing or not an object")
    return value


def prose(value: Any) -> str:
    """Text as it was written, spaces and all; empty in place of anything else."""
    return _storable(value) if isinstance(value, str) else ""


def text(value: Any, limit: int = NAME_LIMIT) -> str | None:
    """A short text without surrounding space, cut at `limit` characters; None where it says nothing."""
    return prose(value).strip()[:limit].rstrip() or None


def integer(value: Any) -> int | None:
    """A whole number in any of the ways it arrives: number, numeral, or the {low, high} of a JavaScript Long."""
    match value:
        case bool():
            return None
        case int():
            return value
        case float():
            return int(value) if math.isfinite(value) else None
        case str():
            return int(value) if _NUMERAL.fullmatch(value) else None
        case {"low": int(low), "high": int(high)}:
            return _long(low, high, unsigned=value.get("unsigned") is True)
    return None


def numeral(value: Any) -> str | None:
    """A number as it reads; None for one too large for anything meant for people, or for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value}" if is_number and abs(value) < _MOST_READABLE else None


def count(value: Any, limit: int = 2**31) -> int | None:
    """A whole number from 0 up to below `limit`; None for anything else."""
    number = integer(value)
    return number if number is not None and 0 <= number < limit else None


def octets(value: Any, limit: int) -> bytes:
    """Up to `limit` bytes in any of the ways they arrive: base64, or what JSON makes of an array or a Buffer of them."""
    match value:
        case str():
            return _decoded(value[: limit * 4 // 3 // 4 * 4])
        case {"type": "Buffer", "data": list(numbers)} | list(numbers):
            pass
        case dict():
            numbers = [value.get(str(position)) for position in range(min(limit, len(value)))]
        case _:
            return b""
    return bytes(number for number in numbers[:limit] if type(number) is int and 0 <= number < 256)  # noqa: PLR2004


def identifier(value: Any, field: str) -> str | None:
    """An id that must be kept whole: one too long to be indexed is refused, never cut. None where it is empty."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ShapeError(f"{field} is not a string")
    if len(value) > ID_LIMIT:
        raise ShapeError(f"{field} is longer than {ID_LIMIT} characters")
    return text(value, ID_LIMIT)


def first(values: Iterable[str | None]) -> str | None:
    """The first that is there."""
    return next((value for value in values if value), None)


def present(**values: Any) -> dict[str, Any]:
    """Only what is known: a missing value is left out instead of being a null that looks like knowledge."""
    return {name: value for name, value in values.items() if value is not None}


def plain(value: Any, field: str, depth: int = 0) -> Any:
    """Free JSON as Postgres can store it. Deeper than anything meant for people is refused."""
    if depth > DEEPEST:
        raise ShapeError(f"{field} is nested deeper than {DEEPEST} levels")
    match value:
        case dict():
            return {_storable(name): plain(item, field, depth + 1) for name, item in value.items()}
        case list():
            return [plain(item, field, depth + 1) for item in value]
        case str():
            return _storable(value)
        case float():
            return value if math.isfinite(value) else None
    return value


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _storable(value: str) -> str:
    # Postgres stores neither NUL nor half of a surrogate pair.
    value = value.replace("\x00", "")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _long(low: int, high: int, *, unsigned: bool) -> int:
    # The low half is written signed: -128926605 stands for 4166040691.
    return (high % _WORD if unsigned else high) * _WORD + low % _WORD
