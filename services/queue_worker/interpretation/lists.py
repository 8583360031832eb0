"""Webhooks that list what they tell of. Each element becomes an event of its own, with a fate of its own."""

from collections.abc import Iterator
from typing import Any

from services.queue_worker.interpretation.event_names import event_name

# Beyond this no list is taken apart: the limit of a body (20 MiB) leaves an element 200 bytes then.
MAX_ELEMENTS = 100_000
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


def is_list(event: Any) -> bool:
    """Whether an event lists several, and is to be taken apart. Cheap: asked of every webhook."""
    if not isinstance(event, dict) or not isinstance(event.get("data"), list):
        return False
    return 0 < len(event["data"]) <= MAX_ELEMENTS and event_name(event) in LISTING


def elements(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event once for each element: what stands beside `data` is kept, and that it came in a list is noted."""
    beside = {name: value for name, value in event.items() if name != "data"}
    for element in event["data"]:
        yield {**beside, "data": element, FROM_LIST: True}


def priority_of(name: str, *, listed: bool) -> int:
    """History waits for what is said now: there are thousands of it, and nobody waits for one of them."""
    return HISTORY_PRIORITY if name in _HISTORY or (listed and name in _CONTACTS) else 0
