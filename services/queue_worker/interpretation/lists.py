"""Webhooks that list what they tell of. Each element becomes an event of its own, with a fate of its own."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from services.queue_worker.interpretation.event_names import event_name

# Of more no list is taken apart: the limit of a body (20 MiB) would leave an element 200 bytes.
MAX_ELEMENTS = 100_000
# What stands beside a list is repeated for each of its elements, so few bytes could become many.
MAX_REPEATED_BYTES = 64 * 1024**2
FROM_LIST = "from_list"
HISTORY_PRIORITY = -10

_HISTORY = frozenset({"messages.set", "chats.set"})
_CONTACTS = frozenset({"contacts.set", "contacts.upsert", "contacts.update"})
LISTING = _HISTORY | _CONTACTS | {
    "chats.update",
    "chats.upsert",
    "groups.update",
    "groups.upsert",
    "messages.delete",
    "messages.edited",
    "messages.update",
    "messages.upsert",
    "send.message",
}  # fmt: skip


def taken_apart(events: Iterable[Any]) -> Iterator[Any]:
    """The events, each that lists several once for each element; what is too much to be taken apart stays whole."""
    allowed = MAX_REPEATED_BYTES
    for event in events:
        cost = _repeated_bytes(event) if is_list(event) else 0
        if 0 < cost <= allowed:
            allowed -= cost
            yield from _elements(event)
        else:
            yield event


def is_list(event: Any) -> bool:
    """Whether an event lists several, and is to be taken apart. Cheap: asked of every webhook."""
    if not isinstance(event, dict) or not isinstance(event.get("data"), list):
        return False
    return 0 < len(event["data"]) <= MAX_ELEMENTS and event_name(event) in LISTING


def _elements(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What stands beside `data` is kept, and that the element came in a list is noted."""
    beside = _beside(event)
    for element in event["data"]:
        yield {**beside, "data": element, FROM_LIST: True}


def _repeated_bytes(event: dict[str, Any]) -> int:
    return len(json.dumps(_beside(event))) * len(event["data"])


def _beside(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "data"}


def priority_of(event: Any, name: str) -> int:
    """History waits for what is said now: there are thousands of it, and nobody waits for one of them."""
    listed = isinstance(event, dict) and event.get(FROM_LIST) is True
    return HISTORY_PRIORITY if name in _HISTORY or (listed and name in _CONTACTS) else 0
