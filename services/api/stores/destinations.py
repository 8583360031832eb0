"""Statements about destinations of webhooks."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from shared.db.pool import Connection
from shared.events.ids import time_ordered_uuid

_SELECT = """
SELECT d.*, s.failures, s.paused_at, s.paused_until, s.reason, s.last_at, s.last_webhook_id, s.last_event, s.last_outcome,
  s.last_status, s.last_success_at, (
    SELECT count(*) FROM (SELECT 1 FROM message_queue q WHERE q.clinic_id = d.clinic_id
      AND q.ordering_key = 'destination:' || d.id LIMIT 1000) AS first
  )::integer AS waiting
FROM webhook_destinations d LEFT JOIN webhook_destination_states s ON s.clinic_id = d.clinic_id AND s.destination_id = d.id
WHERE d.clinic_id = %(clinic_id)s
"""


async def list_destinations(connection: Connection, clinic_id: int, destination_id: int | None = None) -> list[DictRow]:
    """The clinic's destinations with their states, the oldest first; or the one of that id."""
    cursor = await connection.execute(
        f"{_SELECT} AND (%(id)s::bigint IS NULL OR d.id = %(id)s) ORDER BY d.id".encode(),
        {"clinic_id": clinic_id, "id": destination_id},
    )
    return await cursor.fetchall()


async def list_secrets(connection: Connection, clinic_id: int) -> list[DictRow]:
    """The secrets that sign now, the newest first, without what they are."""
    cursor = await connection.execute(
        "SELECT id, destination_id, created_at, expires_at FROM webhook_destination_secrets"
        " WHERE clinic_id = %s AND (expires_at IS NULL OR expires_at > now()) ORDER BY id DESC",
        [clinic_id],
    )
    return await cursor.fetchall()


async def count_destinations(connection: Connection, clinic_id: int) -> int:
    """How many the clinic has. Whoever else makes one waits until the transaction ends."""
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('prosa webhook destinations ' || %s, 0))", [str(clinic_id)]
    )
    cursor = await connection.execute(
        "SELECT count(*)::integer AS many FROM webhook_destinations WHERE clinic_id = %s", [clinic_id]
    )
    row = await cursor.fetchone()
    return int(row["many"]) if row else 0


async def lock_destination(connection: Connection, clinic_id: int, destination_id: int) -> DictRow | None:
    """The clinic's destination, which nobody else changes until the transaction ends."""
    cursor = await connection.execute(
        "SELECT * FROM webhook_destinations WHERE clinic_id = %s AND id = %s FOR NO KEY UPDATE",
        [clinic_id, destination_id],
    )
    return await cursor.fetchone()


async def add_destination(connection: Connection, clinic_id: int, user_id: int, **values: Any) -> int:
    """A new destination's id."""
    cursor = await connection.execute(
        "INSERT INTO webhook_destinations (clinic_id, created_by, name, url, events, enabled, disabled_reason)"
        " VALUES (%(clinic_id)s, %(user_id)s, %(name)s, %(url)s, %(events)s, %(enabled)s,"
        "  CASE WHEN %(enabled)s THEN NULL ELSE 'user' END) RETURNING id",
        {"clinic_id": clinic_id, "user_id": user_id, **values},
    )
    [row] = await cursor.fetchall()
    return int(row["id"])


async def store_destination(
    connection: Connection, clinic_id: int, destination_id: int, values: Mapping[str, Any]
) -> None:
    """Other values for a destination, all of them."""
    await connection.execute(
        "UPDATE webhook_destinations SET name = %(name)s, url = %(url)s, events = %(events)s, enabled = %(enabled)s,"
        " disabled_reason = CASE WHEN NOT %(enabled)s THEN coalesce(disabled_reason, 'user') END,"
        " version = version + 1, updated_at = clock_timestamp() WHERE clinic_id = %(clinic_id)s AND id = %(id)s",
        {"clinic_id": clinic_id, "id": destination_id, **values},
    )


async def delete_destination(connection: Connection, clinic_id: int, destination_id: int) -> None:
    """Delete a destination with its secrets and its state."""
    await connection.execute(
        "DELETE FROM webhook_destinations WHERE clinic_id = %s AND id = %s", [clinic_id, destination_id]
    )


async def add_secret(
    connection: Connection, clinic_id: int, destination_id: int, sealed: bytes, overlap_hours: int
) -> None:
    """A secret that signs from now on. The one before it goes on for the overlap, those before that one do not."""
    await connection.execute(
        "UPDATE webhook_destination_secrets s SET expires_at = now() + make_interval(hours => CASE WHEN s.id = ("
        "  SELECT max(id) FROM webhook_destination_secrets n WHERE n.destination_id = s.destination_id) THEN %s ELSE 0 END)"
        " WHERE s.clinic_id = %s AND s.destination_id = %s AND (s.expires_at IS NULL OR s.expires_at > now())",
        [overlap_hours, clinic_id, destination_id],
    )
    await connection.execute(
        "INSERT INTO webhook_destination_secrets (clinic_id, destination_id, sealed) VALUES (%s, %s, %s)",
        [clinic_id, destination_id, sealed],
    )


async def end_rest(connection: Connection, clinic_id: int, destination_id: int) -> None:
    """Let a destination be called at once."""
    await connection.execute(
        "UPDATE webhook_destination_states SET failures = 0, paused_at = NULL, paused_until = NULL, reason = NULL"
        " WHERE clinic_id = %s AND destination_id = %s",
        [clinic_id, destination_id],
    )


async def queue_ping(connection: Connection, clinic_id: int, destination_id: int, timestamp: str) -> UUID:
    """Have a destination tried, unless it is to be tried already; returns the delivery's id."""
    lane = f"destination:{destination_id}"
    found = await connection.execute(
        "SELECT id FROM message_queue WHERE clinic_id = %s AND ordering_key = %s AND message_type = 'deliver.ping'",
        [clinic_id, lane],
    )
    waiting: Sequence[DictRow] = await found.fetchall()
    if waiting:
        return UUID(str(waiting[0]["id"]))
    webhook_id = time_ordered_uuid()
    payload = {"type": "ping", "timestamp": timestamp, "data": {"destination_id": str(destination_id)}}
    await connection.execute(
        "INSERT INTO message_queue (id, clinic_id, message_type, payload, ordering_key, metadata)"
        " VALUES (%s, %s, 'deliver.ping', %s, %s, %s)",
        [webhook_id, clinic_id, Jsonb(payload), lane, Jsonb({"destination": str(destination_id)})],
    )
    return webhook_id
