"""Statements about sources' sealed secrets. Each names the clinic."""

from psycopg.rows import DictRow

from shared.db.pool import Connection


async def valid_secrets(connection: Connection, clinic_id: int, source_id: int, purpose: str) -> list[DictRow]:
    """Those that are valid now, the newest first."""
    cursor = await connection.execute(
        "SELECT id, sealed FROM source_secrets WHERE clinic_id = %s AND source_id = %s AND purpose = %s"
        " AND (expires_at IS NULL OR expires_at > now()) ORDER BY id DESC",
        [clinic_id, source_id, purpose],
    )
    return await cursor.fetchall()


async def end_secrets(connection: Connection, clinic_id: int, source_id: int, purpose: str) -> int:
    """End all of a purpose; how many were valid."""
    cursor = await connection.execute(
        "UPDATE source_secrets SET expires_at = now() WHERE clinic_id = %s AND source_id = %s AND purpose = %s"
        " AND (expires_at IS NULL OR expires_at > now())",
        [clinic_id, source_id, purpose],
    )
    return cursor.rowcount


async def add_secret(connection: Connection, clinic_id: int, source_id: int, purpose: str, sealed: bytes) -> None:
    """Another one."""
    await connection.execute(
        "INSERT INTO source_secrets (clinic_id, source_id, purpose, sealed) VALUES (%s, %s, %s, %s)",
        [clinic_id, source_id, purpose, sealed],
    )
