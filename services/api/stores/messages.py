"""Statements about messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed

from services.api.cursors import Position
from shared.db.pool import Connection

COLUMNS = SQL(
    """m.id, m.conversation_id, m.sender_type, m.sender_name, m.sender_user_id, m.content, m.message_type,
       m."timestamp", m.delivery_status, m.client_message_id, m.provider_id, m.reply_to, m.metadata, m.reactions,
       m.edited_at, m.deleted_at, m.version"""
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """An agent's message to be stored; `source_id` is the instance it will leave through."""

    conversation_id: int
    source_id: int
    sender_user_id: int
    sender_name: str
    content: str
    message_type: str
    client_message_id: str | None
    reply_to: str | None = None
    told_by: UUID | None = None


async def list_messages(
    connection: Connection, clinic_id: int, conversation_id: int, before: Position | None, limit: int
) -> list[DictRow]:
    """Messages of a conversation, newest first, beginning before a position."""
    conditions: SQL | Composed = SQL("m.clinic_id = %(clinic_id)s AND m.conversation_id = %(conversation_id)s")
    if before is not None:
        conditions += SQL(' AND (m."timestamp", m.id) < (%(before_at)s, %(before_id)s)')
    statement = SQL(
        'SELECT {columns} FROM messages m WHERE {conditions} ORDER BY m."timestamp" DESC, m.id DESC LIMIT %(limit)s'
    ).format(columns=COLUMNS, conditions=conditions)
    values = {"clinic_id": clinic_id, "conversation_id": conversation_id, "limit": limit}
    position = {} if before is None else {"before_at": before.at, "before_id": before.id}
    cursor = await connection.execute(statement, values | position)
    return await cursor.fetchall()


async def list_attachments(connection: Connection, clinic_id: int, message_ids: Sequence[int]) -> list[DictRow]:
    """The attachments of several messages, each message's in the order they were added."""
    cursor = await connection.execute(
        """
        SELECT id, message_id, file_name, file_path, file_type, file_size, state, metadata
        FROM message_attachments
        WHERE clinic_id = %s AND message_id = ANY(%b::bigint[]) ORDER BY id
        """,
        [clinic_id, list(message_ids)],
    )
    return await cursor.fetchall()


async def locate_message(
    connection: Connection, clinic_id: int, conversation_id: int, message_id: int
) -> Position | None:
    """Where a message stands in its conversation."""
    cursor = await connection.execute(
        'SELECT "timestamp", id FROM messages WHERE clinic_id = %s AND conversation_id = %s AND id = %s',
        [clinic_id, conversation_id, message_id],
    )
    row = await cursor.fetchone()
    return None if row is None else Position(row["timestamp"], row["id"])


async def find_client_message(
    connection: Connection, clinic_id: int, conversation_id: int, client_message_id: str
) -> DictRow | None:
    """The message a client has sent under its own id."""
    statement = SQL(
        """
        SELECT {columns} FROM messages m
        WHERE m.clinic_id = %s AND m.conversation_id = %s AND m.client_message_id = %s
        """
    ).format(columns=COLUMNS)
    cursor = await connection.execute(statement, [clinic_id, conversation_id, client_message_id])
    return await cursor.fetchone()


async def insert_message(connection: Connection, clinic_id: int, message: NewMessage) -> DictRow:
    """Store an agent's message, not sent yet.

    Its time is the clock's, not the transaction's: one that began earlier may have got the conversation later.
    """
    statement = SQL(
        """
        INSERT INTO messages AS m (clinic_id, conversation_id, source_id, sender_type, sender_user_id, sender_name,
                                   content, message_type, client_message_id, reply_to, delivery_status,
                                   told_by, "timestamp")
        VALUES (%s, %s, %s, 'professional', %s, %s, %s, %s, %s, %s, 'pending', %s, clock_timestamp())
        RETURNING {columns}
        """
    ).format(columns=COLUMNS)
    cursor = await connection.execute(
        statement,
        [
            clinic_id,
            message.conversation_id,
            message.source_id,
            message.sender_user_id,
            message.sender_name,
            message.content,
            message.message_type,
            message.client_message_id,
            message.reply_to,
            message.told_by,
        ],
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("an INSERT without a conflict clause returned no row")
    return row


async def insert_note(
    connection: Connection, clinic_id: int, conversation_id: int, user_id: int, name: str, note: tuple[str, str | None]
) -> DictRow:
    """Store what somebody writes for colleagues, its text and the client's id of it. It has no way out."""
    statement = SQL(
        """
        INSERT INTO messages AS m (clinic_id, conversation_id, sender_type, sender_user_id, sender_name, message_type,
                                   content, client_message_id, "timestamp")
        VALUES (%s, %s, 'professional', %s, %s, 'note', %s, %s, clock_timestamp()) RETURNING {columns}
        """
    ).format(columns=COLUMNS)
    cursor = await connection.execute(statement, [clinic_id, conversation_id, user_id, name, *note])
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("an INSERT without a conflict clause returned no row")
    return row


async def lock_message(connection: Connection, clinic_id: int, conversation_id: int, message_id: int) -> DictRow | None:
    """A message of a conversation, locked until the transaction ends, with what sending needs to know of it."""
    statement = SQL(
        """
        SELECT {columns}, m.source_id, m.posted_at, clock_timestamp() AS now FROM messages m
        WHERE m.clinic_id = %s AND m.conversation_id = %s AND m.id = %s FOR NO KEY UPDATE
        """
    ).format(columns=COLUMNS)
    cursor = await connection.execute(statement, [clinic_id, conversation_id, message_id])
    return await cursor.fetchone()


async def find_provider_id(
    connection: Connection, clinic_id: int, conversation_id: int, message_id: int
) -> DictRow | None:
    """A message's id at WhatsApp, null where it has none."""
    cursor = await connection.execute(
        "SELECT provider_id, deleted_at FROM messages WHERE clinic_id = %s AND conversation_id = %s AND id = %s",
        [clinic_id, conversation_id, message_id],
    )
    return await cursor.fetchone()


async def restore_pending(connection: Connection, clinic_id: int, message_id: int) -> DictRow:
    """Let a failed message wait to be sent again."""
    statement = SQL(
        """
        UPDATE messages m SET delivery_status = 'pending', posted_at = NULL, metadata = m.metadata - 'failure',
          version = m.version + 1
        WHERE m.clinic_id = %s AND m.id = %s RETURNING {columns}
        """
    ).format(columns=COLUMNS)
    cursor = await connection.execute(statement, [clinic_id, message_id])
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the message was locked by this transaction and is gone")
    return row


async def unread_messages(connection: Connection, clinic_id: int, conversation_id: int, unread: int) -> list[DictRow]:
    """The patient's last messages, as many as are unread, newest first."""
    cursor = await connection.execute(
        """
        SELECT m.id, m.source_id, m.provider_id, m."timestamp", m.metadata ->> 'participant' AS participant
        FROM messages m
        WHERE m.clinic_id = %s AND m.conversation_id = %s AND m.sender_type = 'patient' AND NOT m.quiet
        ORDER BY m."timestamp" DESC, m.id DESC LIMIT %s
        """,
        [clinic_id, conversation_id, unread],
    )
    return await cursor.fetchall()
