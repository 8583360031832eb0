"""Takes away what nobody will use: uploads that no message took, files that nothing refers to, halves of files."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
import structlog
from psycopg.sql import SQL

from services.queue_worker import metrics
from services.queue_worker.media.jobs import backlog
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.media.keys import media_key
from shared.media.store import MediaStore, StoreError

log = structlog.get_logger(__name__)

SWEEP_INTERVAL_SECONDS = 600.0
# From the note of a file to the reference to it pass minutes at most: two leases are over by far.
UNUSED_HOURS = 24
MOST_AT_ONCE = 500
MOST_LOOKED_AT = 5000
# While a file is being deleted a transaction stands open; Postgres ends it after 30 s.
DELETE_TIMEOUT_SECONDS = 20.0
_HALF_FILE_SECONDS = 6 * 3600.0


async def show_backlog(pool: Pool) -> None:
    """Bring the gauges up to date."""
    found = await backlog(pool, datetime.now(UTC))
    metrics.MEDIA_PENDING.set(found.pending)
    metrics.MEDIA_OLDEST.set(found.oldest_seconds)


class Sweeper:
    """Walks through all files, a stretch a round, and begins again at the end: what is used costs a look now and then."""

    def __init__(self, pool: Pool, store: MediaStore, unused_hours: float = UNUSED_HOURS) -> None:
        self._pool = pool
        self._store = store
        self._unused_seconds = unused_hours * 3600
        self._after: tuple[int, bytes] = (0, b"")

    async def sweep(self) -> None:
        """One round. Raises what the database does; a store or a disk that fails is tried again the next time round."""
        metrics.MEDIA_SWEPT.labels("upload").inc(await forget_uploads(self._pool))
        try:
            metrics.MEDIA_SWEPT.labels("incoming").inc(await self._store.clear_incoming(_HALF_FILE_SECONDS))
            metrics.MEDIA_SWEPT.labels("file").inc(await self.delete_unused())
        except (StoreError, OSError) as error:
            log.warning("media_sweep_failed", error=str(error) or type(error).__name__)

    async def delete_unused(self) -> int:
        """Delete what nothing refers to, of the next stretch; returns how many files."""
        stretch = await self._next_stretch()
        deleted = 0
        for clinic_id in sorted({clinic_id for clinic_id, _ in stretch}):
            names = [sha256 for clinic, sha256 in stretch if clinic == clinic_id]
            for sha256 in await self._unused(clinic_id, names):
                deleted += await self._delete(clinic_id, sha256)
        return deleted

    async def _next_stretch(self) -> list[tuple[int, bytes]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT clinic_id, sha256 FROM media_files WHERE (clinic_id, sha256) > (%s, %s)"
                " ORDER BY clinic_id, sha256 LIMIT %s",
                [*self._after, MOST_LOOKED_AT],
            )
            stretch = [(row["clinic_id"], row["sha256"]) for row in await cursor.fetchall()]
        self._after = stretch[-1] if len(stretch) == MOST_LOOKED_AT else (0, b"")
        return stretch

    async def _unused(self, clinic_id: int, names: Sequence[bytes]) -> list[bytes]:
        """Which of a clinic's files nothing refers to: only as the clinic the worker sees what does."""
        async with tenant_transaction(self._pool, clinic_id) as connection:
            cursor = await connection.execute(
                SQL("SELECT f.sha256 FROM media_files f WHERE f.sha256 = ANY(%b::bytea[]) AND {} LIMIT %s").format(
                    _UNUSED
                ),
                [list(names), clinic_id, self._unused_seconds, MOST_AT_ONCE],
            )
            return [row["sha256"] for row in await cursor.fetchall()]

    async def _delete(self, clinic_id: int, sha256: bytes) -> bool:
        """Delete a file while its row is held deleted: who wants to store the same one waits, and then stores it again.

        Killed after the file and before the commit, the row is there still, unused, and a later round's.
        """
        try:
            async with tenant_transaction(self._pool, clinic_id) as connection:
                cursor = await connection.execute(
                    SQL("DELETE FROM media_files f WHERE f.sha256 = %s AND {}").format(_UNUSED),
                    [sha256, clinic_id, self._unused_seconds],
                )
                if cursor.rowcount:
                    async with asyncio.timeout(DELETE_TIMEOUT_SECONDS):
                        await self._store.delete(media_key(clinic_id, sha256))
                return cursor.rowcount == 1
        except psycopg.errors.ForeignKeyViolation:
            return False  # somebody began to use it


_UNUSED = SQL(
    """f.clinic_id = %s AND f.noted_at < now() - make_interval(secs => %s)
  AND NOT EXISTS (SELECT 1 FROM message_attachments a WHERE a.clinic_id = f.clinic_id AND a.sha256 = f.sha256)"""
)


async def forget_uploads(pool: Pool) -> int:
    """Forget uploads whose time is over, a bounded number a call; returns how many."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "DELETE FROM message_attachments WHERE id IN (SELECT id FROM message_attachments WHERE message_id IS NULL"
            " AND upload_expires_at < now() ORDER BY upload_expires_at LIMIT %s FOR UPDATE SKIP LOCKED)",
            [MOST_AT_ONCE],
        )
        return cursor.rowcount
