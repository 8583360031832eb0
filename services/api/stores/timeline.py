"""Statements about what a conversation's timeline says."""

from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed

from services.api.cursors import Position
from shared.db.pool import Connection

_COLUMNS = SQL("id, conversation_id, action_type, action_data, created_at")


async def list_actions(
    connection: Connection, clinic_id: int, conversation_id: int, before: Position | None, limit: int
) -> list[DictRow]:
    """Actions of a conversation, newest first, beginning before a position."""
    conditions: SQL | Composed = SQL("clinic_id = %(clinic_id)s AND conversation_id = %(conversation_id)s")
    values = {"clinic_id": clinic_id, "conversation_id": conversation_id, "limit": limit}
    if before is not None:
        conditions += SQL(" AND (created_at, id) < (%(before_at)s, %(before_id)s)")
    statement = SQL(
        "SELECT {} FROM conversation_actions WHERE {} ORDER BY created_at DESC, id DESC LIMIT %(limit)s"
    ).format(_COLUMNS, conditions)
    position = {} if before is None else {"before_at": before.at, "before_id": before.id}
    cursor = await connection.execute(statement, values | position)
    return await cursor.fetchall()


async def find_client_action(
    connection: Connection, clinic_id: int, conversation_id: int, client_key: str
) -> DictRow | None:
    """The action that a client has added under its own key; the first, where two conversations had one each."""
    statement = SQL(
        """
        SELECT {} FROM conversation_actions WHERE clinic_id = %s AND conversation_id = %s AND dedupe_key = %s
          AND source_id IS NULL ORDER BY id LIMIT 1
        """
    ).format(_COLUMNS)
    cursor = await connection.execute(statement, [clinic_id, conversation_id, client_key])
    return await cursor.fetchone()
