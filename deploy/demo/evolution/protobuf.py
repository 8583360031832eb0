"""How WhatsApp's protobuf values look once Evolution 2.3 has written them as JSON."""

from typing import Any

_WORD = 2**32


def long_object(number: int) -> dict[str, Any]:
    """A 64-bit integer: two 32-bit halves, of which the low one may come out negative."""
    low, high = number % _WORD, number // _WORD
    return {"low": low - _WORD if low >= _WORD // 2 else low, "high": high, "unsigned": False}


def byte_object(content: bytes) -> dict[str, int]:
    """Bytes: an object with an index for each."""
    return {str(index): byte for index, byte in enumerate(content)}
