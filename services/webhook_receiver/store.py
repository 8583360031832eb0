"""What the receiver reads from Postgres: whom a token belongs to, how fast that one may send and how it signs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import DictRow

from shared.db.pool import Pool


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """What a source signs with, as it lies in the database."""

    purpose: str
    sealed: bytes
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Source:
    """An Evolution instance or an integration, and the clinic whose it is. Without secrets it need not sign."""

    id: int
    clinic_id: int
    kind: str
    token_hash: bytes
    rate_per_second: int | None = None
    secrets: tuple[SealedSecret, ...] = ()
    # Of a former token: when it ends. A source is there once for each token that names it.
    token_until: datetime | None = None


async def all_sources(pool: Pool) -> list[Source]:
    """Every active source, once for each of its tokens."""
    return await _sources(pool, "true", [])


async def source_by_token_hash(pool: Pool, token_hash: bytes) -> Source | None:
    """The active source with that token."""
    found = await _sources(pool, "t.token_hash = %s", [token_hash])
    return found[0] if found else None


async def _sources(pool: Pool, condition: str, parameters: list[Any]) -> list[Source]:
    async with pool.connection() as connection:
        cursor = await connection.execute(
            f"""
            SELECT s.id, s.clinic_id, s.kind, t.token_hash, t.token_until, s.rate_per_second,
              x.purposes, x.sealed, x.expiries
            FROM (
              SELECT id AS source_id, clinic_id, token_hash, NULL::timestamptz AS token_until FROM sources
              UNION ALL
              SELECT source_id, clinic_id, token_hash, expires_at FROM source_former_tokens WHERE expires_at > now()
            ) AS t JOIN sources AS s ON s.id = t.source_id AND s.clinic_id = t.clinic_id LEFT JOIN LATERAL (
              SELECT array_agg(purpose ORDER BY id DESC) AS purposes, array_agg(sealed ORDER BY id DESC) AS sealed,
                array_agg(expires_at ORDER BY id DESC) AS expiries
              FROM source_secrets
              WHERE source_id = s.id AND clinic_id = s.clinic_id AND purpose IN ('evolution-jwt', 'standard-webhooks')
                AND (expires_at IS NULL OR expires_at > now())
            ) AS x ON true
            WHERE s.active AND {condition}
            """.encode(),  # noqa: S608 - one of the two conditions above
            parameters,
        )
        return [_source(row) for row in await cursor.fetchall()]


def _source(row: DictRow) -> Source:
    secrets = zip(row["purposes"] or (), row["sealed"] or (), row["expiries"] or (), strict=True)
    return Source(
        id=row["id"],
        clinic_id=row["clinic_id"],
        kind=row["kind"],
        token_hash=row["token_hash"],
        rate_per_second=row["rate_per_second"],
        secrets=tuple(SealedSecret(*secret) for secret in secrets),
        token_until=row["token_until"],
    )
