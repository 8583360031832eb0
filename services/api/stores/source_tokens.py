"""Statements about sources' webhook tokens, by what they hash to. Each names the clinic."""

from datetime import timedelta

from shared.db.pool import Connection


async def forget_ended(connection: Connection, clinic_id: int, source_id: int) -> int:
    """Delete the former tokens that have ended; how many go on."""
    await connection.execute(
        "DELETE FROM source_former_tokens WHERE clinic_id = %s AND source_id = %s AND expires_at <= now()",
        [clinic_id, source_id],
    )
    cursor = await connection.execute(
        "SELECT count(*) AS count FROM source_former_tokens WHERE clinic_id = %s AND source_id = %s",
        [clinic_id, source_id],
    )
    row = await cursor.fetchone()
    return int(row["count"]) if row else 0


async def keep_token(connection: Connection, clinic_id: int, source_id: int, overlap: timedelta) -> None:
    """Let a source's token go on for so long after it is replaced."""
    await connection.execute(
        "INSERT INTO source_former_tokens (token_hash, clinic_id, source_id, expires_at)"
        " SELECT token_hash, clinic_id, id, now() + %s FROM sources WHERE clinic_id = %s AND id = %s",
        [overlap, clinic_id, source_id],
    )


async def put_token(connection: Connection, clinic_id: int, source_id: int, token_hash: bytes) -> None:
    """Make it a source's token."""
    await connection.execute(
        "UPDATE sources SET token_hash = %s WHERE clinic_id = %s AND id = %s", [token_hash, clinic_id, source_id]
    )


async def token_hash_of(connection: Connection, clinic_id: int, source_id: int) -> bytes | None:
    """What a source's token hashes to."""
    cursor = await connection.execute(
        "SELECT token_hash FROM sources WHERE clinic_id = %s AND id = %s", [clinic_id, source_id]
    )
    row = await cursor.fetchone()
    return None if row is None else row["token_hash"]


async def forget_former(connection: Connection, clinic_id: int, source_id: int, token_hash: bytes) -> bool:
    """End a former token at once; whether there was one."""
    cursor = await connection.execute(
        "DELETE FROM source_former_tokens WHERE clinic_id = %s AND source_id = %s AND token_hash = %s",
        [clinic_id, source_id, token_hash],
    )
    return cursor.rowcount == 1


async def shorten_former(
    connection: Connection, clinic_id: int, source_id: int, token_hash: bytes, overlap: timedelta
) -> None:
    """Let a former token end earlier than it would."""
    await connection.execute(
        "UPDATE source_former_tokens SET expires_at = least(expires_at, now() + %s)"
        " WHERE clinic_id = %s AND source_id = %s AND token_hash = %s",
        [overlap, clinic_id, source_id, token_hash],
    )
