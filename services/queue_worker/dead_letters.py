"""What is known of a dead letter: why it died, which others died alike, what it was about. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.events.dead_letter import DeathReason

KILLED_ITS_WORKERS = "every worker that handled this message died"
STOPPED_BY_OPERATOR = "an operator took it out of the queue"
REFERENCE_LIMIT = 255

_FIRST_MATCH: tuple[tuple[str, DeathReason], ...] = (
    (KILLED_ITS_WORKERS, "poison"),
    ("not known whether the patient got this message", "unknown_outcome"),
    ("not known whether it arrived", "unknown_outcome"),
    ("clinic or source does not exist", "unknown_instance"),
    ("instance does not belong to this token", "unknown_instance"),
    ("names no source", "unknown_instance"),
    ("names no clinic", "unknown_instance"),
    ("JSON that cannot be read", "unreadable"),
    ("JSON that the database cannot hold", "unreadable"),
    (STOPPED_BY_OPERATOR, "exhausted"),
)
# As `describe` writes what Postgres said: the error's class and its SQLSTATE, never a value.
_DATABASE_ERROR = re.compile(r"^\w+: [0-9A-Z]{5} in |^(OperationalError|InterfaceError|PoolTimeout)\b")
# Ids, numbers, times and whatever else differs from one failure to the next. The migration has the same expression.
_VARYING = re.compile(r"[^ ]*[0-9][^ ]*")

_PROVIDER_IDS = (
    ("data", "key", "id"),
    ("data", "keyId"),
    ("data", "messageId"),
    ("data", "id"),
    ("external_id",),
)
_CONVERSATIONS = (
    ("conversation_id",),
    ("data", "key", "remoteJid"),
    ("data", "remoteJid"),
    ("data", "id"),
    ("phone",),
)


@dataclass(frozen=True, slots=True)
class References:
    """What an event is about, as it names it itself."""

    provider_id: str | None = None
    conversation: str | None = None


def reason_of(message_type: str, failure: str, error: str) -> DeathReason:
    """Why a message died, by its error's class and text (as `describe` gave it)."""
    for words, reason in _FIRST_MATCH:
        if words in error:
            return reason
    if message_type.startswith(("send.", "deliver.")):
        return "refused" if failure == "permanent" else "exhausted"
    if failure == "permanent":
        return "validation"
    return "exhausted" if failure == "unavailable" or _DATABASE_ERROR.match(error) else "bug"


def fingerprint(message_type: str, failure: str, error: str) -> str:
    """The same for failures that differ in nothing but ids, numbers and times: 16 hexadecimal digits."""
    alike = f"{message_type}\n{failure}\n{normalised(error)}"
    return hashlib.sha256(alike.encode(errors="replace")).hexdigest()[:16]


def normalised(error: str) -> str:
    """An error without what varies in it."""
    return _VARYING.sub("#", error)


def references(payload: str) -> References:
    """The provider's id and the conversation that an event's JSON text names, where it names any."""
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        return References()
    return References(_first(event, _PROVIDER_IDS), _first(event, _CONVERSATIONS))


def _first(event: Any, paths: tuple[tuple[str, ...], ...]) -> str | None:
    return next((found for path in paths if (found := _text_at(event, path)) is not None), None)


def _text_at(node: Any, path: tuple[str, ...]) -> str | None:
    for key in path:
        if isinstance(node, list) and node:
            node = node[0]
        if not isinstance(node, Mapping):
            return None
        node = node.get(key)
    if isinstance(node, bool) or not isinstance(node, str | int):
        return None
    text = str(node).replace("\0", "")[:REFERENCE_LIMIT]
    return text.encode(errors="replace").decode() or None
