"""An event's name in the one spelling used for it everywhere: `messages.upsert`."""

import re
from typing import Any

from services.queue_worker.interpretation.fields import mapping

UNKNOWN = "unknown"
_LIMIT = 100
_SEPARATORS = re.compile(r"[._-]")
_UNSAFE = re.compile(r"[^a-z0-9._-]")
# Names whose separators can't be told from their subscription form: GROUP_PARTICIPANTS_UPDATE, typebot-change-status.
_CANONICAL = {
    _SEPARATORS.sub("", name): name
    for name in (
        "application.startup", "call", "chama-ai.action", "chats.delete", "chats.set", "chats.update",
        "chats.upsert", "connection.update", "contacts.set", "contacts.update", "contacts.upsert", "error",
        "group-participants.update", "groups.update", "groups.upsert", "instance.create", "instance.delete",
        "labels.association", "labels.edit", "logout.instance", "messages.delete", "messages.edited",
        "messages.set", "messages.update", "messages.upsert", "messaging-history.set", "new.jwt", "presence.update",
        "qrcode.updated", "remove.instance", "send.message", "send.message.update", "status.instance",
        "typebot.change-status", "typebot.start", "action.created", "message.created",
    )
}  # fmt: skip
# What integrations tell in our own shape; all others are Evolution's.
OWN_EVENTS = frozenset(("action.created", "message.created", "new_message"))
KNOWN_EVENTS = frozenset(_CANONICAL.values()) | OWN_EVENTS


def event_name(payload: Any) -> str:
    """The normalised name, fit for a label: lower case, at most 100 safe characters; `unknown` where there is none."""
    given = mapping(payload).get("event")
    name = given.strip()[:_LIMIT] if isinstance(given, str) else ""
    return _CANONICAL.get(_SEPARATORS.sub("", name.lower()), _safe(name)) or UNKNOWN


def _safe(name: str) -> str:
    dotted = name.replace("_", ".") if name.isupper() else name
    return _UNSAFE.sub("_", dotted.lower())[:_LIMIT]
