"""Statements about canned replies. Each names the clinic."""

from typing import Any

from psycopg.rows import DictRow
from psycopg.sql import SQL

from shared.db.pool import Connection

_COLUMNS = SQL(
    """r.id, r.shortcut, r.content, r.version, r.created_at, r.updated_at, folded(r.shortcut) AS word,
       (SELECT cl.timezone FROM clinics cl WHERE cl.id = r.clinic_id) AS timezone"""
)


async def list_canned_replies(
    connection: Connection, clinic_id: int, prefix: str, after: str | None, limit: int
) -> list[DictRow]:
    """Canned replies whose shortcut begins with a text, by it, beginning after a word."""
    statement = SQL(
        """
        SELECT {} FROM canned_replies r
        WHERE r.clinic_id = %(clinic_id)s AND folded(r.shortcut) COLLATE "C" > %(after)s
          AND starts_with(folded(r.shortcut), folded(%(prefix)s))
        ORDER BY folded(r.shortcut) COLLATE "C" LIMIT %(limit)s
        """
    ).format(_COLUMNS)
    values = {"clinic_id": clinic_id, "prefix": prefix, "after": after or "", "limit": limit}
    cursor = await connection.execute(statement, values)
    return await cursor.fetchall()


async def find_canned_reply(
    connection: Connection, clinic_id: int, reply_id: int, *, lock: bool = False
) -> DictRow | None:
    """A canned reply, perhaps locked until the transaction ends."""
    statement = SQL("SELECT {} FROM canned_replies r WHERE r.clinic_id = %s AND r.id = %s {}").format(
        _COLUMNS, SQL("FOR UPDATE OF r" if lock else "")
    )
    cursor = await connection.execute(statement, [clinic_id, reply_id])
    return await cursor.fetchone()


async def insert_canned_reply(connection: Connection, clinic_id: int, shortcut: str, content: str) -> DictRow | None:
    """A new canned reply, or None where another has its shortcut."""
    statement = SQL(
        """
        INSERT INTO canned_replies AS r (clinic_id, shortcut, content) VALUES (%s, %s, %s)
        ON CONFLICT DO NOTHING RETURNING {}
        """
    ).format(_COLUMNS)
    cursor = await connection.execute(statement, [clinic_id, shortcut, content])
    return await cursor.fetchone()


async def store_canned_reply(connection: Connection, clinic_id: int, reply_id: int, **entry: Any) -> DictRow:
    """Say what a canned reply is now. Raises UniqueViolation where another has its shortcut."""
    statement = SQL(
        """
        UPDATE canned_replies r SET shortcut = %(shortcut)s, content = %(content)s, version = version + 1,
          updated_at = clock_timestamp()
        WHERE r.clinic_id = %(clinic_id)s AND r.id = %(id)s RETURNING {}
        """
    ).format(_COLUMNS)
    cursor = await connection.execute(statement, {"clinic_id": clinic_id, "id": reply_id, **entry})
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the canned reply was locked by this transaction and is gone")
    return row


async def delete_canned_reply(connection: Connection, clinic_id: int, reply_id: int) -> None:
    """Forget a canned reply."""
    await connection.execute("DELETE FROM canned_replies WHERE clinic_id = %s AND id = %s", [clinic_id, reply_id])
