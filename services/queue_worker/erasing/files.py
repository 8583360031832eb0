"""Files of what is deleted: out of the store as well, unless somebody else has the same one."""

import asyncio
from collections.abc import Sequence

import psycopg

from shared.db.pool import Connection
from shared.media.keys import media_key
from shared.media.store import MediaStore

# While files are being deleted a transaction stands open; Postgres ends it after 30 s.
DELETE_TIMEOUT_SECONDS = 20.0


async def delete_files(connection: Connection, store: MediaStore, clinic_id: int, names: Sequence[bytes]) -> int:
    """Delete those that nothing refers to any more; returns how many. Raises StoreError or TimeoutError.

    Killed after a file and before the commit, its row is there still, and the next attempt deletes both.
    """
    deleted = 0
    async with asyncio.timeout(DELETE_TIMEOUT_SECONDS):
        for name in names:
            if await _forget(connection, clinic_id, name):
                await store.delete(media_key(clinic_id, name))
                deleted += 1
    return deleted


async def _forget(connection: Connection, clinic_id: int, name: bytes) -> bool:
    try:
        async with connection.transaction():
            cursor = await connection.execute(
                "DELETE FROM media_files f WHERE f.clinic_id = %s AND f.sha256 = %s AND NOT EXISTS"
                " (SELECT FROM message_attachments a WHERE a.clinic_id = f.clinic_id AND a.sha256 = f.sha256)",
                [clinic_id, name],
            )
            return cursor.rowcount == 1
    except psycopg.errors.ForeignKeyViolation:
        return False  # somebody began to use it
