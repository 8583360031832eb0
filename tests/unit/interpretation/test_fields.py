"""Reading values whose types cannot be trusted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.facts import ShapeError
from services.queue_worker.interpretation.fields import integer, plain, text
from tests.unit.interpretation.json_values import JSON


def long(value: int, *, unsigned: bool) -> dict[str, Any]:
    """A number as JavaScript's Long is written: both halves signed."""
    low, high = value % 2**32, value // 2**32
    return {
        "low": low - 2**32 if low >= 2**31 else low,
        "high": high - 2**32 if high >= 2**31 else high,
        "unsigned": unsigned,
    }


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_long_is_decoded(value: int) -> None:
    """Every signed 64-bit number survives being a Long."""
    assert integer(long(value, unsigned=False)) == value


@given(st.integers(0, 2**64 - 1))
def test_unsigned_long_is_decoded(value: int) -> None:
    """Every unsigned 64-bit number survives being a Long."""
    assert integer(long(value, unsigned=True)) == value


def test_negative_low_half_is_decoded() -> None:
    """The recorded Long with a negative half is the time it stands for."""
    assert integer({"low": -128926605, "high": 417, "unsigned": False}) == 417 * 2**32 + 2**32 - 128926605


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (7, 7),
        ("7", 7),
        ("-7", -7),
        (7.9, 7),
        (True, None),
        ("7.5", None),
        ("", None),
        ("٧", None),
        ("9" * 20, None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        ([7], None),
        ({"low": 1}, None),
        ({"low": True, "high": None}, None),
    ],
    ids=repr,
)
def test_number_is_read_however_it_is_written(value: Any, number: int | None) -> None:
    """Numbers, numerals and Longs are numbers; nothing else is."""
    assert integer(value) == number


@given(st.text(), st.integers(1, 50))
def test_short_text_fits(value: str, limit: int) -> None:
    """A short text is as long as allowed, has no space around it, and says something."""
    short = text(value, limit)
    assert short is None or (0 < len(short) <= limit and short == short.strip() and "\x00" not in short)


@given(JSON)
def test_free_json_becomes_storable(value: Any) -> None:
    """Free JSON is kept, without what Postgres refuses."""
    assert "\\u0000" not in json.dumps(plain(value, "action_data"), allow_nan=False).replace("\\\\", "")


def test_json_deeper_than_anything_meant_is_refused() -> None:
    """Depth is bounded, and the refusal names the field."""
    value: Any = "deep"
    for _ in range(40):
        value = [value]
    with pytest.raises(ShapeError, match="action_data is nested deeper than 32 levels"):
        plain(value, "action_data")
