"""Media jobs in SQL: claimed under a lease, which is a due time ahead, and fenced by the number of the claim."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.db.pool import Connection, Pool

Origin = Literal["inline", "url", "evolution"]

# How often a worker may die with one job in its hands before the job is taken to be what killed it.
MOST_DEATHS = 3


@dataclass(frozen=True, slots=True)
class MediaJob:
    """A file to be fetched. `claims` is this claim's fence; `age` is as of the claim."""

    attachment_id: int
    clinic_id: int
    timezone: str
    source_id: int
    source_kind: str
    source_name: str
    api_url: str | None
    provider_id: str
    origin: Origin
    event_id: UUID | None
    url: str | None
    attempts: int
    claims: int
    age: timedelta
    last_error: str | None

    @property
    def kills(self) -> bool:
        """Whether too many workers died with it to believe in chance."""
        return self.claims - 1 - self.attempts >= MOST_DEATHS

    @property
    def askable(self) -> bool:
        """Whether Evolution was not asked yet, and can be."""
        return self.source_kind == "evolution" and self.origin != "evolution"


async def claim(pool: Pool, lease: float, *, youngest: bool) -> MediaJob | None:
    """Claim a job that is due for `lease` seconds: the longest due, or the one that fell due last."""
    async with pool.connection() as connection:
        cursor = await connection.execute(_YOUNGEST if youngest else _OLDEST, [lease], prepare=True)
        row = await cursor.fetchone()
    return None if row is None else MediaJob(**row)


_CLAIM = """
  WITH due AS MATERIALIZED (
    SELECT attachment_id FROM media_jobs WHERE due_at <= statement_timestamp()
    ORDER BY due_at {direction} LIMIT 1 FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE media_jobs j SET claims = claims + 1, due_at = clock_timestamp() + make_interval(secs => %s)
    FROM due WHERE j.attachment_id = due.attachment_id RETURNING j.*
  )
  SELECT c.attachment_id, c.clinic_id, cl.timezone, c.source_id, s.kind AS source_kind, s.name AS source_name,
    -- Links may lead to a private server that an operator named, not to one that an admin did.
    CASE WHEN NOT s.own_key_only THEN s.api_url END AS api_url,
    c.provider_id, c.origin, c.event_id, c.url, c.attempts, c.claims, clock_timestamp() - c.created_at AS age, c.last_error
  FROM claimed c JOIN sources s ON s.id = c.source_id JOIN clinics cl ON cl.id = c.clinic_id
"""
_OLDEST = _CLAIM.format(direction="ASC").encode()
_YOUNGEST = _CLAIM.format(direction="DESC").encode()


async def postpone(pool: Pool, job: MediaJob, delay: float, reason: str) -> None:
    """Have it tried again in `delay` seconds."""
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE media_jobs SET attempts = attempts + 1, last_error = %s,"
            " due_at = clock_timestamp() + make_interval(secs => %s) WHERE attachment_id = %s AND claims = %s"
            " AND origin = %s",
            [reason, delay, job.attachment_id, job.claims, job.origin],
        )


async def ask_evolution(pool: Pool, job: MediaJob, reason: str) -> None:
    """Have Evolution asked for it instead, at once, and counted anew."""
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE media_jobs SET origin = 'evolution', attempts = 0, claims = 0, last_error = %s,"
            " due_at = clock_timestamp() WHERE attachment_id = %s AND claims = %s AND origin = %s",
            [reason, job.attachment_id, job.claims, job.origin],
        )


async def remove(connection: Connection, job: MediaJob) -> bool:
    """Take a finished job away; False where it is somebody else's by now, or gone."""
    cursor = await connection.execute(
        "DELETE FROM media_jobs WHERE attachment_id = %s AND claims = %s AND origin = %s",
        [job.attachment_id, job.claims, job.origin],
    )
    return cursor.rowcount == 1


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many jobs there are, and how old the oldest is."""

    pending: int
    oldest_seconds: float


async def backlog(pool: Pool, now: datetime) -> Backlog:
    """What waits to be fetched, in every clinic."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) AS pending, min(created_at) AS oldest FROM media_jobs")
        row = await cursor.fetchone()
    if row is None or row["oldest"] is None:
        return Backlog(0, 0.0)
    return Backlog(row["pending"], max(0.0, (now - row["oldest"]).total_seconds()))
