"""What Evolution says it has, as the webhooks that would have told of it. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from services.queue_worker.ingest.arrivals import MAX_DEPTH, Arrival, nested_deeper
from services.queue_worker.sending.calls import Call
from shared.events.ids import time_ordered_uuid

PAGE_RECORDS = 100
# What a webhook of a message has; the rest of a record is Evolution's own.
_TOLD = (
    "key",
    "pushName",
    "message",
    "messageType",
    "messageTimestamp",
    "contextInfo",
    "source",
    "status",
    "participant",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of an answer of `chat/findMessages`; `last` where none follows it."""

    records: list[Mapping[str, Any]]
    last: bool


def page_call(since: datetime, until: datetime, page: int) -> Call:
    """Ask for the messages of a time, of any chat."""
    window = {"gte": since.isoformat(), "lte": until.isoformat()}
    return Call(
        "POST",
        "chat/findMessages",
        {"where": {"messageTimestamp": window}, "page": page, "offset": PAGE_RECORDS},
    )


def read_page(body: Any) -> Page | None:
    """The page in an answer; None where it is no such answer."""
    messages = body.get("messages") if isinstance(body, Mapping) else None
    records = messages.get("records") if isinstance(messages, Mapping) else None
    if not isinstance(messages, Mapping) or not isinstance(records, list):
        return None
    pages, current = messages.get("pages"), messages.get("currentPage")
    last = not (isinstance(pages, int) and isinstance(current, int) and current < pages)
    return Page([record for record in records if isinstance(record, Mapping)], last or not records)


def provider_id(record: Mapping[str, Any]) -> str | None:
    """The message's id; None where the record names none that could be stored."""
    key = record.get("key")
    found = key.get("id") if isinstance(key, Mapping) else None
    return found if isinstance(found, str) and found.isprintable() and found else None


def lost(records: Iterable[Mapping[str, Any]], known: set[str]) -> list[Mapping[str, Any]]:
    """The records of messages that are not known, each once, the oldest first."""
    missing: dict[str, Mapping[str, Any]] = {}
    for record in records:
        named = provider_id(record)
        if named is not None and named not in known and isinstance(record.get("message"), Mapping):
            missing.setdefault(named, record)
    return list(reversed(missing.values()))


def arrival_of(record: Mapping[str, Any], instance: str, clinic_id: int, source_id: int, now: datetime) -> Arrival:
    """The webhook that was lost. One of a message, however often it is found missing: what it says may have no effect."""
    event_id = uuid5(UUID(int=source_id), f"reconciled:{provider_id(record)}")
    data = {name: record[name] for name in _TOLD if record.get(name) is not None}
    event = {"event": "messages.upsert", "instance": instance, "data": data}
    payload = _written(event)
    return Arrival(
        id=event_id,
        correlation_id=time_ordered_uuid(),
        clinic_id=clinic_id,
        source_id=source_id,
        event_type="messages.upsert",
        payload=payload,
        raw=json.dumps(event).encode() if payload is None else payload.encode(),
        digest=hashlib.sha256(event_id.bytes).digest(),
        received_at=now,
        priority=-10,
        headers={"x-prosa-origin": "reconciliation"},
    )


def _written(event: Mapping[str, Any]) -> str | None:
    """The event as text; None where the inbox could not hold it: half an emoji, a number beyond all, absurd depth."""
    if nested_deeper(event, MAX_DEPTH):
        return None
    try:
        return json.dumps(event, ensure_ascii=False, allow_nan=False).encode().decode()
    except ValueError:
        return None
