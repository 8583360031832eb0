"""What the store holds, in SQL. A file is noted before it is stored, so that none can be there unknown."""

from shared.db.pool import Connection


async def note_file(connection: Connection, clinic_id: int, sha256: bytes, size: int) -> None:
    """Note that a file is about to be stored. Waits for whoever is deleting the same one."""
    await connection.execute(
        "INSERT INTO media_files (clinic_id, sha256, size) VALUES (%s, %s, %s)"
        " ON CONFLICT (clinic_id, sha256) DO UPDATE SET noted_at = clock_timestamp()",
        [clinic_id, sha256, size],
    )
