"""The sender's SQL: that a message was handed over, and what became of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from services.queue_worker.effects.apply import Clinic, settle_late
from services.queue_worker.effects.changes import Target
from services.queue_worker.effects.contact_plan import Identity
from services.queue_worker.effects.contacts import lock_identities
from services.queue_worker.effects.conversations import refresh_summaries, touch
from services.queue_worker.effects.live import list_events, message_events
from services.queue_worker.effects.messages import attachments_of
from services.queue_worker.sending.answers import NotSent, Sent
from services.queue_worker.sending.outgoing import Outgoing
from services.queue_worker.sending.way_out import PERSONAL
from shared.db.outbox import append_outbox
from shared.db.pool import Connection


async def mark_posted(connection: Connection, clinic_id: int, message_id: int) -> datetime | None:
    """Note, before the call, that a reply is being handed over; returns the note. None where there is one: it is theirs."""
    cursor = await connection.execute(
        "UPDATE messages SET posted_at = clock_timestamp()"
        " WHERE clinic_id = %s AND id = %s AND posted_at IS NULL AND provider_id IS NULL RETURNING posted_at",
        [clinic_id, message_id],
    )
    row = await cursor.fetchone()
    return row["posted_at"] if row else None


async def unmark_posted(connection: Connection, clinic_id: int, message_id: int, posted_at: datetime) -> None:
    """Take our note back: what was handed over surely was not taken. Another's, after a replay, stays."""
    await connection.execute(
        "UPDATE messages SET posted_at = NULL WHERE clinic_id = %s AND id = %s AND posted_at = %s AND provider_id IS NULL",
        [clinic_id, message_id, posted_at],
    )


async def taken_ids(connection: Connection, clinic_id: int, source_id: int, provider_ids: list[str]) -> frozenset[str]:
    """Which of these ids messages have already."""
    cursor = await connection.execute(
        "SELECT provider_id FROM messages WHERE clinic_id = %s AND source_id = %s AND provider_id = ANY(%b::text[])",
        [clinic_id, source_id, provider_ids],
    )
    return frozenset([row["provider_id"] for row in await cursor.fetchall()])


async def record_sent(
    connection: Connection, clinic_id: int, zone: str, source_id: int, outgoing: Outgoing, sent: Sent
) -> None:
    """Store the id that Evolution gave, and tell agents. Repeating it changes nothing but versions."""
    jid = sent.remote_jid if sent.remote_jid and sent.remote_jid.endswith(PERSONAL) else None
    if jid:
        await lock_identities(connection, [Identity(clinic_id, "jid", jid)])
    await _lock_conversation_of(connection, clinic_id, outgoing.message_id)
    await _absorb_echo(connection, clinic_id, zone, source_id, outgoing, sent)
    await _update(
        connection,
        clinic_id,
        zone,
        "UPDATE messages SET provider_id = %(provider_id)s, source_id = %(source_id)s, version = version + 1,"
        " metadata = metadata - 'failure',"
        " delivery_status = CASE WHEN delivery_status IN ('pending', 'failed') THEN 'sent' ELSE delivery_status END"
        " WHERE clinic_id = %(clinic_id)s AND id = %(message_id)s RETURNING *, false AS inserted",
        {"provider_id": sent.provider_id, "source_id": source_id, "message_id": outgoing.message_id},
    )
    if jid:
        await connection.execute(
            "INSERT INTO contact_identities (clinic_id, kind, value, contact_id)"
            " SELECT clinic_id, 'jid', %s, contact_id FROM conversations WHERE clinic_id = %s AND id = %s"
            " ON CONFLICT DO NOTHING",
            [jid, clinic_id, outgoing.conversation_id],
        )
    # A status may have come before the id it names.
    await settle_late(connection, [Clinic(clinic_id, zone)], {Target(clinic_id, source_id, sent.provider_id)})


async def _lock_conversation_of(connection: Connection, clinic_id: int, message_id: int) -> None:
    """The conversation before its messages, as everybody does: else two would wait for one another."""
    await connection.execute(
        "SELECT 1 FROM messages m JOIN conversations c ON c.clinic_id = m.clinic_id AND c.id = m.conversation_id"
        " WHERE m.clinic_id = %s AND m.id = %s FOR NO KEY UPDATE OF c",
        [clinic_id, message_id],
    )


async def _absorb_echo(
    connection: Connection, clinic_id: int, zone: str, source_id: int, outgoing: Outgoing, sent: Sent
) -> None:
    """Where the echo came first and was not recognised (Evolution changed the words), there is a second row: ours stays."""
    cursor = await connection.execute(
        "DELETE FROM messages WHERE clinic_id = %s AND source_id = %s AND provider_id = %s AND id <> %s"
        " AND posted_at IS NULL AND sender_type <> 'patient' RETURNING *, false AS inserted",
        [clinic_id, source_id, sent.provider_id, outgoing.message_id],
    )
    doubles = await cursor.fetchall()
    if not doubles:
        return
    now = datetime.now(UTC)
    gone = [row | {"deleted_at": now, "version": row["version"] + 1} for row in doubles]
    summaries = await refresh_summaries(connection, clinic_id, [row["conversation_id"] for row in doubles])
    events = [*message_events(gone, {}, zone, now), *list_events(summaries, set(), clinic_id, zone, now)]
    await append_outbox(connection, clinic_id, events)


async def may_have_arrived(connection: Connection, clinic_id: int, message_id: int) -> bool:
    """Whether a reply was handed to Evolution and nobody knows what became of it."""
    cursor = await connection.execute(
        "SELECT 1 FROM messages WHERE clinic_id = %s AND id = %s AND posted_at IS NOT NULL AND provider_id IS NULL",
        [clinic_id, message_id],
    )
    return await cursor.fetchone() is not None


async def record_failed(
    connection: Connection, clinic_id: int, zone: str, message_id: int, failure: NotSent, dead_letter: UUID
) -> None:
    """Show agents that a reply did not go out, and why."""
    await _lock_conversation_of(connection, clinic_id, message_id)
    await _update(
        connection,
        clinic_id,
        zone,
        "UPDATE messages SET delivery_status = 'failed', version = version + 1,"
        " metadata = metadata || jsonb_build_object('failure', %(failure)s::jsonb)"
        " WHERE clinic_id = %(clinic_id)s AND id = %(message_id)s AND delivery_status = 'pending'"
        " RETURNING *, false AS inserted",
        {"message_id": message_id, "failure": _failure(failure, dead_letter)},
    )


async def forget_change_failure(connection: Connection, clinic_id: int, zone: str, message_id: int) -> None:
    """A change was made: an earlier one's failure is history."""
    cursor = await connection.execute(
        "SELECT 1 FROM messages WHERE clinic_id = %s AND id = %s AND metadata ? 'change_failure'",
        [clinic_id, message_id],
    )
    if await cursor.fetchone() is None:
        return
    await _lock_conversation_of(connection, clinic_id, message_id)
    await _update(
        connection,
        clinic_id,
        zone,
        "UPDATE messages SET metadata = metadata - 'change_failure', version = version + 1"
        " WHERE clinic_id = %(clinic_id)s AND id = %(message_id)s RETURNING *, false AS inserted",
        {"message_id": message_id},
    )


async def record_change_failed(
    connection: Connection, clinic_id: int, zone: str, message_id: int, change: str, failure: NotSent, dead_letter: UUID
) -> None:
    """Show agents that a message could not be changed. The message itself is as it was."""
    await _lock_conversation_of(connection, clinic_id, message_id)
    shown = Jsonb(_failure(failure, dead_letter).obj | {"change": change})
    await _update(
        connection,
        clinic_id,
        zone,
        "UPDATE messages SET metadata = metadata || jsonb_build_object('change_failure', %(failure)s::jsonb),"
        " version = version + 1 WHERE clinic_id = %(clinic_id)s AND id = %(message_id)s RETURNING *, false AS inserted",
        {"message_id": message_id, "failure": shown},
    )


def _failure(failure: NotSent, dead_letter: UUID) -> Jsonb:
    return Jsonb({"code": failure.code, "reason": failure.reason, "dead_letter": str(dead_letter)})


async def _update(connection: Connection, clinic_id: int, zone: str, statement: str, values: dict[str, Any]) -> None:
    cursor = await connection.execute(statement.encode(), {"clinic_id": clinic_id, **values})
    rows = await cursor.fetchall()
    if not rows:
        return
    now = datetime.now(UTC)
    attachments = await attachments_of(connection, rows)
    summaries = await touch(connection, {(clinic_id, row["conversation_id"]) for row in rows})
    events = [*message_events(rows, attachments, zone, now), *list_events(summaries, set(), clinic_id, zone, now)]
    await append_outbox(connection, clinic_id, events)
