"""From what a receiver published to what the inbox stores. Pure."""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson

from services.queue_worker.interpretation.event_names import UNKNOWN, event_name
from services.queue_worker.interpretation.n8n_items import split_n8n
from shared.events.envelope import EnvelopeError, WebhookEnvelope, decode_batch
from shared.events.ids import time_ordered_uuid

MAX_ITEMS = 10_000
# Postgres stores far deeper JSON than Python reads (some 1,000 levels, less the deeper the caller's own stack).
MAX_DEPTH = 200


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
    headers: Mapping[str, str] = field(default_factory=dict)


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
    return Arrival(event_id, event_id, None, None, UNKNOWN, None, delivery, digest, datetime.now(UTC))


def _of_envelope(envelope: WebhookEnvelope) -> Iterator[Arrival]:
    items = _items(envelope.body) if envelope.source_kind == "n8n" else None
    if items is None:
        yield _whole(envelope)
        return
    for index, item in enumerate(items):
        yield _item(envelope, index, item)


def _items(body: bytes) -> list[Any] | None:
    """The events in an n8n body, or None where it has to stay whole."""
    try:
        # Not the faster parser: it makes floats of integers beyond 64 bits, and conversation ids are such.
        value = json.loads(body, parse_float=_finite)
        items = split_n8n(value)
    except (ValueError, RecursionError):
        return None
    return items if 0 < len(items) <= MAX_ITEMS and not _too_deep(body, value) else None


def _finite(number: str) -> float:
    if math.isinf(value := float(number)):
        raise ValueError("a number too large to be written as it was read")
    return value


def _whole(envelope: WebhookEnvelope) -> Arrival:
    try:
        event = orjson.loads(envelope.body)
    except ValueError:
        return _arrival(envelope, 0, UNKNOWN, None, envelope.body)
    payload = None if _too_deep(envelope.body, event) else envelope.body.decode()
    return _arrival(envelope, 0, event_name(event), payload, envelope.body)


def _item(envelope: WebhookEnvelope, index: int, item: Any) -> Arrival:
    """One event of several. Half an emoji, as workflows cut them, makes this one unreadable and none beside it."""
    text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    try:
        return _arrival(envelope, index, event_name(item), text, text.encode())
    except UnicodeEncodeError:
        return _arrival(envelope, index, event_name(item), None, json.dumps(item).encode())


def _too_deep(body: bytes, value: Any) -> bool:
    # Few have so many brackets that they could be.
    return body.count(b"{") + body.count(b"[") > MAX_DEPTH and nested_deeper(value, MAX_DEPTH)


def nested_deeper(value: Any, limit: int) -> bool:
    """Whether JSON has more than `limit` levels of arrays and objects."""
    level = [value]
    for _ in range(limit):
        level = [child for node in level for child in _children(node)]
    return any(isinstance(node, dict | list) for node in level)


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _arrival(envelope: WebhookEnvelope, index: int, name: str, payload: str | None, body: bytes) -> Arrival:
    """The first event of a webhook has the webhook's id; the others get ids that are the same at every delivery.

    Each is a microsecond younger than the one before, so that they stay in their order.
    """
    return Arrival(
        id=uuid5(envelope.event_id, str(index)) if index else envelope.event_id,
        correlation_id=envelope.event_id,
        clinic_id=envelope.clinic_id,
        source_id=envelope.source_id,
        event_type=name,
        payload=payload,
        raw=body,
        digest=hashlib.sha256(body).digest(),
        received_at=envelope.received_at + timedelta(microseconds=index),
        headers=envelope.headers,
    )
