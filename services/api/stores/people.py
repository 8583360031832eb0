"""Statements about users."""

from collections.abc import Collection

from psycopg.rows import DictRow

from shared.db.pool import Connection


async def find_login(connection: Connection, address: str) -> DictRow | None:
    """The active account of an e-mail address, of whatever clinic: signing in happens before a tenant is known."""
    cursor = await connection.execute(
        "SELECT user_id, clinic_id, name, email, role, password_hash, statement_timestamp() AS asked_at"
        " FROM find_login(%s)",
        [address],
    )
    return await cursor.fetchone()


async def find_person(connection: Connection, clinic_id: int, user_id: int) -> DictRow | None:
    """An active user with their clinic, and since when their sessions count."""
    cursor = await connection.execute(
        """
        SELECT u.id, u.name, u.email, u.role, u.sessions_valid_from, clock_timestamp() AS now,
               cl.id AS clinic_id, cl.slug AS clinic_slug, cl.name AS clinic_name, cl.timezone
        FROM users u JOIN clinics cl ON cl.id = u.clinic_id
        WHERE u.clinic_id = %s AND u.id = %s AND u.active
        """,
        [clinic_id, user_id],
    )
    return await cursor.fetchone()


async def list_users(connection: Connection, clinic_id: int) -> list[DictRow]:
    """Everybody of a clinic, by name."""
    cursor = await connection.execute(
        "SELECT id, name, email, role, active, kind FROM users WHERE clinic_id = %s ORDER BY name, id", [clinic_id]
    )
    return await cursor.fetchall()


async def keep_people(connection: Connection, clinic_id: int, user_ids: Collection[int]) -> dict[int, DictRow]:
    """Users of the clinic by id, who stay as they are until the transaction ends. Others are not found."""
    cursor = await connection.execute(
        "SELECT id, name, role, active FROM users WHERE clinic_id = %s AND id = ANY(%b::bigint[]) ORDER BY id FOR SHARE",
        [clinic_id, sorted(user_ids)],
    )
    return {row["id"]: row for row in await cursor.fetchall()}


async def end_sessions(connection: Connection, clinic_id: int, user_id: int) -> DictRow:
    """Let no session of the user count that began before the next second."""
    cursor = await connection.execute(
        "UPDATE users SET sessions_valid_from = date_trunc('second', clock_timestamp()) + interval '1 second'"
        " WHERE clinic_id = %s AND id = %s RETURNING sessions_valid_from, clock_timestamp() AS now",
        [clinic_id, user_id],
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError("the session's user was there when the transaction began and is gone")
    return row
