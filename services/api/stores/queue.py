"""Statements about what the workers have to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from shared.db.pool import Connection
from shared.events.ids import time_ordered_uuid
from shared.tracing.current import carried

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
                                   ordering_key, created_at, metadata)
        VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s)
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
            _metadata(),
        ],
    )


async def queue_typing(
    connection: Connection, clinic_id: int, source_id: int, conversation_id: int, correlation_id: UUID, *, typing: bool
) -> None:
    """Have somebody's typing shown, unless a sign of it waits already: one is as good as ten."""
    await connection.execute(
        """
        INSERT INTO message_queue (id, correlation_id, clinic_id, source_id, message_type, payload, priority, ordering_key,
                                   metadata)
        SELECT %(id)s, %(correlation)s, %(clinic)s, %(source)s, 'send.typing', %(payload)s::jsonb, %(priority)s, %(lane)s,
               %(metadata)s
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
            "metadata": _metadata(),
        },
    )


def _metadata() -> Jsonb:
    """The trace that the request came in: a row that has none belongs to the one of its correlation id."""
    trace = carried()
    return Jsonb({"trace": trace} if trace else {})


async def is_way_out(connection: Connection, clinic_id: int, source_id: int | None) -> bool:
    """Whether something can leave through a source: an active instance of the clinic."""
    cursor = await connection.execute(
        "SELECT 1 FROM sources WHERE clinic_id = %s AND id = %s AND kind = 'evolution' AND active",
        [clinic_id, source_id],
    )
    return await cursor.fetchone() is not None


async def take_back_dead_send(connection: Connection, clinic_id: int, dead_letter: str, user_id: int) -> None:
    """Note that a send was tried again by an agent: an operator has nothing to do with it any more.

    One that a worker brings back at this moment is left to it: it finds the message on its way, and lets it be.
    """
    await connection.execute(
        """
        UPDATE failed_messages SET state = 'replayed', updated_at = clock_timestamp(),
          history = history || jsonb_build_array(
            jsonb_build_object('at', clock_timestamp(), 'event', 'retried', 'by', %s::text))
        WHERE id = (SELECT id FROM failed_messages WHERE clinic_id = %s AND original_message_id = %s::uuid
          AND state IN ('dead', 'discarded') FOR UPDATE SKIP LOCKED)
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


async def count_worked(connection: Connection, clinic_id: int) -> dict[str, int]:
    """How many events workers have worked of each kind, as they write it down every few seconds."""
    cursor = await connection.execute(
        "SELECT event_type, sum(events)::bigint AS worked FROM source_activity WHERE clinic_id = %s GROUP BY event_type",
        [clinic_id],
    )
    return {row["event_type"]: row["worked"] for row in await cursor.fetchall()}


async def flow(connection: Connection, clinic_id: int) -> DictRow:
    """How many of the clinic's webhooks' events came in the last minute, and how many died."""
    cursor = await connection.execute(
        """
        SELECT (SELECT count(*) FROM webhook_events
                WHERE received_at > clock_timestamp() - interval '1 minute' AND clinic_id = %(clinic_id)s) AS received,
               (SELECT count(*) FROM failed_messages
                WHERE clinic_id = %(clinic_id)s AND state = 'dead'
                  AND dead_at > clock_timestamp() - interval '1 minute') AS died
        """,
        {"clinic_id": clinic_id},
    )
    row = await cursor.fetchone()
    return row or {"received": 0, "died": 0}


# Postgres' infinity is no time that Python has.
_QUEUE_MESSAGE = """
SELECT q.id, q.status, q.message_type, s.name AS source_name, q.retry_count, q.created_at,
  CASE WHEN q.scheduled_at < 'infinity' THEN q.scheduled_at END AS scheduled_at,
  coalesce(q.scheduled_at = 'infinity' AND q.killed IS NULL, false) AS parked,
  q.metadata -> 'attempts' -> -1 ->> 'error' AS last_error
FROM message_queue q LEFT JOIN sources s ON s.clinic_id = q.clinic_id AND s.id = q.source_id
WHERE q.clinic_id = %(clinic_id)s
"""


async def list_queue(
    connection: Connection,
    clinic_id: int,
    status: str | None,
    event_type: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[DictRow]:
    """The clinic's queue, the oldest first, those after a row."""
    statement = (
        f"{_QUEUE_MESSAGE} AND (%(status)s::text IS NULL OR q.status = %(status)s)"
        " AND (%(event_type)s::text IS NULL OR q.message_type = %(event_type)s)"
        " AND (%(at)s::timestamptz IS NULL OR (q.created_at, q.id) > (%(at)s, %(id)s::uuid))"
        " ORDER BY q.created_at, q.id LIMIT %(limit)s"
    )
    values = {
        "clinic_id": clinic_id,
        "status": status,
        "event_type": event_type,
        "at": after and after[0],
        "id": after and after[1],
        "limit": limit,
    }
    return await (await connection.execute(statement.encode(), values)).fetchall()


async def find_queued(connection: Connection, clinic_id: int, message_id: UUID) -> DictRow | None:
    """One row of the queue."""
    values = {"clinic_id": clinic_id, "id": message_id}
    return await (await connection.execute(f"{_QUEUE_MESSAGE} AND q.id = %(id)s".encode(), values)).fetchone()


async def kill_queued(connection: Connection, clinic_id: int, message_id: UUID, by: str, reason: str) -> bool:
    """Have a row moved to the dead letters; False where a worker has it in hand, or there is none."""
    cursor = await connection.execute(
        "UPDATE message_queue SET killed = jsonb_build_object('by', %s::text, 'reason', %s::text), scheduled_at = 'infinity'"
        " WHERE clinic_id = %s AND id = %s AND status IN ('pending', 'retrying') AND killed IS NULL",
        [by, reason, clinic_id, message_id],
    )
    return cursor.rowcount == 1


async def run_queued(connection: Connection, clinic_id: int, message_id: UUID) -> bool:
    """Let a row be claimed now; False where a worker has it in hand, or there is none."""
    cursor = await connection.execute(
        "UPDATE message_queue SET scheduled_at = NULL"
        " WHERE clinic_id = %s AND id = %s AND status IN ('pending', 'retrying') AND killed IS NULL",
        [clinic_id, message_id],
    )
    return cursor.rowcount == 1


_PAUSES = """
SELECT p.source_id, p.kind, p.reason, p.paused_by, p.paused_at, s.name AS source_name
FROM queue_pauses p LEFT JOIN sources s ON s.clinic_id = p.clinic_id AND s.id = p.source_id
WHERE p.clinic_id = %s
"""


async def list_pauses(connection: Connection, clinic_id: int) -> list[DictRow]:
    """What is paused, the oldest pause first."""
    return await (await connection.execute(f"{_PAUSES} ORDER BY p.paused_at".encode(), [clinic_id])).fetchall()


async def pause(
    connection: Connection, clinic_id: int, source_id: int | None, kind: str, by: str, reason: str
) -> DictRow | None:
    """Pause; None where it is paused already."""
    cursor = await connection.execute(
        "INSERT INTO queue_pauses (clinic_id, source_id, kind, paused_by, reason) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING *",
        [clinic_id, source_id, kind, by, reason],
    )
    return await cursor.fetchone()


async def resume(connection: Connection, clinic_id: int, source_id: int | None, kind: str) -> bool:
    """Resume; False where it is not paused."""
    cursor = await connection.execute(
        "DELETE FROM queue_pauses WHERE clinic_id = %s AND source_id IS NOT DISTINCT FROM %s AND kind = %s",
        [clinic_id, source_id, kind],
    )
    return cursor.rowcount == 1


async def closed_sources(connection: Connection, clinic_id: int) -> list[str]:
    """Names of active instances whose line is known to be down."""
    cursor = await connection.execute(
        "SELECT name FROM sources WHERE clinic_id = %s AND active"
        " AND state IN ('closed', 'refused', 'logged_out', 'removed') ORDER BY name",
        [clinic_id],
    )
    return [row["name"] for row in await cursor.fetchall()]


async def resting_sources(connection: Connection, clinic_id: int) -> list[str]:
    """Names of active instances whose sends are given a rest, or whose rest is over and that nobody has tried since."""
    cursor = await connection.execute(
        "SELECT s.name FROM sources s JOIN source_sending l ON l.source_id = s.id AND l.clinic_id = s.clinic_id"
        " WHERE s.clinic_id = %s AND s.active AND l.paused_until IS NOT NULL ORDER BY s.name",
        [clinic_id],
    )
    return [row["name"] for row in await cursor.fetchall()]
