"""The envelope in which a webhook travels from the receiver to the worker, and the batch it is published in.

One AMQP message carries every webhook that arrived while the confirm before it was awaited (`docs/adr/0002`). Bodies
stay the sender's own bytes and are parsed where they are needed, so nothing about them can be lost on the way.

Layout, big endian: the magic, then per webhook the length of its header, the length of its body, header (JSON), body.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

CONTENT_TYPE = "application/vnd.prosa.webhooks.v1"
MAGIC = b"PRW1"
MAX_ID = 2**63 - 1  # what a bigint holds
_YEARS = range(1970, 9999)
_LENGTHS = struct.Struct(">II")


class EnvelopeError(ValueError):
    """Bytes that no receiver of ours has written."""


@dataclass(frozen=True, slots=True)
class WebhookEnvelope:
    """One accepted webhook. `event_id` is what the sender was told as its correlation id.

    `headers` are those of the sender's that may be kept: lower-case names, no secrets. Batches of older receivers have none.
    `trace` is the W3C trace context that it came in, if any.
    """

    event_id: UUID
    clinic_id: int
    source_id: int
    source_kind: str
    received_at: datetime
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    trace: Mapping[str, str] | None = None


def encode_envelope(envelope: WebhookEnvelope) -> bytes:
    """One webhook's part of a batch."""
    fields: dict[str, Any] = {
        "id": str(envelope.event_id),
        "clinic": envelope.clinic_id,
        "source": envelope.source_id,
        "kind": envelope.source_kind,
        "at": envelope.received_at,
    }
    if envelope.headers:
        fields["headers"] = envelope.headers
    if envelope.trace:
        fields["trace"] = envelope.trace
    header = orjson.dumps(fields)
    return b"".join((_LENGTHS.pack(len(header), len(envelope.body)), header, envelope.body))


def join_batch(parts: Iterable[bytes]) -> bytes:
    """The body of one AMQP message."""
    return MAGIC + b"".join(parts)


def decode_batch(batch: bytes) -> list[WebhookEnvelope]:
    """The webhooks of one AMQP message, in the order of their arrival. Raises EnvelopeError, never anything else."""
    if not batch.startswith(MAGIC):
        raise EnvelopeError("not a batch of webhooks")
    try:
        return [_envelope(header, body) for header, body in _parts(batch)]
    except (KeyError, TypeError, ValueError, OverflowError, struct.error) as error:
        raise EnvelopeError(f"malformed batch of webhooks: {error}") from error


def _parts(batch: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(MAGIC)
    while position < len(batch):
        header_length, body_length = _LENGTHS.unpack_from(batch, position)
        header_end = position + _LENGTHS.size + header_length
        if header_end + body_length > len(batch):
            raise EnvelopeError("truncated batch of webhooks")
        yield batch[position + _LENGTHS.size : header_end], batch[header_end : header_end + body_length]
        position = header_end + body_length


def _envelope(header: bytes, body: bytes) -> WebhookEnvelope:
    fields = orjson.loads(header)
    return WebhookEnvelope(
        event_id=UUID(str(fields["id"])),
        clinic_id=_id(fields["clinic"]),
        source_id=_id(fields["source"]),
        source_kind=str(fields["kind"]),
        received_at=_time(fields["at"]),
        body=body,
        headers=_headers(fields.get("headers", {})),
        trace=_headers(fields.get("trace", {})) or None,
    )


# What the database cannot hold must not get past here: the intake would try to store it for ever.


def _id(value: Any) -> int:
    number = int(value)
    if not 0 < number <= MAX_ID:
        raise ValueError("an id that no row can have")
    return number


def _time(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None or at.year not in _YEARS:
        raise ValueError("a time at which no receiver ran")
    return at


def _headers(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise TypeError("headers that are no object")
    for text in value.values():
        if not isinstance(text, str):
            raise TypeError("a header that is no text")
    if any("\0" in text for pair in value.items() for text in pair):
        raise ValueError("a header with NUL")
    return value
