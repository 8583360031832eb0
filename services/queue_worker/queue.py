"""The queue in Postgres: claims under a lease, completion fenced by the claim, retries, dead letters.

`docs/adr/0003` says why it is built this way, `docs/queue.md` shows the states.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from shared.db.pool import Connection, Pool


class LeaseLostError(Exception):
    """The message was taken from us meanwhile: what we did must not count."""


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message in our hands until its lease ends. `claims` is the fence, `attempt` counts from 1.

    `payload` is JSON as text: where it cannot be read, that is this message's failure and not the claim's.
    """

    id: UUID
    correlation_id: UUID
    clinic_id: int | None
    source_id: int | None
    source_kind: str | None
    source_name: str | None
    channel_kind: str | None
    accepts: list[str] | None
    timezone: str | None
    message_type: str
    payload: str
    metadata: dict[str, Any]
    attempt: int
    claims: int
    suspect: bool
    created_at: datetime


Claim = Callable[[Pool, int, float], Awaitable[list[ClaimedMessage]]]

# The candidate rows are a materialized fence: joined directly, the planner may run the LIMITed subquery more than once and
# lock more than was asked for. What n8n tells is credited to the Evolution instance that it names, or to the clinic's only
# one: both may tell of the same message, under the same id. The claim's commit does not wait for the disk: a claim that a
# power cut forgets is one that nobody can complete any more.
_CLAIM = """
WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
candidates AS MATERIALIZED ({candidates}), claimed AS (
  UPDATE message_queue q
  SET status = 'processing', processed_at = clock_timestamp(), retry_count = q.retry_count + 1, claims = q.claims + 1,
      locked_until = clock_timestamp() + make_interval(secs => %(lease)s)
  FROM candidates WHERE q.id = candidates.id
  RETURNING q.*
)
SELECT q.id, q.correlation_id, q.clinic_id, coalesce(relayed.id, q.source_id) AS source_id, s.kind AS source_kind,
       s.name AS source_name, coalesce(relayed.kind, s.kind) AS channel_kind,
       coalesce(relayed.accepts, s.accepts) AS accepts, c.timezone, q.message_type,
       coalesce(convert_from(q.raw, 'UTF8'), q.payload::text) AS payload, q.metadata, q.retry_count AS attempt, q.claims,
       q.suspect, q.created_at
FROM relaxed CROSS JOIN claimed q
LEFT JOIN sources s ON s.id = q.source_id
LEFT JOIN clinics c ON c.id = q.clinic_id
LEFT JOIN LATERAL (
  SELECT min(id) AS id, min(kind) AS kind, min(accepts) AS accepts FROM sources e
  WHERE s.kind = 'n8n' AND e.clinic_id = q.clinic_id AND e.kind = 'evolution'
    AND e.name = coalesce(q.payload ->> 'instance', e.name)
  HAVING count(*) = 1
) relayed ON true
ORDER BY q.priority DESC, q.created_at, q.id
"""
_READY = """
SELECT id FROM message_queue
WHERE status IN ('pending', 'retrying') AND scheduled_at IS NULL AND ordering_key IS NULL AND NOT suspect
ORDER BY priority DESC, created_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
# The one that was claimed least comes first: an innocent one that was in hand at several deaths is done between two of them.
_SUSPECTS = """
SELECT id FROM message_queue
WHERE status IN ('pending', 'retrying') AND scheduled_at IS NULL AND ordering_key IS NULL AND suspect
ORDER BY claims, created_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
# The oldest of each key, so that one conversation's replies leave one after the other. Source by source, jumping from one
# that has something waiting to the next: one that rests (`source_sending`) costs a look, however much waits behind it.
_WAITING = "q.ordering_key IS NOT NULL AND q.status IN ('pending', 'retrying') AND q.scheduled_at IS NULL"
_HEADS_OF_SOURCES = """
WITH RECURSIVE waiting (source_id) AS (
  (SELECT q.source_id FROM message_queue q WHERE {waiting} AND q.source_id IS NOT NULL ORDER BY q.source_id LIMIT 1)
  UNION ALL
  SELECT (SELECT q.source_id FROM message_queue q WHERE {waiting} AND q.source_id > w.source_id ORDER BY q.source_id LIMIT 1)
  FROM waiting w WHERE w.source_id IS NOT NULL
), heads AS MATERIALIZED (
  SELECT head.id FROM waiting w CROSS JOIN LATERAL (
    SELECT q.id FROM message_queue q
    WHERE q.source_id = w.source_id AND {waiting} AND {lane} AND NOT EXISTS (
      SELECT 1 FROM message_queue earlier
      WHERE earlier.ordering_key = q.ordering_key AND (earlier.created_at, earlier.id) < (q.created_at, q.id)
    )
    ORDER BY q.priority DESC, q.created_at, q.id LIMIT %(limit)s + {neighbours}
  ) AS head WHERE w.source_id IS NOT NULL {open}
)
SELECT q.id FROM message_queue q WHERE q.id = ANY(ARRAY(SELECT id FROM heads)) AND {waiting}
ORDER BY q.priority DESC, q.created_at, q.id LIMIT %(limit)s FOR UPDATE OF q SKIP LOCKED
"""
# A line that WhatsApp opened after it was sent to rest is open.
_OPEN = """AND NOT EXISTS (
    SELECT 1 FROM source_sending p JOIN sources s ON s.id = p.source_id
    WHERE p.source_id = w.source_id AND (p.paused_until > statement_timestamp()
        AND NOT (s.state = 'open' AND s.state_at > p.paused_at)
      OR p.next_at > statement_timestamp() + make_interval(secs => greatest(0, 1 - 1 / coalesce(s.sends_per_second, 1e9))))
  )"""
# How many others may be claiming at the same moment: what they hold is passed over.
_NEIGHBOURS = 32
_HEADS = _HEADS_OF_SOURCES.format(waiting=_WAITING, lane="q.priority >= 0", neighbours=_NEIGHBOURS, open=_OPEN)
# Signals are claimed whatever the line does: what cannot be told now is not worth telling.
_SIGNALS = _HEADS_OF_SOURCES.format(waiting=_WAITING, lane="q.priority < 0", neighbours=_NEIGHBOURS, open="")


async def claim_batch(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim up to `limit` ready messages for `lease` seconds: the batch form of get_next_queue_message()."""
    return await _claim(pool, _READY, limit, lease)


async def claim_suspects(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim messages whose workers died. One at a time, so that a killer among them kills nobody else's work again."""
    return await _claim(pool, _SUSPECTS, limit, lease)


async def claim_heads(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim the oldest message of up to `limit` ordering keys, of sources that may send now."""
    return await _claim(pool, _HEADS, limit, lease)


async def claim_signals(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim up to `limit` signs of typing or reading."""
    return await _claim(pool, _SIGNALS, limit, lease)


async def _claim(pool: Pool, candidates: str, limit: int, lease: float) -> list[ClaimedMessage]:
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(ClaimedMessage)) as cursor:
        await cursor.execute(
            _CLAIM.format(candidates=candidates).encode(), {"limit": limit, "lease": lease}, prepare=True
        )
        return await cursor.fetchall()


async def complete(connection: Connection, messages: Sequence[ClaimedMessage]) -> None:
    """Remove done messages, in the transaction of their effects. Raises LeaseLostError where one is no longer ours.

    What is being worked is told by what it is not: the words of the leases' index would have it read whole, dead entries
    included, where the statistics are of a moment when nothing was in hand.
    """
    cursor = await connection.execute(
        "DELETE FROM message_queue q USING unnest(%b::uuid[], %b::integer[]) AS mine (id, claims)"
        " WHERE q.id = mine.id AND q.claims = mine.claims AND q.status NOT IN ('pending', 'retrying')",
        [[message.id for message in messages], [message.claims for message in messages]],
        prepare=True,
    )
    if cursor.rowcount != len(messages):
        raise LeaseLostError


async def remove(connection: Connection, message: ClaimedMessage) -> None:
    """Remove a message whose work is done for good, whoever holds it by now."""
    await connection.execute("DELETE FROM message_queue WHERE id = %s", [message.id])


async def renew(connection: Connection, message: ClaimedMessage, lease: float) -> None:
    """Hold a message for `lease` seconds from now. Raises LeaseLostError where it is no longer ours."""
    cursor = await connection.execute(
        "UPDATE message_queue SET locked_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND claims = %s AND status = 'processing'",
        [lease, message.id, message.claims],
    )
    if cursor.rowcount != 1:
        raise LeaseLostError


async def retry_later(pool: Pool, messages: Sequence[ClaimedMessage], delay: float, *, counts: bool) -> int:
    """Give messages back, to be claimed again after `delay` seconds; returns how many were still ours."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "UPDATE message_queue q SET status = 'retrying', locked_until = NULL, retry_count = q.retry_count - %s,"
            " scheduled_at = CASE WHEN %s > 0 THEN clock_timestamp() + make_interval(secs => %s) END"
            " FROM unnest(%b::uuid[], %b::integer[]) AS mine (id, claims)"
            " WHERE q.id = mine.id AND q.claims = mine.claims AND q.status = 'processing'",
            [
                0 if counts else 1,
                delay,
                delay,
                [message.id for message in messages],
                [message.claims for message in messages],
            ],
        )
        return cursor.rowcount


async def bury(connection: Connection, message: ClaimedMessage, error: str, error_class: str) -> None:
    """Move a message to the dead letters, in one statement. Raises LeaseLostError where it is no longer ours."""
    cursor = await connection.execute(
        """
        WITH gone AS (
          DELETE FROM message_queue WHERE id = %(id)s AND claims = %(claims)s AND status = 'processing' RETURNING *
        )
        INSERT INTO failed_messages AS f (original_message_id, correlation_id, clinic_id, source_id, message_type, payload,
          raw, error_message, error_class, failure_count, history, metadata)
        SELECT id, correlation_id, clinic_id, source_id, message_type, payload, raw, %(error)s, %(error_class)s, retry_count,
          jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'event', 'dead', 'error', %(error)s::text)), metadata
        FROM gone
        ON CONFLICT (original_message_id) DO UPDATE SET state = 'dead', error_message = excluded.error_message,
          error_class = excluded.error_class, failure_count = f.failure_count + excluded.failure_count,
          history = f.history || excluded.history, updated_at = clock_timestamp()
        """,
        {"id": message.id, "claims": message.claims, "error": error, "error_class": error_class},
    )
    if cursor.rowcount != 1:
        raise LeaseLostError


async def wake(pool: Pool, message_id: UUID) -> None:
    """Make a message claimable that was given back to wait."""
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE message_queue SET scheduled_at = NULL WHERE id = %s AND status = 'retrying'", [message_id]
        )


async def wake_send(connection: Connection, conversation_id: int, message_id: int) -> None:
    """End the wait of a reply whose outcome is known now, and its conversation's with it."""
    await connection.execute(
        "UPDATE message_queue SET scheduled_at = NULL WHERE ordering_key = %s AND scheduled_at IS NOT NULL"
        " AND status = 'retrying' AND payload ->> 'message_id' = %s",
        [f"conversation:{conversation_id}", str(message_id)],
    )


async def promote_scheduled(pool: Pool) -> int:
    """Make messages claimable whose time has come; returns how many."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT promote_scheduled_messages() AS promoted")
        row = await cursor.fetchone()
        return int(row["promoted"]) if row else 0


async def take_back_expired(pool: Pool) -> int:
    """Take messages back from workers that died or stalled; returns how many. They are suspects from then on.

    A death among others proves nothing and costs no attempt; one that was alone in hand has spent its own.
    """
    async with pool.connection() as connection:
        cursor = await connection.execute(
            """
            WITH expired AS MATERIALIZED (
              SELECT id FROM message_queue WHERE status = 'processing' AND locked_until < statement_timestamp()
              ORDER BY locked_until LIMIT 1000 FOR UPDATE SKIP LOCKED
            )
            UPDATE message_queue q SET status = 'retrying', suspect = true, locked_until = NULL,
              retry_count = CASE WHEN q.suspect OR q.ordering_key IS NOT NULL THEN q.retry_count ELSE q.retry_count - 1 END
            FROM expired WHERE q.id = expired.id
            """
        )
        return cursor.rowcount


async def remember(pool: Pool, message: ClaimedMessage, key: str, value: object) -> None:
    """Write a note on a message that outlives us, and is there when it is claimed again."""
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE message_queue SET metadata = metadata || %s WHERE id = %s AND claims = %s",
            [Jsonb({key: value}), message.id, message.claims],
        )


async def depths(pool: Pool) -> dict[str, int]:
    """How many messages are in each state, and dead."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT status, count(*) AS depth FROM message_queue GROUP BY status"
            " UNION ALL SELECT 'dead', count(*) FROM failed_messages WHERE state = 'dead'"
            " UNION ALL SELECT 'outbox', count(*) FROM outbox"
        )
        return {row["status"]: row["depth"] for row in await cursor.fetchall()}
