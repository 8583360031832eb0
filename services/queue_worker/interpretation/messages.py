"""What people say, and what they do to what was said: messages.upsert, send.message, and history in messages.set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker.facts import Fact, Ignored, MessageFact, Party, ShapeError
from services.queue_worker.interpretation.changes import Change, change
from services.queue_worker.interpretation.chats import Chat, Perspective, chat_of
from services.queue_worker.interpretation.content import CHANGING, content_of, spoken_of
from services.queue_worker.interpretation.contexts import Context, context_of
from services.queue_worker.interpretation.fields import identifier, mapping, present, required_object, text
from services.queue_worker.interpretation.ignoring import SILENT
from services.queue_worker.interpretation.message_text import bounded
from services.queue_worker.interpretation.names import usable_name
from services.queue_worker.interpretation.spoken import Content, Spoken
from services.queue_worker.interpretation.statuses import delivery_status
from services.queue_worker.interpretation.timestamps import unix_time
from services.queue_worker.interpretation.webhooks import Webhook

_SENT = "send.message"
_HISTORY = "messages.set"
_ALBUM = (None, 1, "MEDIA_ALBUM")


@dataclass(frozen=True, slots=True)
class _Utterance:
    webhook: Webhook
    data: Mapping[str, Any]
    chat: Chat
    spoken: Spoken
    provider_id: str
    from_me: bool

    @property
    def said_at(self) -> datetime | None:
        return unix_time(self.data.get("messageTimestamp"))


def message(webhook: Webhook) -> tuple[Fact, ...]:
    """A message, or what a message says of another one."""
    data = required_object(webhook.data, "data")
    key = required_object(data.get("key"), "data.key")
    from_me = webhook.name == _SENT or is_from_me(key)
    chat = chat_of(key, Perspective(from_me, webhook.own_jid, webhook.accepts), data.get("participant"))
    if isinstance(chat, Ignored):
        return (chat,)
    provider_id = identifier(key.get("id"), "data.key.id") or f"digest:{webhook.digest}"
    spoken = spoken_of(data, provider_id)
    return _facts(_Utterance(webhook, data, chat, spoken, provider_id, from_me))


def _facts(said: _Utterance) -> tuple[Fact, ...]:
    kind = said.spoken.kind
    if kind in SILENT:
        return (SILENT[kind],)
    if kind in CHANGING:
        return change(Change(said.webhook, said.chat, said.spoken, said.data, said.said_at, said.from_me))
    return (_fact(said, content_of(said.spoken, said.data.get("messageType"))),)


def is_from_me(key: Mapping[str, Any]) -> bool:
    """Whether a key says that its message was ours."""
    from_me = key.get("fromMe")
    if from_me is not None and not isinstance(from_me, bool):
        raise ShapeError("data.key.fromMe is not a boolean")
    return from_me is True


def _fact(said: _Utterance, content: Content) -> MessageFact:
    context, words, speaker = _context(said), bounded(content.text), usable_name(said.data.get("pushName"))
    history = said.webhook.name == _HISTORY
    return MessageFact(
        party=_party(said, speaker),
        provider_id=said.provider_id,
        sender_type="professional" if said.from_me else "patient",
        content=words.text,
        message_type=content.message_type,
        timestamp=said.said_at or said.webhook.received_at,
        delivery_status=delivery_status(said.data.get("status")) or "sent" if said.from_me else "delivered",
        sender_name=speaker,
        # What was said long ago is not the reply that is being sent now, though it have the same words.
        echo=said.from_me and not history,
        reply_to=context.reply_to,
        attachments=content.attachments,
        metadata={**content.metadata, **context.metadata, **_place(said), **words.metadata},
        quiet=history or said.chat.quiet,
    )


def _party(said: _Utterance, speaker: str | None) -> Party:
    # In a group, and on our side, who speaks is not whom the conversation is with.
    return Party(said.chat.addresses, name=None if said.from_me or said.chat.shared else speaker)


def _context(said: _Utterance) -> Context:
    places = (said.data, said.spoken.body, said.spoken.message, said.spoken.outer)
    return context_of(mapping(place).get("contextInfo") for place in places)


def _place(said: _Utterance) -> dict[str, Any]:
    participant = {address.kind: address.value for address in reversed(said.chat.participant)}
    return present(
        participant=participant or None,
        album=_album(said.spoken.message) or _album(said.spoken.outer),
        status_broadcast=True if said.chat.status_broadcast else None,
    )


def _album(place: Mapping[str, Any]) -> str | None:
    association = mapping(mapping(place.get("messageContextInfo")).get("messageAssociation"))
    if association.get("associationType") not in _ALBUM:
        return None
    return text(mapping(association.get("parentMessageKey")).get("id"))
