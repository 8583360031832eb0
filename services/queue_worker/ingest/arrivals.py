"""From what a receiver published to what the inbox stores. Pure."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson

from services.queue_worker.interpretation.event_names import UNKNOWN, event_name
from services.queue_worker.interpretation.lists import is_list, priority_of, taken_apart
from services.queue_worker.interpretation.n8n_items import split_n8n
from shared.events.envelope import EnvelopeError, WebhookEnvelope, decode_batch
from shared.events.ids import time_ordered_uuid
from shared.tracing.context import TraceHeaders, context_of

MAX_ITEMS = 100_000
# Postgres stores far deeper JSON than Python reads (some 1,000 levels, less the deeper the caller's own stack).
MAX_DEPTH = 200
# A list deeper than this stays whole: written again, it would exhaust the stack.
_DEEPEST_LIST = 500


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
    priority: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    trace: TraceHeaders | None = None

    @property
    def context(self) -> TraceHeaders:
        """The trace that it came in, or else the one of its correlation id."""
        return context_of(self.trace, self.correlation_id)


def arrivals(delivery: bytes) -> list[Arrival]:
    """The events of one AMQP message. Bytes that are no batch of ours become one arrival without a payload."""
    try:
        envelopes = decode_batch(delivery)
    except EnvelopeError:
        return [_foreign(delivery)]
    return [arrival for envelope in envelopes for arrival in _of_envelope(envelope)]


def undelivered(delivery: bytes) -> list[Arrival]:
    """The webhooks of one AMQP message as they came: what is in them may be what no worker has survived reading."""
    try:
        envelopes = decode_batch(delivery)
    except EnvelopeError:
        return [_foreign(delivery)]
    return [_arrival(envelope, 0, UNKNOWN, None, envelope.body) for envelope in envelopes]


def _foreign(delivery: bytes) -> Arrival:
    event_id = time_ordered_uuid()
    digest = hashlib.sha256(delivery).digest()
    return Arrival(event_id, event_id, None, None, UNKNOWN, None, delivery, digest, datetime.now(UTC))


def _of_envelope(envelope: WebhookEnvelope) -> Iterator[Arrival]:
    if envelope.source_kind != "n8n":
        yield from _of_evolution(envelope)
    elif (items := _items(envelope.body)) is None:
        yield _whole(envelope, _parsed(envelope.body))
    else:
        for index, item in enumerate(taken_apart(items)):
            yield _item(envelope, index, item, _compact)


def _of_evolution(envelope: WebhookEnvelope) -> Iterator[Arrival]:
    event, write = _parsed(envelope.body), _fast
    if event is None:
        event, write = _parsed_leniently(envelope.body), _compact
    if not is_list(event) or _too_deep(envelope.body, event, _DEEPEST_LIST):
        yield _whole(envelope, event if write is _fast else None)
        return
    for index, item in enumerate(taken_apart([event])):
        yield _item(envelope, index, item, write)


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        return None


def _parsed_leniently(body: bytes) -> Any:
    """A list of which one element is unreadable: half an emoji, or a number beyond all, costs that element alone."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


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


def _whole(envelope: WebhookEnvelope, event: Any) -> Arrival:
    """A webhook as it came; without a payload where `event` is None, because it could not be read."""
    readable = event is not None and not _too_deep(envelope.body, event)
    return _arrival(envelope, 0, event, envelope.body.decode() if readable else None, envelope.body)


def _item(envelope: WebhookEnvelope, index: int, item: Any, write: Callable[[Any], bytes]) -> Arrival:
    """One event of several. What makes this one unreadable does so to none beside it."""
    try:
        body = write(item)
    except (ValueError, TypeError):
        return _arrival(envelope, index, item, None, json.dumps(item).encode())
    return _arrival(envelope, index, item, None if _too_deep(body, item) else body.decode(), body)


def _compact(item: Any) -> bytes:
    return json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _fast(item: Any) -> bytes:
    # Only for what the same library has read: of other values it makes something else.
    return orjson.dumps(item)


def _too_deep(body: bytes, value: Any, limit: int = MAX_DEPTH) -> bool:
    # Few have so many brackets that they could be.
    return body.count(b"{") + body.count(b"[") > limit and nested_deeper(value, limit)


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


def _arrival(envelope: WebhookEnvelope, index: int, event: Any, payload: str | None, body: bytes) -> Arrival:
    """The first event of a webhook has the webhook's id; the others get ids that are the same at every delivery.

    Each is a microsecond younger than the one before, so that they stay in their order.
    """
    name = event_name(event)
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
        priority=priority_of(event, name),
        headers=envelope.headers,
        trace=envelope.trace,
    )
