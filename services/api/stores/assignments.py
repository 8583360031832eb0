"""Statements about whose a conversation is, and what else its entry says that people decide."""

from datetime import datetime
from typing import Any

from psycopg.rows import DictRow
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from services.api.references import ConversationReference
from services.api.stores.conversations import COLUMNS, NAMED, TABLES, make_newer, reference_values
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
    return await make_newer(
        connection,
        """
        UPDATE conversations SET assigned_to = %(assigned_to)s, status = %(status)s, priority = %(priority)s,
          updated_at = clock_timestamp(), version = version + 1
        WHERE clinic_id = %(clinic_id)s AND id = %(id)s RETURNING assigned_to, status, priority, updated_at, version
        """,
        {
            "assigned_to": assigned_to,
            "status": status,
            "priority": priority,
            "clinic_id": clinic_id,
            "id": conversation_id,
        },
    )


async def add_action(
    connection: Connection,
    clinic_id: int,
    conversation_id: int,
    action_type: str,
    data: dict[str, Any],
    at: datetime,
    client_key: str | None = None,
) -> DictRow:
    """Put something into a conversation's timeline, perhaps under a client's own key."""
    cursor = await connection.execute(
        """
        INSERT INTO conversation_actions (clinic_id, conversation_id, action_type, action_data, created_at, dedupe_key)
        VALUES (%s, %s, %s, %s, %s, %s) RETURNING id, conversation_id, action_type, action_data, created_at
        """,
        [clinic_id, conversation_id, action_type, Jsonb(data), at, client_key],
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("an INSERT without a conflict clause returned no row")
    return row
