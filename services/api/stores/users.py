"""Statements about users as admins keep them. Each names the clinic; none reads what is stored of a password.

Admins keep people. Services are made and retired with their tokens.
"""

from psycopg.rows import DictRow
from psycopg.sql import SQL

from shared.db.pool import Connection

_COLUMNS = SQL(
    """u.id, u.name, u.email, u.role, u.active, u.kind, u.created_at, u.last_sign_in_at, u.version,
       (SELECT count(*) FROM conversations c
        WHERE c.clinic_id = u.clinic_id AND c.status = 'active' AND c.assigned_to = u.id) AS open_conversations,
       (SELECT cl.timezone FROM clinics cl WHERE cl.id = u.clinic_id) AS timezone"""
)


async def list_kept_users(connection: Connection, clinic_id: int) -> list[DictRow]:
    """Everybody of a clinic, by name, services too."""
    statement = SQL("SELECT {} FROM users u WHERE u.clinic_id = %s ORDER BY u.name, u.id").format(_COLUMNS)
    return await (await connection.execute(statement, [clinic_id])).fetchall()


async def find_user(connection: Connection, clinic_id: int, user_id: int) -> DictRow | None:
    """A person, active or not."""
    statement = SQL("SELECT {} FROM users u WHERE u.clinic_id = %s AND u.id = %s AND u.kind = 'person'").format(
        _COLUMNS
    )
    return await (await connection.execute(statement, [clinic_id, user_id])).fetchone()


async def insert_user(
    connection: Connection, clinic_id: int, email: str, name: str, role: str, password_hash: str
) -> int | None:
    """A new user's id, or None where the address is somebody's, at whatever clinic."""
    cursor = await connection.execute(
        "INSERT INTO users (clinic_id, email, name, role, password_hash) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING id",
        [clinic_id, email, name, role, password_hash],
    )
    row = await cursor.fetchone()
    return row["id"] if row else None


async def lock_with_admins(connection: Connection, clinic_id: int, user_id: int) -> dict[int, DictRow]:
    """A person and the clinic's active admins by id, as they are when everybody before has committed, locked.

    Always in one order, so that two who change one another wait in no ring.
    """
    cursor = await connection.execute(
        "SELECT id, name, role, active, version FROM users WHERE clinic_id = %s AND (id = %s OR role = 'admin' AND active)"
        " ORDER BY id FOR NO KEY UPDATE",
        [clinic_id, user_id],
    )
    return {row["id"]: row for row in await cursor.fetchall()}


async def store_user(
    connection: Connection, clinic_id: int, user_id: int, name: str, role: str, *, active: bool
) -> None:
    """Say what a user is now."""
    await connection.execute(
        "UPDATE users SET name = %s, role = %s, active = %s WHERE clinic_id = %s AND id = %s",
        [name, role, active, clinic_id, user_id],
    )


async def store_password(connection: Connection, clinic_id: int, user_id: int, password_hash: str) -> None:
    """Give a user another password."""
    await connection.execute(
        "UPDATE users SET password_hash = %s WHERE clinic_id = %s AND id = %s", [password_hash, clinic_id, user_id]
    )


async def note_sign_in(connection: Connection, clinic_id: int, user_id: int) -> None:
    """Note that a user signs in now."""
    await connection.execute(
        "UPDATE users SET last_sign_in_at = clock_timestamp() WHERE clinic_id = %s AND id = %s", [clinic_id, user_id]
    )
