"""What tests are made of: small things of the real shape, each field to be had otherwise by naming it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.queue_worker.claims import ClaimedMessage
from services.queue_worker.facts import Address, MessageFact, Party
from shared.events.envelope import WebhookEnvelope, encode_envelope, join_batch
from shared.events.ids import time_ordered_uuid

CLINIC, OTHER_CLINIC = 1, 2
INSTANCE, OTHER_INSTANCE = "demo-wa", "outra-wa"
OWN_JID = "5511900000001@s.whatsapp.net"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def moment(seconds: float = 0) -> datetime:
    """A time that many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def jid(phone: str) -> str:
    return f"{phone}@s.whatsapp.net"


def evolution_message(
    provider_id: str = "3EB0A1",
    text: str = "bom dia",
    *,
    phone: str = "5511955550001",
    key: Mapping[str, Any] | None = None,
    name: str | None = "Maria Teste",
    from_me: bool = False,
    at: float = 0,
    event: str = "messages.upsert",
    instance: str = INSTANCE,
    **data: Any,
) -> dict[str, Any]:
    """A webhook of Evolution 2.3 with one message, said `at` seconds after noon; `data` adds fields beside it."""
    named = {"remoteJid": jid(phone), "fromMe": from_me, "id": provider_id} if key is None else key
    said = {
        "key": named,
        "pushName": name,
        "message": {"conversation": text},
        "messageType": "conversation",
        "messageTimestamp": int(moment(at).timestamp()),
    }
    return {"event": event, "instance": instance, "data": {**said, **data}, "sender": OWN_JID}


def evolution_echo(provider_id: str, text: str, *, phone: str = "5511955550001", at: float = 0) -> dict[str, Any]:
    """What Evolution tells of a message that was sent through its API."""
    return evolution_message(
        provider_id, text, phone=phone, name="Você", from_me=True, at=at, event="send.message", status="PENDING"
    )


def n8n_message(content: str = "bom dia", **fields: Any) -> dict[str, Any]:
    """Our own contract's message, as an n8n workflow posts it."""
    said = {"event": "message.created", "sender_type": "patient", "content": content, "message_type": "text"}
    return {**said, "phone": "5511955550001", **fields}


def n8n_action(action_type: str = "appointment_created", **fields: Any) -> dict[str, Any]:
    """Our own contract's action."""
    action = {"event": "action.created", "action_type": action_type, "action_data": {"appointment_id": 7}}
    return {**action, "phone": "5511955550001", **fields}


def envelope(body: Any, *, source_id: int, kind: str = "evolution", **fields: Any) -> WebhookEnvelope:
    """An accepted webhook; a `body` that is no bytes is encoded as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"event_id": time_ordered_uuid(), "clinic_id": CLINIC, "received_at": moment()}
    return WebhookEnvelope(source_id=source_id, source_kind=kind, body=raw, **{**given, **fields})


def delivery(*envelopes: WebhookEnvelope) -> bytes:
    """The body of one AMQP message."""
    return join_batch(map(encode_envelope, envelopes))


def claimed_message(payload: Any = None, **fields: Any) -> ClaimedMessage:
    """A message as a claim gives it, of the demo clinic's instance."""
    given: dict[str, Any] = {
        "id": uuid4(),
        "correlation_id": uuid4(),
        "clinic_id": CLINIC,
        "posted_by": 1,
        "source_id": 1,
        "source_kind": "evolution",
        "source_name": INSTANCE,
        "channel_kind": "evolution",
        "accepts": ["groups"],
        "timezone": "America/Sao_Paulo",
        "message_type": "messages.upsert",
        "payload": json.dumps(payload),
        "metadata": {},
        "attempt": 1,
        "claims": 1,
        "suspect": False,
        "created_at": moment(),
    }
    return ClaimedMessage(**{**given, **fields})


def person(*addresses: str, name: str | None = None) -> Party:
    """A party under addresses written as `kind:value`."""
    pairs = (address.split(":", 1) for address in addresses)
    return Party(tuple(Address(kind, value) for kind, value in pairs), name)  # type: ignore[arg-type]


def message_fact(provider_id: str = "3EB0A1", **fields: Any) -> MessageFact:
    """A patient's text."""
    given: dict[str, Any] = {
        "party": person("phone:5511955550001"),
        "provider_id": provider_id,
        "sender_type": "patient",
        "content": "bom dia",
        "message_type": "text",
        "timestamp": moment(),
        "delivery_status": "delivered",
    }
    return MessageFact(**{**given, **fields})
