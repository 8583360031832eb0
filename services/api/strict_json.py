"""JSON as its definition has it, with numbers that a computer's own can hold."""

import json
import math
from typing import Any, NoReturn

_LARGEST_EXPONENT = 400


def parse_json(text: str) -> Any:
    """The value; lone surrogates are kept, so that the field that has them can be named.

    Raises ValueError, also for NaN and infinities, and RecursionError.
    """
    return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    """Postgres refuses numbers of very many places, before the point or behind it."""
    exponent = text.lower().partition("e")[2]
    value = float(text)
    if math.isinf(value) or abs(int(exponent or 0)) > _LARGEST_EXPONENT:
        raise ValueError("the number is out of range")
    return value
