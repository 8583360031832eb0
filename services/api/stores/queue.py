"""Statements about what the workers have to do."""

from datetime import datetime
from uuid import UUID

import orjson
from psycopg.rows import DictRow

from shared.db.pool import Connection
from shared.events.ids import time_ordered_uuid

SEND_TEXT = "send.text"


async def queue_text(
    connection: Connection,
    clinic_id: int,
    *,
    source_id: int,
    conversation_id: int,
    message_id: int,
    correlation_id: UUID,
    at: datetime,
) -> None:
    """Have a stored message sent. `at` orders it among the conversation's others: the time of the message itself."""
    payload = {"message_id": str(message_id), "conversation_id": str(conversation_id)}
    await connection.execute(
        """
        INSERT INTO message_queue (id, correlation_id, clinic_id, source_id, message_type, payload, priority,
                                   ordering_key, created_at)
        VALUES (%s, %s, %s, %s, %s, %s::jsonb, 0, %s, %s)
        """,
        [
            time_ordered_uuid(),
            correlation_id,
            clinic_id,
            source_id,
            SEND_TEXT,
            orjson.dumps(payload).decode(),
            f"conversation:{conversation_id}",
            at,
        ],
    )


async def active_evolution_sources(connection: Connection, clinic_id: int) -> list[int]:
    """The instances through which the clinic's messages can leave; two are enough to know that it is not one."""
    cursor = await connection.execute(
        "SELECT id FROM sources WHERE clinic_id = %s AND kind = 'evolution' AND active ORDER BY id LIMIT 2", [clinic_id]
    )
    return [row["id"] for row in await cursor.fetchall()]


async def queue_depths(connection: Connection, clinic_id: int) -> list[DictRow]:
    """How many rows of each kind and status the clinic has in the queue, and how old the oldest is."""
    cursor = await connection.execute(
        """
        SELECT message_type, status, count(*) AS depth,
               extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS oldest_age_seconds
        FROM message_queue WHERE clinic_id = %s GROUP BY message_type, status
        """,
        [clinic_id],
    )
    return await cursor.fetchall()


async def count_dead(connection: Connection, clinic_id: int) -> int:
    """How many of the clinic's events and messages have failed for good and wait for an operator."""
    cursor = await connection.execute(
        "SELECT count(*) AS dead FROM failed_messages WHERE clinic_id = %s AND state = 'dead'", [clinic_id]
    )
    row = await cursor.fetchone()
    return int(row["dead"]) if row else 0
