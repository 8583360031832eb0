"""Statements about sources. Each names the clinic."""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import DictRow

from shared.db.pool import Connection
from shared.db.sources import CHANGE_SOURCE, CREATE_SOURCE

_SELECT = """
SELECT s.id, s.clinic_id, s.kind, s.name, s.active, s.state, s.state_reason, s.accepts, s.created_at, s.version,
  s.rate_per_second, s.sends_per_second, s.api_version, s.api_url, s.own_key_only,
  CASE WHEN s.state_at > '-infinity' THEN s.state_at END AS state_at,
  (SELECT max(a.last_at) FROM source_activity a WHERE a.source_id = s.id AND a.clinic_id = s.clinic_id) AS last_event_at,
  EXISTS (SELECT FROM source_secrets k WHERE k.source_id = s.id AND k.clinic_id = s.clinic_id AND k.purpose = 'api-key'
    AND (k.expires_at IS NULL OR k.expires_at > now())) AS has_api_key,
  (SELECT max(f.expires_at) FROM source_former_tokens f
    WHERE f.source_id = s.id AND f.clinic_id = s.clinic_id AND f.expires_at > now()) AS former_token_until,
  l.paused_until IS NOT NULL AS rests, CASE WHEN isfinite(l.paused_until) THEN l.paused_until END AS paused_until,
  l.reason, l.failures
FROM sources s LEFT JOIN source_sending l ON l.source_id = s.id AND l.clinic_id = s.clinic_id
"""


async def list_sources(connection: Connection, clinic_id: int, after: int | None, limit: int) -> list[DictRow]:
    """A page of the clinic's sources, in the order they were made."""
    cursor = await connection.execute(
        _SELECT + "WHERE s.clinic_id = %s AND s.id > %s ORDER BY s.id LIMIT %s", [clinic_id, after or 0, limit]
    )
    return await cursor.fetchall()


async def find_source(connection: Connection, clinic_id: int, source_id: int) -> DictRow | None:
    """A source."""
    cursor = await connection.execute(_SELECT + "WHERE s.clinic_id = %s AND s.id = %s", [clinic_id, source_id])
    return await cursor.fetchone()


async def lock_source(connection: Connection, clinic_id: int, source_id: int) -> DictRow | None:
    """A source, locked until the transaction ends."""
    cursor = await connection.execute(
        _SELECT + "WHERE s.clinic_id = %s AND s.id = %s FOR NO KEY UPDATE OF s", [clinic_id, source_id]
    )
    return await cursor.fetchone()


async def heard_of(connection: Connection, clinic_id: int, source_id: int) -> list[DictRow]:
    """What a source told of, by kind: as many rows as there are kinds that we know."""
    cursor = await connection.execute(
        "SELECT event_type, last_at, events FROM source_activity WHERE clinic_id = %s AND source_id = %s"
        " ORDER BY last_at DESC, event_type",
        [clinic_id, source_id],
    )
    return await cursor.fetchall()


async def create_source(connection: Connection, clinic_id: int, kind: str, name: str, token_hash: bytes) -> int | None:
    """A new source's id; None where the clinic has one of that kind and name."""
    values = {"clinic_id": clinic_id, "kind": kind, "name": name, "token_hash": token_hash}
    cursor = await connection.execute(CREATE_SOURCE, values)
    row = await cursor.fetchone()
    return None if row is None else row["id"]


async def change_source(connection: Connection, source: Mapping[str, Any]) -> None:
    """Make a source what its row says. Raises UniqueViolation where its name is taken."""
    await connection.execute(CHANGE_SOURCE, dict(source))
