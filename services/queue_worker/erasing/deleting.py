"""Deletes messages with everything that hangs on them, a bounded number at a time: for erasures, and for retention."""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import DictRow

from services.queue_worker.erasing.files import delete_files
from shared.db.pool import Connection
from shared.media.store import MediaStore

# Each may be a file in a bucket, and a transaction waits for all of them.
FILES_AT_ONCE = 20


async def delete_messages(
    connection: Connection, store: MediaStore, clinic_id: int, messages: Sequence[DictRow]
) -> dict[str, int]:
    """Delete messages (their ids, sources and provider ids), their changes, attachments and files; returns how many of each.

    Where they have more attachments than go at once, only those go: they are to be asked for again.
    """
    ids = [message["id"] for message in messages]
    counts = await _delete_attachments(connection, store, clinic_id, ids)
    if counts["attachments"] == FILES_AT_ONCE:
        return counts
    named = [message for message in messages if message["provider_id"] is not None]
    changes = await connection.execute(
        "DELETE FROM message_changes c USING unnest(%s::bigint[], %s::text[]) AS gone (source_id, provider_id)"
        " WHERE c.clinic_id = %s AND c.source_id = gone.source_id AND c.provider_id = gone.provider_id",
        [[message["source_id"] for message in named], [message["provider_id"] for message in named], clinic_id],
    )
    gone = await connection.execute("DELETE FROM messages WHERE clinic_id = %s AND id = ANY(%s)", [clinic_id, ids])
    return {**counts, "changes": changes.rowcount, "messages": gone.rowcount}


async def _delete_attachments(
    connection: Connection, store: MediaStore, clinic_id: int, message_ids: Sequence[int]
) -> dict[str, int]:
    cursor = await connection.execute(
        "DELETE FROM message_attachments WHERE id IN (SELECT id FROM message_attachments"
        " WHERE clinic_id = %s AND message_id = ANY(%s) ORDER BY id LIMIT %s) RETURNING sha256",
        [clinic_id, list(message_ids), FILES_AT_ONCE],
    )
    rows: list[Any] = await cursor.fetchall()
    names = sorted({bytes(row["sha256"]) for row in rows if row["sha256"] is not None})
    return {"attachments": len(rows), "files": await delete_files(connection, store, clinic_id, names)}
