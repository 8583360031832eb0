"""What a queue row asks to be sent. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker.claims import ClaimedMessage
from services.queue_worker.send_kinds import KINDS, SIGNALS, Kind

# A sign of typing that is older than this says nothing any more.
TYPING_SECONDS = 5.0
MOST_READ = 50


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message that an agent has read, and in a group who said it."""

    provider_id: str
    participant: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent. `text` is an edit's new text or a reaction's emoji; `message_id` is 0 for signals.

    `unclear_since`: an earlier attempt of that time may have arrived after all, so that is looked into first.
    """

    kind: Kind
    message_id: int
    conversation_id: int
    text: str = ""
    typing: bool = False
    read: Sequence[ReadMessage] = ()
    unclear_since: datetime | None = None


def read_order(message: ClaimedMessage) -> Order | None:
    """The order in a row; None where there is none that could be carried out."""
    try:
        payload = json.loads(message.payload)
        return _order(message.message_type, payload)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _order(kind: str, payload: Any) -> Order | None:
    known = next((candidate for candidate in KINDS if candidate == kind), None)
    if known is None or not isinstance(payload, Mapping):
        return None
    signal = known in SIGNALS
    since = payload.get("unclear_since")
    return Order(
        kind=known,
        message_id=0 if signal else int(payload["message_id"]),
        conversation_id=int(payload["conversation_id"]) if signal else int(payload.get("conversation_id") or 0),
        text=str(payload["text"]) if known in ("send.reaction", "send.edit") else "",
        typing=payload.get("typing") is True,
        read=[_read(entry) for entry in payload["read"]][:MOST_READ] if known == "send.read" else (),
        unclear_since=None if since is None else datetime.fromisoformat(since),
    )


def _read(entry: Mapping[str, Any]) -> ReadMessage:
    participant = entry.get("participant")
    return ReadMessage(str(entry["id"]), None if participant is None else str(participant))
