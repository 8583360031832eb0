"""Statements about users."""

from psycopg.rows import DictRow

from shared.db.pool import Connection


async def find_login(connection: Connection, address: str) -> DictRow | None:
    """The active account of an e-mail address, of whatever clinic: signing in happens before a tenant is known."""
    cursor = await connection.execute(
        "SELECT user_id, clinic_id, name, email, role, password_hash FROM find_login(%s)", [address]
    )
    return await cursor.fetchone()


async def find_person(connection: Connection, clinic_id: int, user_id: int) -> DictRow | None:
    """An active user with their clinic."""
    cursor = await connection.execute(
        """
        SELECT u.id, u.name, u.email, u.role,
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
        "SELECT id, name, email, role, active FROM users WHERE clinic_id = %s ORDER BY name, id", [clinic_id]
    )
    return await cursor.fetchall()
