"""Statements about what the workers have to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.rows import DictRow

from shared.db.pool import Connection
from shared.events.ids import time_ordered_uuid

# Signs of typing and reading: never before a reply.
SIGNAL_PRIORITY = -1


@dataclass(frozen=True, slots=True)
class SendOrder:
    """What a worker is to do at Evolution. `lane` orders it: what is in one lane leaves one after the other, by `at`."""

    kind: str
    source_id: int
    lane: str
    payload: Mapping[str, Any]
    at: datetime
    priority: int = 0


async def queue_send(connection: Connection, clinic_id: int, order: SendOrder, correlation_id: UUID) -> None:
    """Have something sent."""
    await connection.execute(
        """
        INSERT INTO message_queue (id, correlation_id, clinic_id, source_id, message_type, payload, priority,
                                   ordering_key, created_at)
        VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s)
        """,
        [
            time_ordered_uuid(),
            correlation_id,
            clinic_id,
            order.source_id,
            order.kind,
            orjson.dumps(order.payload).decode(),
            order.priority,
            order.lane,
            order.at,
        ],
    )


async def queue_typing(
    connection: Connection, clinic_id: int, source_id: int, conversation_id: int, correlation_id: UUID, *, typing: bool
) -> None:
    """Have somebody's typing shown, unless a sign of it waits already: one is as good as ten."""
    await connection.execute(
        """
        INSERT INTO message_queue (id, correlation_id, clinic_id, source_id, message_type, payload, priority, ordering_key)
        SELECT %(id)s, %(correlation)s, %(clinic)s, %(source)s, 'send.typing', %(payload)s::jsonb, %(priority)s, %(lane)s
        WHERE NOT EXISTS (SELECT 1 FROM message_queue WHERE ordering_key = %(lane)s AND status = 'pending')
        """,
        {
            "id": time_ordered_uuid(),
            "correlation": correlation_id,
            "clinic": clinic_id,
            "source": source_id,
            "payload": orjson.dumps({"conversation_id": str(conversation_id), "typing": typing}).decode(),
            "priority": SIGNAL_PRIORITY,
            "lane": f"typing:{conversation_id}",
        },
    )


async def is_way_out(connection: Connection, clinic_id: int, source_id: int | None) -> bool:
    """Whether something can leave through a source: an active instance of the clinic."""
    cursor = await connection.execute(
        "SELECT 1 FROM sources WHERE clinic_id = %s AND id = %s AND kind = 'evolution' AND active",
        [clinic_id, source_id],
    )
    return await cursor.fetchone() is not None


async def take_back_dead_send(connection: Connection, clinic_id: int, dead_letter: str, user_id: int) -> None:
    """Note that a send was tried again by an agent: an operator has nothing to do with it any more."""
    await connection.execute(
        """
        UPDATE failed_messages SET state = 'replayed', updated_at = clock_timestamp(),
          history = history || jsonb_build_array(
            jsonb_build_object('at', clock_timestamp(), 'event', 'retried', 'by', %s::text))
        WHERE clinic_id = %s AND original_message_id = %s::uuid AND state IN ('dead', 'discarded')
        """,
        [str(user_id), clinic_id, dead_letter],
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
