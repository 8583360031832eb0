"""Payloads as operators see them who may not see more: structure, ids and types, and nothing that anybody said. Pure."""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

MASK = "•••"

# Fields of ids, names of types and states. What stands in them is shown where it also looks like such a thing.
_PLAIN_FIELDS = frozenset(
    {
        "id",
        "event",
        "type",
        "status",
        "state",
        "source",
        "instance",
        "instanceId",
        "instanceName",
        "messageType",
        "message_type",
        "action_type",
        "sender_type",
        "keyId",
        "messageId",
        "message_id",
        "conversation_id",
        "external_id",
        "stanzaId",
        "mimetype",
        "timestamp",
        "date_time",
        "messageTimestamp",
        "statusReason",
        "api_version",
        "action",
        "kind",
    }
)
# What integrations add as they like: what its fields are called says nothing of what stands in them.
_FREE_FIELDS = frozenset({"action_data", "metadata"})
PLAIN_WORDS = frozenset(
    [
        "text",
        "image",
        "audio",
        "video",
        "document",
        "sticker",
        "location",
        "contact",
        "reaction",
        "poll",
        "message",
        "action",
        "event",
        "patient",
        "agent",
        "bot",
        "system",
        "n8n",
        "evolution",
        "whatsapp",
        "open",
        "closed",
        "pending",
        "sent",
        "delivered",
        "read",
        "failed",
        "created",
        "updated",
        "deleted",
        "true",
        "false",
    ]
)
HEADERS = frozenset(
    [
        "user-agent",
        "content-type",
        "content-length",
        "accept",
        "accept-encoding",
        "host",
        "connection",
        "x-event-type",
        "x-timestamp",
        "x-prosa-origin",
        "webhook-timestamp",
    ]
)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,63}")
_ADDRESS = re.compile(r"[^@\s]*@(s\.whatsapp\.net|lid|g\.us|c\.us|broadcast|newsletter)")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,47}")
# As many digits as a phone number or a document's number has.
_MANY_DIGITS = re.compile(r"\d{8,}")
_DIGIT = re.compile(r"\d")
_LARGEST_PLAIN_NUMBER = 10_000_000
_TIMES = frozenset({"timestamp", "messageTimestamp", "t", "mediaKeyTimestamp", "senderTimestampMs", "epoch"})
_DEEPEST = 100


def redacted(value: Any, field: str = "", depth: int = 0, *, free: bool = False) -> Any:
    """A JSON value with everything masked that is not known to be an id, a type, a time or a small number.

    Where it is `free`, its fields' names tell nothing, and of texts only a few known words are shown.
    """
    if depth > _DEEPEST:
        return MASK
    match value:
        case dict():
            return _redacted_object(value, depth, free=free)
        case list():
            return [redacted(item, field, depth + 1, free=free) for item in value]
        case str():
            return _redacted_text(value, field, free=free)
        case bool() | None:
            return value
        case int() | float():
            return value if (field in _TIMES and not free) or abs(value) < _LARGEST_PLAIN_NUMBER else MASK
    return MASK


def redacted_headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """A request's headers: the values of those that say how it was sent, and no more than the names of the others."""
    return {name: value if name in HEADERS else MASK for name, value in headers.items()}


def _redacted_object(value: Mapping[str, Any], depth: int, *, free: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for number, (name, item) in enumerate(value.items()):
        known = _FIELD.fullmatch(name) is not None and not (_DIGIT if free else _MANY_DIGITS).search(name)
        inside = free or name in _FREE_FIELDS
        shown[name if known else f"{MASK}{number}"] = redacted(item, name, depth + 1, free=inside)
    return shown


def _redacted_text(text: str, field: str, *, free: bool) -> str:
    if not text:
        return text
    if address := _ADDRESS.fullmatch(text):
        return f"{MASK}@{address[1]}"
    if free:
        return text if text.lower() in PLAIN_WORDS else MASK
    plain = field in _PLAIN_FIELDS and _WORD.fullmatch(text) and not _MANY_DIGITS.search(text)
    return text if plain else MASK


def redacted_reference(text: str | None) -> str | None:
    """A conversation's reference: our own ids whole, of phone numbers and addresses the last digits."""
    if text is None or (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004 - shorter than a phone
        return text
    user, at, server = text.partition("@")
    return f"{MASK}{user[-4:]}{at}{server}"


def redacted_diff(before: Any, after: Any) -> str:
    """What an edit changed, as a unified diff of the redacted texts; a masked value that changed is marked."""
    shown_before = redacted(before)
    shown_after = _marked(before, after, redacted(after))
    lines = difflib.unified_diff(_lines(shown_before), _lines(shown_after), "before", "after", lineterm="")
    return "\n".join(lines)


def _marked(before: Any, after: Any, shown: Any) -> Any:
    """`shown` with a mark where a masked text is another one than before at the same place."""
    if isinstance(shown, dict) and isinstance(after, dict):
        earlier = before if isinstance(before, dict) else {}
        pairs = zip(shown.items(), after.items(), strict=True)
        return {name: _marked(earlier.get(key), item, seen) for (name, seen), (key, item) in pairs}
    if isinstance(shown, list) and isinstance(after, list):
        earlier_items = before if isinstance(before, list) else []
        return [
            _marked(earlier_items[place] if place < len(earlier_items) else None, item, seen)
            for place, (item, seen) in enumerate(zip(after, shown, strict=True))
        ]
    return f"{shown} (changed)" if isinstance(shown, str) and MASK in shown and before != after else shown


def _lines(value: Any) -> list[str]:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).splitlines()
