"""Which database entries are of: one that was restored, or promoted after it lost commits, is another one.

Entries of another are never seen. Were they, a database put back to yesterday would be shown as it was today.
"""

import asyncio

import psycopg
import structlog
from psycopg_pool import PoolTimeout, TooManyRequests

from services.api.cache.link import AwayError
from shared.db.pool import Pool

LOOK_SECONDS = 5.0
FIRST_LOOK_SECONDS = 0.2

log = structlog.get_logger(__name__)


class Scope:
    """Names the database, once it has been asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._name: str | None = None

    @property
    def known(self) -> bool:
        """Whether the database has said which it is."""
        return self._name is not None

    def field(self, clinic_id: int, variant: str = "") -> str:
        """Where a clinic's entry is under a key. Ids name keys, so a client can ask for any; it gets its own clinic's field.

        Raises AwayError as long as the database has not said which it is.
        """
        if self._name is None:
            raise AwayError
        return f"{self._name}:{clinic_id}:{variant}"

    async def run(self) -> None:
        """Ask now and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS if self._name else FIRST_LOOK_SECONDS)

    async def look(self) -> None:
        """Ask. While it does not answer, nobody is answered from it, and its entries stay."""
        try:
            async with self._pool.connection(timeout=1.0) as connection:
                cursor = await connection.execute(
                    "SELECT s.system_identifier, c.timeline_id, d.oid FROM pg_control_system() s, pg_control_checkpoint() c,"
                    " pg_database d WHERE d.datname = current_database()"
                )
                row = await cursor.fetchone()
        except (psycopg.OperationalError, PoolTimeout, TooManyRequests) as error:
            log.info("cache_scope_unknown", error=type(error).__name__)
            return
        if row is not None:
            self._name = f"{row['system_identifier']:x}.{row['timeline_id']}.{row['oid']}"
