"""What the receiver reads from Postgres: whom a token belongs to."""

from dataclasses import dataclass

from psycopg.rows import class_row

from shared.db.pool import Pool


@dataclass(frozen=True, slots=True)
class Source:
    """An Evolution instance or an integration, and the clinic whose it is."""

    id: int
    clinic_id: int
    kind: str
    token_hash: bytes


async def all_sources(pool: Pool) -> list[Source]:
    """Every active source."""
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(Source)) as cursor:
        await cursor.execute("SELECT id, clinic_id, kind, token_hash FROM sources WHERE active")
        return await cursor.fetchall()


async def source_by_token_hash(pool: Pool, token_hash: bytes) -> Source | None:
    """The active source with that token."""
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(Source)) as cursor:
        await cursor.execute(
            "SELECT id, clinic_id, kind, token_hash FROM sources WHERE token_hash = %s AND active", [token_hash]
        )
        return await cursor.fetchone()
