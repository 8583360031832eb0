"""Statements about files: an attachment of a message, or an upload that is to become one."""

from collections.abc import Sequence

from psycopg.rows import DictRow

from shared.db.pool import Connection


async def find_attachment(
    connection: Connection, clinic_id: int, attachment_id: int, user_id: int, conversation_id: int | None = None
) -> DictRow | None:
    """An attachment of a message, of that conversation where one is named; or the user's own upload.

    What a deleted message had is nobody's any more.
    """
    cursor = await connection.execute(
        """
        SELECT a.id, a.file_name, a.file_type, a.file_size, a.state, a.state_reason, a.sha256, m.conversation_id
        FROM message_attachments a LEFT JOIN messages m ON m.clinic_id = a.clinic_id AND m.id = a.message_id
        WHERE a.clinic_id = %(clinic_id)s AND a.id = %(id)s AND m.deleted_at IS NULL
          AND (m.id IS NOT NULL AND m.conversation_id = coalesce(%(conversation_id)s, m.conversation_id)
            OR a.message_id IS NULL AND a.uploaded_by = %(user_id)s AND a.upload_expires_at > now()
              AND %(conversation_id)s::bigint IS NULL)
        """,
        {"clinic_id": clinic_id, "id": attachment_id, "user_id": user_id, "conversation_id": conversation_id},
    )
    return await cursor.fetchone()


async def count_uploads(connection: Connection, clinic_id: int, user_id: int) -> int:
    """How many uploads of a user no message has taken yet."""
    cursor = await connection.execute(
        "SELECT count(*) AS uploads FROM message_attachments WHERE clinic_id = %s AND message_id IS NULL"
        " AND uploaded_by = %s AND upload_expires_at > now()",
        [clinic_id, user_id],
    )
    row = await cursor.fetchone()
    return int(row["uploads"]) if row else 0


async def insert_upload(
    connection: Connection,
    clinic_id: int,
    user_id: int,
    *,
    file_name: str,
    file_type: str,
    file_size: int,
    sha256: bytes,
    expiry_hours: float,
) -> DictRow:
    """Store an upload, whose file is stored already. Its path is its id's, which the statement learns first."""
    cursor = await connection.execute(
        """
        WITH named AS (SELECT nextval(pg_get_serial_sequence('message_attachments', 'id')) AS id)
        INSERT INTO message_attachments (id, clinic_id, file_name, file_path, file_type, file_size, state, sha256,
          uploaded_by, upload_expires_at)
        SELECT id, %s, %s, '/api/attachments/' || id, %s, %s, 'stored', %s, %s, now() + make_interval(secs => %s) FROM named
        RETURNING *
        """,
        [clinic_id, file_name, file_type, file_size, sha256, user_id, expiry_hours * 3600],
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("an INSERT without a conflict clause returned no row")
    return row


async def take_uploads(
    connection: Connection, clinic_id: int, user_id: int, message_id: int, upload_ids: Sequence[int]
) -> list[DictRow]:
    """Make a user's uploads attachments of a message, in the message's transaction; returns those that were taken.

    Fewer than named: one does not exist, is somebody else's, has expired, or belongs to a message already. Of two messages
    that name one upload one gets it.
    """
    cursor = await connection.execute(
        """
        UPDATE message_attachments SET message_id = %s, upload_expires_at = NULL
        WHERE clinic_id = %s AND id = ANY(%b::bigint[]) AND message_id IS NULL AND uploaded_by = %s
          AND upload_expires_at > now()
        RETURNING id, message_id, file_name, file_path, file_type, file_size, state, metadata, sha256
        """,
        [message_id, clinic_id, list(upload_ids), user_id],
    )
    rows = await cursor.fetchall()
    return sorted(rows, key=lambda row: list(upload_ids).index(row["id"]))
