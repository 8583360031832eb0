"""How each class of what is old is deleted: a bounded stretch a call, after the id where the last one ended."""

from datetime import UTC, datetime
from typing import Any

from services.queue_worker import metrics
from services.queue_worker.effects.conversations import refresh_summaries
from services.queue_worker.effects.live import list_events
from services.queue_worker.erasing.deleting import FILES_AT_ONCE, delete_messages
from services.queue_worker.erasing.files import delete_files
from services.queue_worker.retaining.rules import Rule, note_deleted
from shared.db.outbox import append_outbox
from shared.db.pool import Connection
from shared.media.store import MediaStore

CONVERSATIONS_AT_ONCE = 500
MESSAGES_AT_ONCE = 500
ROWS_AT_ONCE = 1000


async def delete_old_messages(connection: Connection, store: MediaStore, rule: Rule, after: int) -> int | None:
    """Old messages of the next conversations, not of a held person; where it goes on, or None at the end."""
    last = await _last_of_stretch(connection, rule, after)
    if last is None:
        return None
    cursor = await connection.execute(
        """
        SELECT m.id, m.source_id, m.provider_id, m.conversation_id
        FROM conversations c JOIN contacts ct ON ct.clinic_id = c.clinic_id AND ct.id = c.contact_id AND ct.held_at IS NULL
        CROSS JOIN LATERAL (
          SELECT o.id, o.source_id, o.provider_id, o.conversation_id FROM messages o
          WHERE o.clinic_id = c.clinic_id AND o.conversation_id = c.id
            AND o."timestamp" < clock_timestamp() - make_interval(days => %(days)s) AND o.delivery_status <> 'pending'
          ORDER BY o."timestamp", o.id LIMIT %(limit)s
        ) m
        WHERE c.clinic_id = %(clinic_id)s AND c.id > %(after)s AND c.id <= %(last)s
        ORDER BY c.id LIMIT %(limit)s
        """,
        {"clinic_id": rule.clinic_id, "days": rule.days, "after": after, "last": last, "limit": MESSAGES_AT_ONCE},
    )
    messages = await cursor.fetchall()
    if not messages:
        return last
    conversations = sorted({message["conversation_id"] for message in messages})
    await connection.execute(
        "SELECT 1 FROM conversations WHERE clinic_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [rule.clinic_id, conversations],
    )
    counts = await delete_messages(connection, store, rule.clinic_id, messages)
    await note_deleted(connection, rule, counts)
    if counts.get("messages"):
        await _show(connection, rule, conversations)
    return after  # until nothing old is left in the stretch


async def _last_of_stretch(connection: Connection, rule: Rule, after: int) -> int | None:
    cursor = await connection.execute(
        "SELECT max(id) AS last FROM (SELECT id FROM conversations WHERE clinic_id = %s AND id > %s ORDER BY id LIMIT %s) s",
        [rule.clinic_id, after, CONVERSATIONS_AT_ONCE],
    )
    row: Any = await cursor.fetchone()
    return row["last"]  # type: ignore[no-any-return]


async def _show(connection: Connection, rule: Rule, conversations: list[int]) -> None:
    """Agents see the conversations as they are now; where nothing is left, nothing is unread."""
    await connection.execute(
        "UPDATE conversations c SET unread_count = 0 WHERE c.clinic_id = %s AND c.id = ANY(%s) AND NOT EXISTS"
        " (SELECT FROM messages m WHERE m.clinic_id = c.clinic_id AND m.conversation_id = c.id)",
        [rule.clinic_id, conversations],
    )
    summaries = await refresh_summaries(connection, rule.clinic_id, conversations)
    events = list_events(summaries, set(), rule.clinic_id, rule.timezone, datetime.now(UTC))
    await append_outbox(connection, rule.clinic_id, list(events))


async def delete_old_media(connection: Connection, store: MediaStore, rule: Rule, after: int) -> int | None:
    """Old files; that there was one, and its name, stays with the message."""
    cursor = await connection.execute(
        """
        WITH old AS MATERIALIZED (
          SELECT a.id, a.sha256 FROM message_attachments a
          JOIN messages m ON m.clinic_id = a.clinic_id AND m.id = a.message_id
          JOIN conversations c ON c.clinic_id = m.clinic_id AND c.id = m.conversation_id
          JOIN contacts ct ON ct.clinic_id = c.clinic_id AND ct.id = c.contact_id AND ct.held_at IS NULL
          WHERE a.clinic_id = %(clinic_id)s AND a.id > %(after)s AND a.state = 'stored'
            AND m."timestamp" < clock_timestamp() - make_interval(days => %(days)s) AND m.delivery_status <> 'pending'
          ORDER BY a.id LIMIT %(limit)s
        )
        UPDATE message_attachments a SET state = 'expired', state_reason = 'retention', sha256 = NULL
        FROM old WHERE a.clinic_id = %(clinic_id)s AND a.id = old.id RETURNING a.id, old.sha256
        """,
        {"clinic_id": rule.clinic_id, "days": rule.days, "after": after, "limit": FILES_AT_ONCE},
    )
    rows = await cursor.fetchall()
    if not rows:
        return None
    names = sorted({bytes(row["sha256"]) for row in rows})
    files = await delete_files(connection, store, rule.clinic_id, names)
    await note_deleted(connection, rule, {"attachments": len(rows), "files": files})
    return max(int(row["id"]) for row in rows)


async def delete_old_dead_letters(connection: Connection, _store: MediaStore, rule: Rule, after: int) -> int | None:
    """Old dead letters; none while the clinic holds anybody, because they are not sorted by person."""
    cursor = await connection.execute(
        "DELETE FROM failed_messages WHERE id IN (SELECT id FROM failed_messages WHERE clinic_id = %(clinic_id)s"
        " AND state <> 'replaying' AND dead_at < clock_timestamp() - make_interval(days => %(days)s) AND NOT EXISTS"
        " (SELECT FROM contacts WHERE clinic_id = %(clinic_id)s AND held_at IS NOT NULL) ORDER BY id LIMIT %(limit)s)",
        {"clinic_id": rule.clinic_id, "days": rule.days, "limit": ROWS_AT_ONCE},
    )
    if cursor.rowcount:
        await note_deleted(connection, rule, {"dead_letters": cursor.rowcount})
    return after if cursor.rowcount == ROWS_AT_ONCE else None


async def delete_old_reads(connection: Connection, _store: MediaStore, rule: Rule, after: int) -> int | None:
    """Old entries about who looked at what; the log itself says how many, and their links stay."""
    cursor = await connection.execute(
        "SELECT expire_reads(clock_timestamp() - make_interval(days => %s), %s) AS gone", [rule.days, ROWS_AT_ONCE]
    )
    row: Any = await cursor.fetchone()
    metrics.RETIRED.labels(rule.what).inc(row["gone"])
    return after if row["gone"] == ROWS_AT_ONCE else None
