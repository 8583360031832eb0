"""Statements about whose a conversation is, and what else its entry says that people decide."""

from datetime import datetime
from typing import Any

from psycopg.rows import DictRow
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from services.api.references import ConversationReference
from services.api.stores.conversations import COLUMNS, NAMED, TABLES, reference_values
from shared.db.pool import Connection


async def lock_entry(connection: Connection, clinic_id: int, reference: ConversationReference) -> DictRow | None:
    """A conversation as the list shows it, locked until the transaction ends."""
    statement = SQL("SELECT {columns} FROM {tables} WHERE {named} FOR NO KEY UPDATE OF c").format(
        columns=COLUMNS, tables=TABLES, named=NAMED
    )
    cursor = await connection.execute(statement, reference_values(clinic_id, reference))
    return await cursor.fetchone()


async def change_entry(
    connection: Connection,
    clinic_id: int,
    conversation_id: int,
    *,
    assigned_to: int | None,
    status: str,
    priority: str,
) -> DictRow:
    """Say whose a conversation is, whether it is open and how urgent; returns what is another now."""
    cursor = await connection.execute(
        """
        UPDATE conversations SET assigned_to = %s, status = %s, priority = %s, updated_at = clock_timestamp(),
          version = version + 1
        WHERE clinic_id = %s AND id = %s RETURNING assigned_to, status, priority, updated_at, version
        """,
        [assigned_to, status, priority, clinic_id, conversation_id],
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the conversation was locked by this transaction and is gone")
    return row


async def add_action(
    connection: Connection, clinic_id: int, conversation_id: int, action_type: str, data: dict[str, Any], at: datetime
) -> DictRow:
    """Put something into a conversation's timeline."""
    cursor = await connection.execute(
        """
        INSERT INTO conversation_actions (clinic_id, conversation_id, action_type, action_data, created_at)
        VALUES (%s, %s, %s, %s, %s) RETURNING id, conversation_id, action_type, action_data, created_at
        """,
        [clinic_id, conversation_id, action_type, Jsonb(data), at],
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("an INSERT without a conflict clause returned no row")
    return row
