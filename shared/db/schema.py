"""Whether the database has the schema that this code was written for: what came before it could only fail at its work."""

import asyncio

import psycopg
import structlog

from shared.db.pool import Pool

log = structlog.get_logger(__name__)

# The newest revision in `migrations/versions`, which a test compares.
REVISION = "0022"
LOOK_SECONDS = 1.0


class SchemaBehindError(Exception):
    """The database has not been migrated as far as this code needs. A newer one is as good: it only has more."""


async def check_schema(pool: Pool) -> None:
    """Raises SchemaBehindError, or psycopg's error where Postgres does not answer."""
    try:
        async with pool.connection() as connection:
            cursor = await connection.execute("SELECT version_num FROM alembic_version")
            row = await cursor.fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege) as error:
        raise SchemaBehindError(_behind("an older one")) from error
    if row is None or row["version_num"] < REVISION:
        raise SchemaBehindError(_behind("none" if row is None else row["version_num"]))


async def await_schema(pool: Pool) -> None:
    """Return once the database has it; until then say in the log what is missing."""
    while True:
        try:
            return await check_schema(pool)
        except (SchemaBehindError, psycopg.Error) as error:
            log.warning("schema_awaited", error=str(error))
        await asyncio.sleep(LOOK_SECONDS)


def _behind(found: str) -> str:
    return f"the database has revision {found}, and {REVISION} is needed: run `python -m shared.db.migrate`"
