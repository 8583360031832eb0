"""Dead letters that an operator wants worked again, back into the queue.

Who decides it only marks the dead letter (`replaying`, `release_due`): one conditional update, so two cannot decide it. What
is marked is brought back here, in one transaction each time, under the id it had; so a second release would change nothing.
What becomes of it is written by the queue itself, with the work's own commit (`queue.complete`, `burials.bury`).
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from services.queue_worker.ingest.arrivals import Arrival, arrivals
from services.queue_worker.retry import describe
from services.queue_worker.send_kinds import CONTENT
from shared.db.outbox import append_outbox
from shared.db.pool import Connection, Pool
from shared.db.tenant import enter_tenant
from shared.events.envelope import WebhookEnvelope, encode_envelope, join_batch
from shared.events.live import live_event
from shared.events.message import message_object

log = structlog.get_logger(__name__)

BATCH = 200
KEPT_HISTORY = 100
MOST_READINGS = 2
STILL_UNREADABLE = "the bytes still cannot be read"
KILLS_ITS_READERS = "the workers that read its bytes died"

_DUE = """
SELECT f.*, c.timezone FROM failed_messages f LEFT JOIN clinics c ON c.id = f.clinic_id
WHERE f.release_due AND f.replay_mode IS DISTINCT FROM 'raw'
ORDER BY f.first_seen_at, f.id LIMIT %s FOR UPDATE OF f SKIP LOCKED
"""
# Counted before the bytes are touched: they may be what kills whoever reads them.
_NEXT_RAW = """
UPDATE failed_messages SET metadata = metadata || jsonb_build_object('readings',
  coalesce((metadata ->> 'readings')::integer, 0) + 1)
WHERE id = (SELECT id FROM failed_messages WHERE release_due AND replay_mode = 'raw'
  ORDER BY first_seen_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


async def release_due(pool: Pool) -> int:
    """Bring back what is marked, oldest first, a bounded number; returns how many. What cannot come back is dead again."""
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(_DUE.encode(), [BATCH])
        rows = await cursor.fetchall()
        for row in rows:
            await _release_or_return(connection, row)
    return len(rows) + await _release_next_raw(pool)


async def _release_next_raw(pool: Pool) -> int:
    async with pool.connection() as connection:
        counted = await (await connection.execute(_NEXT_RAW.encode())).fetchone()
        if counted is None:
            return 0
        async with connection.transaction():
            cursor = await connection.execute(
                "SELECT * FROM failed_messages WHERE id = %s AND release_due FOR UPDATE SKIP LOCKED", [counted["id"]]
            )
            row = await cursor.fetchone()
            if row is not None:
                await _release_or_return(connection, row)
    return 1


async def _release_or_return(connection: Connection, row: DictRow) -> None:
    """One that cannot be released must not be in the way of the others, nor come up for ever."""
    try:
        async with connection.transaction():
            await _release(connection, row)
    except psycopg.OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is; and its text may be a patient's
        log.warning("release_refused", dead_letter=row["id"], error=describe(error))
        await _return_to_the_dead(connection, row, f"it cannot be put into the queue: {describe(error)}")


async def _release(connection: Connection, row: DictRow) -> None:
    if row["replay_mode"] == "raw":
        await _release_raw(connection, row)
        return
    posted_at = None
    if row["message_type"] in CONTENT and (message := await _lock_message(connection, row)) is not None:
        if message["delivery_status"] != "failed" or message["provider_id"] is not None:
            # An agent has sent it again meanwhile, or it arrived after all: one way out is enough.
            await _settle_replayed(connection, row, "overtaken")
            return
        posted_at = message["posted_at"]
        await _reopen_message(connection, row, message["id"])
    # A call of then may have arrived after all: the sender looks for it before it makes another.
    doubt = None if posted_at is None else Jsonb({"unclear_since": posted_at.isoformat()})
    await connection.execute(
        """
        INSERT INTO message_queue (id, correlation_id, clinic_id, source_id, message_type, payload, raw, ordering_key,
          created_at, metadata)
        SELECT original_message_id, correlation_id, clinic_id, source_id, message_type,
          CASE WHEN %(doubt)s::jsonb IS NULL THEN coalesce(edited_payload, payload)
            ELSE coalesce(edited_payload, payload) || %(doubt)s::jsonb END,
          CASE WHEN edited_payload IS NULL THEN raw END, ordering_key, first_seen_at,
          metadata || jsonb_build_object('replay_of', id, 'headers', headers)
        FROM failed_messages WHERE id = %(id)s
        ON CONFLICT (id) DO NOTHING
        """,
        {"id": row["id"], "doubt": doubt},
    )
    await _released(connection, row)


async def _released(connection: Connection, row: DictRow) -> None:
    await connection.execute(
        "UPDATE failed_messages SET release_due = false, metadata = metadata - 'readings' WHERE id = %s", [row["id"]]
    )


async def _release_raw(connection: Connection, row: DictRow) -> None:
    """The bytes through splitting and reading again, as they were received. Several events go their own ways from here."""
    if row["metadata"].get("readings", 0) > MOST_READINGS:
        await _return_to_the_dead(connection, row, KILLS_ITS_READERS)
        return
    found = reread(row)
    if any(arrival.payload is None for arrival in found):
        await _return_to_the_dead(connection, row, STILL_UNREADABLE)
        return
    if len(found) == 1:
        notes = {"replay_of": row["id"], "headers": row["headers"]}
        await _enqueue(connection, found[0], row["original_message_id"], notes)
        await _released(connection, row)
        return
    for arrival in found:
        await _enqueue(connection, arrival, arrival.id, {"split_from": row["id"], "headers": row["headers"]})
    await _settle_split(connection, row, len(found))


def reread(row: DictRow) -> list[Arrival]:
    """The events in a dead letter's bytes, under ids that are the same each time."""
    raw = bytes(row["raw"] or b"")
    if row["clinic_id"] is None or row["source_id"] is None or row["source_kind"] is None:
        return arrivals(raw)
    envelope = WebhookEnvelope(
        event_id=row["original_message_id"],
        clinic_id=row["clinic_id"],
        source_id=row["source_id"],
        source_kind=row["source_kind"],
        received_at=row["first_seen_at"],
        body=raw,
        trace=row["metadata"].get("trace"),
    )
    return arrivals(join_batch([encode_envelope(envelope)]))


async def _enqueue(connection: Connection, arrival: Arrival, message_id: UUID, notes: dict[str, Any]) -> None:
    await connection.execute(
        "INSERT INTO message_queue"
        " (id, correlation_id, clinic_id, source_id, message_type, payload, raw, created_at, metadata)"
        " VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s) ON CONFLICT (id) DO NOTHING",
        [
            message_id,
            arrival.correlation_id,
            arrival.clinic_id,
            arrival.source_id,
            arrival.event_type,
            arrival.payload,
            (arrival.payload or "").encode(),
            arrival.received_at,
            Jsonb({"digest": arrival.digest.hex(), **({"trace": arrival.trace} if arrival.trace else {}), **notes}),
        ],
    )


async def _settle_split(connection: Connection, row: DictRow, events: int) -> None:
    """What was several events is done with: each of them has a fate of its own now."""
    await _settle_replayed(connection, row, "split_into", events)


async def _settle_replayed(connection: Connection, row: DictRow, note: str, value: int | bool = True) -> None:
    """Done with, though nothing went into the queue under its name; the note says why."""
    await connection.execute(
        """
        WITH done AS (
          UPDATE failed_messages SET state = 'replayed', release_due = false,
            metadata = metadata - 'readings', version = version + 1, expires_at = NULL,
            updated_at = clock_timestamp(), history = append_bounded(history, jsonb_build_array(
              jsonb_build_object('at', clock_timestamp(), 'event', 'replayed') || %s), %s)
          WHERE id = %s RETURNING id
        )
        UPDATE replay_items i SET state = 'succeeded' FROM done WHERE i.failed_id = done.id AND i.state = 'released'
        """,
        [Jsonb({note: value}), KEPT_HISTORY, row["id"]],
    )


async def _return_to_the_dead(connection: Connection, row: DictRow, error: str) -> None:
    await connection.execute(
        """
        WITH back AS (
          UPDATE failed_messages SET state = 'dead', release_due = false,
            metadata = metadata - 'readings', version = version + 1, dead_at = clock_timestamp(),
            replay_mode = NULL, replayed_by = NULL, replayed_at = NULL, updated_at = clock_timestamp(), expires_at = NULL,
            failure_count = failure_count + 1, history = append_bounded(history, jsonb_build_array(jsonb_build_object(
              'at', clock_timestamp(), 'event', 'dead', 'error', %s::text)), %s)
          WHERE id = %s RETURNING id
        )
        UPDATE replay_items i SET state = 'failed' FROM back WHERE i.failed_id = back.id AND i.state = 'released'
        """,
        [error, KEPT_HISTORY, row["id"]],
    )


async def _lock_message(connection: Connection, row: DictRow) -> DictRow | None:
    """The reply that a dead letter is of, its conversation locked first, as everybody does; None where it is gone."""
    message_id = _message_id(row)
    if message_id is None or row["clinic_id"] is None:
        return None
    await enter_tenant(connection, row["clinic_id"])
    await connection.execute(
        "SELECT 1 FROM messages m JOIN conversations c ON c.clinic_id = m.clinic_id AND c.id = m.conversation_id"
        " WHERE m.clinic_id = %s AND m.id = %s FOR NO KEY UPDATE OF c",
        [row["clinic_id"], message_id],
    )
    cursor = await connection.execute(
        "SELECT id, delivery_status, provider_id, posted_at FROM messages WHERE clinic_id = %s AND id = %s"
        " FOR NO KEY UPDATE",
        [row["clinic_id"], message_id],
    )
    return await cursor.fetchone()


async def _reopen_message(connection: Connection, row: DictRow, message_id: int) -> None:
    """A reply that is sent again is on its way again, and agents see it."""
    cursor = await connection.execute(
        "UPDATE messages SET posted_at = NULL, delivery_status = 'pending', version = version + 1,"
        " metadata = metadata - 'failure' WHERE clinic_id = %s AND id = %s RETURNING *",
        [row["clinic_id"], message_id],
    )
    [message] = await cursor.fetchall()
    found = await connection.execute(
        "SELECT * FROM message_attachments WHERE clinic_id = %s AND message_id = %s ORDER BY id",
        [row["clinic_id"], message_id],
    )
    shown = message_object(message, await found.fetchall(), row["timezone"] or "UTC")
    event = live_event("message:updated", "conversa", message["conversation_id"], shown, datetime.now(UTC))
    await append_outbox(connection, row["clinic_id"], [event])


def _message_id(row: DictRow) -> int | None:
    payload = row["edited_payload"] or row["payload"]
    text = payload.get("message_id") if isinstance(payload, dict) else None
    return int(text) if isinstance(text, str | int) and str(text).isdecimal() else None
