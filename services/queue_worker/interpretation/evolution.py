"""Evolution API's webhooks, of every version from 1.8 to 2.4 and of all its channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.queue_worker.facts import Fact, Ignored, InboundEvent, MessageFact, Party, ShapeError
from services.queue_worker.interpretation.chats import Chat, chat_of
from services.queue_worker.interpretation.content import content_of
from services.queue_worker.interpretation.contexts import Context, context_of
from services.queue_worker.interpretation.event_names import KNOWN_EVENTS, event_name
from services.queue_worker.interpretation.fields import identifier, mapping, required_object
from services.queue_worker.interpretation.message_text import bounded
from services.queue_worker.interpretation.names import usable_name
from services.queue_worker.interpretation.spoken import Content, Spoken
from services.queue_worker.interpretation.statuses import delivery_status
from services.queue_worker.interpretation.timestamps import unix_time

_SENT = "send.message"
_MESSAGES = frozenset({"messages.upsert", _SENT})


def own_fact(event: InboundEvent) -> Fact:
    """What an instance's own webhook says. An instance speaks only through the token made for it."""
    payload = required_object(event.payload, "the event")
    if payload.get("instance") != event.source.name:
        raise ShapeError("instance does not belong to this token")
    return relayed_fact(event)


def relayed_fact(event: InboundEvent) -> Fact:
    """What a webhook says that may have come by another way, whose token vouches for it."""
    payload = required_object(event.payload, "the event")
    if not isinstance(payload.get("event"), str):
        raise ShapeError("event is missing or not a string")
    name = event_name(payload)
    if name not in KNOWN_EVENTS:
        raise ShapeError("no version of Evolution API is known to send this event")
    return _message(event, payload, name) if name in _MESSAGES else Ignored("event_not_handled")


@dataclass(frozen=True, slots=True)
class _Utterance:
    chat: Chat
    content: Content
    context: Context
    provider_id: str
    from_me: bool


def _message(event: InboundEvent, payload: Mapping[str, Any], name: str) -> Fact:
    data = _only(payload.get("data"))
    key = required_object(data.get("key"), "data.key")
    from_me = name == _SENT or _from_me(key)
    chat = chat_of(key, from_me=from_me, own_jid=payload.get("sender"))
    if isinstance(chat, Ignored):
        return chat
    provider_id = identifier(key.get("id"), "data.key.id") or f"digest:{event.digest}"
    content, spoken = content_of(data, provider_id)
    if isinstance(content, Ignored):
        return content
    return _fact(event, data, _Utterance(chat, content, _context(data, spoken), provider_id, from_me))


def _fact(event: InboundEvent, data: Mapping[str, Any], said: _Utterance) -> MessageFact:
    text, speaker = bounded(said.content.text), usable_name(data.get("pushName"))
    return MessageFact(
        party=_party(said, speaker),
        provider_id=said.provider_id,
        sender_type="professional" if said.from_me else "patient",
        content=text.text,
        message_type=said.content.message_type,
        timestamp=unix_time(data.get("messageTimestamp")) or event.received_at,
        delivery_status=delivery_status(data.get("status")) if said.from_me else "delivered",
        sender_name=speaker,
        echo=said.from_me,
        reply_to=said.context.reply_to,
        attachments=said.content.attachments,
        metadata={**said.content.metadata, **said.context.metadata, **_participant(said.chat), **text.metadata},
    )


def _party(said: _Utterance, speaker: str | None) -> Party:
    # In a group, and on our side, who speaks is not whom the conversation is with.
    return Party(said.chat.addresses, name=None if said.from_me or said.chat.is_group else speaker)


def _only(data: Any) -> Mapping[str, Any]:
    return required_object(data[0] if isinstance(data, list) and len(data) == 1 else data, "data")


def _from_me(key: Mapping[str, Any]) -> bool:
    from_me = key.get("fromMe")
    if from_me is not None and not isinstance(from_me, bool):
        raise ShapeError("data.key.fromMe is not a boolean")
    return from_me is True


def _context(data: Mapping[str, Any], spoken: Spoken) -> Context:
    places = (data, spoken.body, spoken.message, spoken.outer)
    return context_of(mapping(place).get("contextInfo") for place in places)


def _participant(chat: Chat) -> dict[str, Any]:
    participant = {address.kind: address.value for address in reversed(chat.participant)}
    return {"participant": participant} if participant else {}
