"""From what a receiver published to what the inbox stores. Pure."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

import orjson

from services.queue_worker.interpretation.event_names import event_name
from services.queue_worker.interpretation.n8n_items import split_n8n
from shared.events.envelope import EnvelopeError, WebhookEnvelope, decode_batch
from shared.events.ids import time_ordered_uuid

MAX_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event for the inbox. Without `payload` its bytes are no text that can be read: it is dead on arrival.

    `digest` is the same for the same event however often it is sent: senders retry the same bytes.
    """

    id: UUID
    correlation_id: UUID
    clinic_id: int | None
    source_id: int | None
    event_type: str
    payload: str | None
    raw: bytes
    digest: bytes
    received_at: datetime


def arrivals(delivery: bytes) -> list[Arrival]:
    """The events of one AMQP message. Bytes that are no batch of ours become one arrival without a payload."""
    try:
        envelopes = decode_batch(delivery)
    except EnvelopeError:
        return [_foreign(delivery)]
    return [arrival for envelope in envelopes for arrival in _of_envelope(envelope)]


def _foreign(delivery: bytes) -> Arrival:
    event_id = time_ordered_uuid()
    digest = hashlib.sha256(delivery).digest()
    return Arrival(event_id, event_id, None, None, "unknown", None, delivery, digest, datetime.now(UTC))


def _of_envelope(envelope: WebhookEnvelope) -> Iterator[Arrival]:
    if envelope.source_kind != "n8n":
        yield _whole(envelope)
        return
    try:
        # Not the faster parser: it makes floats of integers beyond 64 bits, and conversation ids are such.
        items = split_n8n(json.loads(envelope.body))
        if not 0 < len(items) <= MAX_ITEMS:
            raise ValueError("a webhook of no event, or of too many")
        texts = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items]
        bodies = [text.encode() for text in texts]
    except (ValueError, RecursionError):
        yield _whole(envelope)
        return
    for index, (item, text, body) in enumerate(zip(items, texts, bodies, strict=True)):
        yield _arrival(envelope, index, event_name(item), text, body)


def _whole(envelope: WebhookEnvelope) -> Arrival:
    try:
        name: str = event_name(orjson.loads(envelope.body))
        payload: str | None = envelope.body.decode()
    except ValueError:
        name, payload = "unknown", None
    return _arrival(envelope, 0, name, payload, envelope.body)


def _arrival(envelope: WebhookEnvelope, index: int, name: str, payload: str | None, body: bytes) -> Arrival:
    """The first event of a webhook has the webhook's id; the others get ids that are the same at every delivery."""
    return Arrival(
        id=uuid5(envelope.event_id, str(index)) if index else envelope.event_id,
        correlation_id=envelope.event_id,
        clinic_id=envelope.clinic_id,
        source_id=envelope.source_id,
        event_type=name,
        payload=payload,
        raw=body,
        digest=hashlib.sha256(body).digest(),
        received_at=envelope.received_at,
    )
