"""What a webhook says, once its sender's shape is understood: the vocabulary between interpretation and effects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

AddressKind = Literal["phone", "jid", "lid", "group", "external", "channel"]
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

    `conversation_ref` is a conversation's own id or external id, as an integration names it; `named_by` is which one.
    """

    addresses: tuple[Address, ...]
    name: str | None = None
    name_origin: NameOrigin = "profile"
    conversation_ref: str | None = None
    named_by: str | None = None


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
    """A message was said. `provider_id` is unique within the source; `echo` marks what our own send may have caused.

    A `quiet` one is stored without an alarm, neither unread nor announced: history, a status broadcast.
    """

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
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class StatusFact:
    """How far a message has come. `target` is its provider id, alone: the chat may be named differently every time."""

    target: str
    status: DeliveryStatus
    timestamp: datetime


ChangeKind = Literal["edit", "delete", "reaction", "vote"]


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """A message was edited, deleted, reacted to or, being a poll, voted on.

    `slot` is what a later change replaces: who reacted or voted ("me", "them", or a group participant's surest address);
    of an edit its own time, so that every version is kept; of a deletion empty. `value` is the new text or the emoji;
    None, or an empty emoji, takes it back. Where the time is not the event's own `dated` is false, and it loses against
    every one that is. `data` holds a vote's `options`.
    """

    target: str
    kind: ChangeKind
    slot: str
    timestamp: datetime
    value: str | None = None
    dated: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactFact:
    """Something is known about somebody: a name, other addresses, a picture. It opens no conversation."""

    party: Party
    timestamp: datetime
    picture_url: str | None = None


PresenceState = Literal["composing", "recording", "paused", "available", "unavailable"]


@dataclass(frozen=True, slots=True)
class PresenceFact:
    """What somebody is doing right now in a chat: shown, never stored. `participant` is who, in a group."""

    addresses: tuple[Address, ...]
    state: PresenceState
    timestamp: datetime
    participant: tuple[Address, ...] = ()


LineState = Literal["created", "pairing", "connecting", "open", "closed", "refused", "logged_out", "removed"]


@dataclass(frozen=True, slots=True)
class LineFact:
    """The instance's line to WhatsApp came into a state. `reason` is for people: "logged out (401)"."""

    state: LineState
    timestamp: datetime
    reason: str | None = None


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
    """Understood, and decided to have no effect (yet). The event is kept, but for what `keep` says is worth nothing."""

    reason: str
    keep: bool = True


Fact = MessageFact | StatusFact | ChangeFact | ContactFact | PresenceFact | LineFact | ActionFact | Ignored


@dataclass(frozen=True, slots=True)
class SourceView:
    """What interpretation needs to know of the source an event came through."""

    id: int
    kind: str
    name: str
    zone: str
    accepts: frozenset[str] = frozenset({"groups"})  # of "groups", "statuses", "newsletters"


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One event as the queue holds it. `digest` (hex) names the event where its sender gave it no id."""

    source: SourceView
    payload: Any
    digest: str
    received_at: datetime
