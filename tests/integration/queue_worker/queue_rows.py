"""What tests put into the queue, and what they find there and among the dead."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from services.queue_worker.claims import ClaimedMessage
from shared.events.ids import time_ordered_uuid
from tests.factories import CLINIC

Owner = psycopg.Connection[DictRow]


def enqueue(owner: Owner, payload: Any = None, **columns: Any) -> UUID:
    """Put a row into the queue; returns its id. Everything but the payload has a default."""
    message_id: UUID = columns.pop("id", None) or time_ordered_uuid()
    given = {"id": message_id, "clinic_id": CLINIC, "source_id": 1, "message_type": "messages.upsert"}
    values = {**given, "payload": Jsonb({} if payload is None else payload), **columns}
    names, markers = ", ".join(values), ", ".join(["%s"] * len(values))
    owner.execute(f"INSERT INTO message_queue ({names}) VALUES ({markers})".encode(), list(values.values()))
    return message_id


def enqueue_many(
    owner: Owner,
    count: int,
    scheduled_at: datetime | None = None,
    ordering_key: str | None = None,
    *,
    priority: int = 0,
    since: timedelta = timedelta(days=1),
) -> None:
    """Many rows at once, the first one the oldest."""
    owner.execute(
        "INSERT INTO message_queue (id, clinic_id, source_id, message_type, payload, created_at, scheduled_at, ordering_key,"
        " priority) SELECT gen_random_uuid(), 1, 1, 'messages.upsert', jsonb_build_object('n', n),"
        " now() - %s + n * interval '1 ms', %s, %s, %s FROM generate_series(1, %s) AS n",
        [since, scheduled_at, ordering_key, priority, count],
    )


def queued(owner: Owner) -> list[DictRow]:
    """The queue, the oldest first."""
    return owner.execute("SELECT * FROM message_queue ORDER BY created_at, id").fetchall()


def the_row(owner: Owner, message_id: UUID) -> DictRow:
    """The queue's row of that id."""
    row = owner.execute("SELECT * FROM message_queue WHERE id = %s", [message_id]).fetchone()
    assert row is not None, "the message is not in the queue"
    return row


def dead(owner: Owner) -> list[DictRow]:
    """The dead letters, in the order of their deaths."""
    return owner.execute("SELECT * FROM failed_messages ORDER BY id").fetchall()


def make_due(owner: Owner) -> None:
    """Let the time of everything that is scheduled come."""
    owner.execute("UPDATE message_queue SET scheduled_at = now() WHERE scheduled_at IS NOT NULL")


def expire_leases(owner: Owner) -> None:
    """What is seen of workers that died: their leases run out."""
    owner.execute("UPDATE message_queue SET locked_until = now() - interval '1 s' WHERE status = 'processing'")


def somebody_waits(owner: Owner) -> bool:
    """Whether a session is held up by another's lock."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return owner.execute(waiting.encode()).fetchone() is not None


def payload_of(message: ClaimedMessage) -> Any:
    return json.loads(message.payload)
