"""Statements about labels and the conversations that have them. Each names the clinic."""

from typing import Any, Literal

from psycopg.rows import DictRow
from psycopg.sql import SQL

from shared.db.pool import Connection

_COLUMNS = SQL(
    """l.id, l.name, l.colour, l.version, l.created_at, l.updated_at, folded(l.name) AS word,
       (SELECT cl.timezone FROM clinics cl WHERE cl.id = l.clinic_id) AS timezone"""
)


async def list_labels(connection: Connection, clinic_id: int, after: str | None, limit: int) -> list[DictRow]:
    """Labels by name, beginning after a word."""
    statement = SQL(
        """
        SELECT {} FROM labels l WHERE l.clinic_id = %s AND folded(l.name) COLLATE "C" > %s
        ORDER BY folded(l.name) COLLATE "C" LIMIT %s
        """
    ).format(_COLUMNS)
    cursor = await connection.execute(statement, [clinic_id, after or "", limit])
    return await cursor.fetchall()


async def find_label(
    connection: Connection, clinic_id: int, label_id: int, lock: Literal["UPDATE", "KEY SHARE"] | None = None
) -> DictRow | None:
    """A label, perhaps locked until the transaction ends: to be changed, or to be there when something refers to it."""
    locks = {"UPDATE": SQL("FOR UPDATE OF l"), "KEY SHARE": SQL("FOR KEY SHARE OF l"), None: SQL("")}
    statement = SQL("SELECT {} FROM labels l WHERE l.clinic_id = %s AND l.id = %s {}").format(_COLUMNS, locks[lock])
    cursor = await connection.execute(statement, [clinic_id, label_id])
    return await cursor.fetchone()


async def insert_label(connection: Connection, clinic_id: int, name: str, colour: str) -> DictRow | None:
    """A new label, or None where another has its name."""
    statement = SQL(
        "INSERT INTO labels AS l (clinic_id, name, colour) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING {}"
    ).format(_COLUMNS)
    cursor = await connection.execute(statement, [clinic_id, name, colour])
    return await cursor.fetchone()


async def store_label(connection: Connection, clinic_id: int, label_id: int, **entry: Any) -> DictRow:
    """Say what a label is called and looks like. Raises UniqueViolation where another has its name."""
    statement = SQL(
        """
        UPDATE labels l SET name = %(name)s, colour = %(colour)s, version = version + 1, updated_at = clock_timestamp()
        WHERE l.clinic_id = %(clinic_id)s AND l.id = %(id)s RETURNING {}
        """
    ).format(_COLUMNS)
    cursor = await connection.execute(statement, {"clinic_id": clinic_id, "id": label_id, **entry})
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the label was locked by this transaction and is gone")
    return row


async def delete_label(connection: Connection, clinic_id: int, label_id: int) -> list[int]:
    """Forget a label; returns the conversations that it is taken off."""
    cursor = await connection.execute(
        "WITH taken AS (DELETE FROM conversation_labels WHERE clinic_id = %(clinic_id)s AND label_id = %(label_id)s"
        " RETURNING conversation_id), gone AS (DELETE FROM labels WHERE clinic_id = %(clinic_id)s AND id = %(label_id)s)"
        " SELECT conversation_id FROM taken",
        {"clinic_id": clinic_id, "label_id": label_id},
    )
    return [row["conversation_id"] for row in await cursor.fetchall()]


async def put_on(connection: Connection, clinic_id: int, conversation_id: int, label_id: int) -> bool:
    """Put a label on a conversation. False: it was there."""
    cursor = await connection.execute(
        "INSERT INTO conversation_labels (clinic_id, conversation_id, label_id) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [clinic_id, conversation_id, label_id],
    )
    return cursor.rowcount == 1


async def take_off(connection: Connection, clinic_id: int, conversation_id: int, label_id: int) -> bool:
    """Take a label off a conversation. False: it was not there."""
    cursor = await connection.execute(
        "DELETE FROM conversation_labels WHERE clinic_id = %s AND conversation_id = %s AND label_id = %s",
        [clinic_id, conversation_id, label_id],
    )
    return cursor.rowcount == 1
