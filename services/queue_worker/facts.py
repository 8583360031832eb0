"""What a webhook says, once its sender's shape is understood: the vocabulary between interpretation and effects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

AddressKind = Literal["phone", "jid", "lid", "group", "external"]
NameOrigin = Literal["profile", "integration"]
SenderType = Literal["patient", "professional", "ai", "system"]
DeliveryStatus = Literal["pending", "sent", "delivered", "read", "played", "failed"]


class ShapeError(ValueError):
    """An event that is not understood. It goes to the dead letters at once: another try would fail the same way."""


@dataclass(frozen=True, slots=True)
class Address:
    """One of the names under which a contact is reached; `value` is normalised, so that equal means same."""

    kind: AddressKind
    value: str


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a conversation is with. At least one of `addresses` or `conversation_ref` is there.

    `conversation_ref` is a conversation's own id or external id, as an integration names it.
    """

    addresses: tuple[Address, ...]
    name: str | None = None
    name_origin: NameOrigin = "profile"
    conversation_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known about a file without having it."""

    file_name: str
    file_path: str | None = None
    file_type: str | None = None
    file_size: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageFact:
    """A message was said. `provider_id` is unique within the source; `echo` marks what our own send may have caused."""

    party: Party
    provider_id: str
    sender_type: SenderType
    content: str
    message_type: str
    timestamp: datetime
    delivery_status: DeliveryStatus
    sender_name: str | None = None
    echo: bool = False
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionFact:
    """Something happened around a conversation, for instance an appointment was made."""

    party: Party
    action_type: str
    action_data: Mapping[str, Any]
    timestamp: datetime
    dedupe_key: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood, and decided to have no effect (yet); the event is kept."""

    reason: str


Fact = MessageFact | ActionFact | Ignored


@dataclass(frozen=True, slots=True)
class SourceView:
    """What interpretation needs to know of the source an event came through."""

    id: int
    kind: str
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One event as the queue holds it. `digest` (hex) names the event where its sender gave it no id."""

    source: SourceView
    payload: Any
    digest: str
    received_at: datetime
