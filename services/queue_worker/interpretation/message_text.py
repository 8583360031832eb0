"""How much of a message's text is kept."""

from collections.abc import Mapping
from typing import Any, NamedTuple

CONTENT_LIMIT = 65_536


class BoundedText(NamedTuple):
    """A text that fits; `metadata` says so where it was cut."""

    text: str
    metadata: Mapping[str, Any]


def bounded(text: str) -> BoundedText:
    """The text, cut at 65,536 characters: what WhatsApp itself lets people write."""
    cut = text[:CONTENT_LIMIT]
    return BoundedText(cut, {} if cut == text else {"truncated": True})
