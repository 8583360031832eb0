"""n8n's events: our own small contract, and Evolution's webhooks that a workflow passes on unchanged."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from services.queue_worker.facts import ActionFact, Fact, InboundEvent, MessageFact, SenderType, ShapeError
from services.queue_worker.interpretation.event_names import event_name
from services.queue_worker.interpretation.evolution import WITHOUT_INSTANCE, relayed_facts
from services.queue_worker.interpretation.fields import mapping, plain, prose, required_object, text
from services.queue_worker.interpretation.message_text import bounded
from services.queue_worker.interpretation.n8n_files import attachments_of
from services.queue_worker.interpretation.n8n_parties import party_of, reference
from services.queue_worker.interpretation.timestamps import stated_time

_NOTE = "note"
_MESSAGE_TYPE = re.compile(r"[a-z][a-z0-9_]{0,19}")
_ACTION_LIMIT = 50
_SENDERS: tuple[SenderType, ...] = get_args(SenderType)
# The commonest body people build by themselves, in our words.
_NEW_MESSAGE = {
    "phone": ("phone", "from"),
    "content": ("content", "text"),
    "external_id": ("external_id", "message_id", "id"),
    "contact_name": ("contact_name", "push_name"),
    "message_type": ("message_type", "type"),
}


def posted_facts(event: InboundEvent) -> tuple[Fact, ...]:
    """What a workflow's request says."""
    body = required_object(event.payload, "the event")
    name = event_name(body)
    match name:
        case "message.created":
            return (_message(event, body),)
        case "new_message" | "new.message":
            return (_message(event, _in_our_words(body)),)
        case "action.created":
            return (_action(event, body),)
    named = isinstance(body.get("instance"), str) or name in WITHOUT_INSTANCE
    if isinstance(body.get("event"), str) and named and "data" in body:
        return relayed_facts(event)
    raise ShapeError("event is neither message.created nor action.created, nor a webhook of Evolution API")


def _in_our_words(body: Mapping[str, Any]) -> Mapping[str, Any]:
    ours = {
        name: next((body[alias] for alias in aliases if body.get(alias) is not None), None)
        for name, aliases in _NEW_MESSAGE.items()
    }
    files = [{"media_url": body["media_url"], "file_name": body.get("file_name")}] if body.get("media_url") else None
    return {"sender_type": "patient", "attachments": files, **body, **ours}


def _message(event: InboundEvent, body: Mapping[str, Any]) -> MessageFact:
    provider_id, message_type = _id_of(event, body), _message_type(body.get("message_type"))
    attachments = attachments_of(body.get("attachments"), message_type, provider_id)
    said = bounded(_content(body.get("content"), required=message_type == "text" and not attachments))
    sender, party = _sender_type(body.get("sender_type")), party_of(body, event.source.name)
    return MessageFact(
        party=party,
        provider_id=provider_id,
        sender_type=sender,
        content=said.text,
        message_type=message_type,
        timestamp=_timestamp(event, body),
        delivery_status="delivered" if sender == "patient" else "sent",
        sender_name=party.name if sender == "patient" else text(body.get("sender_name")),
        attachments=attachments,
        metadata=said.metadata,
    )


def _action(event: InboundEvent, body: Mapping[str, Any]) -> ActionFact:
    return ActionFact(
        party=party_of(body, event.source.name),
        action_type=_action_type(body.get("action_type")),
        action_data=_action_data(body.get("action_data")),
        timestamp=_timestamp(event, body),
        dedupe_key=_id_of(event, body),
    )


def _id_of(event: InboundEvent, body: Mapping[str, Any]) -> str:
    # Without a prefix: a workflow that names a message by its WhatsApp id means the one that Evolution's webhooks mean.
    return reference(body.get("external_id"), "external_id") or f"digest:{event.digest}"


def _timestamp(event: InboundEvent, body: Mapping[str, Any]) -> datetime:
    stated = body.get("timestamp")
    return event.received_at if stated in (None, "") else stated_time(stated, event.source.zone)


def _sender_type(value: Any) -> SenderType:
    given = prose(value).strip().lower()
    for sender in _SENDERS:
        if given == sender:
            return sender
    raise ShapeError(f"sender_type is not one of {', '.join(_SENDERS)}")


def _message_type(value: Any) -> str:
    given = "text" if value in (None, "") else prose(value).strip().lower()
    if not _MESSAGE_TYPE.fullmatch(given):
        raise ShapeError("message_type is not a word of at most 20 letters")
    if given == _NOTE:
        raise ShapeError("message_type is note, which is for colleagues")
    return given


def _content(value: Any, *, required: bool) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = reference(value, "content")
    if value is not None and not isinstance(value, str):
        raise ShapeError("content is not a string")
    if required and not prose(value).strip():
        raise ShapeError("content is missing or empty")
    return prose(value)


def _action_type(value: Any) -> str:
    action = text(value)
    if action is None or len(action) > _ACTION_LIMIT:
        raise ShapeError(f"action_type is missing, not a string or longer than {_ACTION_LIMIT} characters")
    return action


def _action_data(value: Any) -> Mapping[str, Any]:
    return mapping(plain({} if value is None else required_object(value, "action_data"), "action_data"))
