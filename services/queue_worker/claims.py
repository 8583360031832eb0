"""Claims: messages taken in hand under a lease, whichever kind they are of, so that nobody else works them meanwhile."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from services.queue_worker.identity import WORKER_ID
from shared.db.pool import Pool
from shared.tracing.context import TraceHeaders, context_of


class LeaseLostError(Exception):
    """The message was taken from us meanwhile: what we did must not count."""


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """A message in our hands until its lease ends. `claims` is the fence, `attempt` counts from 1. `posted_by` is the source
    that told it, `source_id` the one it is credited to.

    `payload` is JSON as text: where it cannot be read, that is this message's failure and not the claim's.
    """

    id: UUID
    correlation_id: UUID
    clinic_id: int | None
    posted_by: int | None
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

    @property
    def trace(self) -> TraceHeaders:
        """The trace that it came in, or else the one of its correlation id."""
        return context_of(self.metadata.get("trace"), self.correlation_id)


Claim = Callable[[Pool, int, float], Awaitable[list[ClaimedMessage]]]

# One that died with its worker twice, alone in hand, is what kills them.
DEATHS_ALONE = 2

# The candidate rows are a materialized fence: joined directly, the planner may run the LIMITed subquery more than once and
# lock more than was asked for. They are found again by an array: a join with however many of them may be planned, while the
# queue is empty, as a scan of the whole table, and that plan is kept. What n8n tells is credited to the Evolution instance
# that it names, or to the clinic's only one: both may tell of the same message, under the same id. The claim's commit does
# not wait for the disk: a claim that a power cut forgets is one that nobody can complete any more.
_CLAIM = """
WITH relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
candidates AS MATERIALIZED ({candidates}), claimed AS (
  UPDATE message_queue q
  SET status = 'processing', processed_at = clock_timestamp(), retry_count = q.retry_count + 1, claims = q.claims + 1,
      locked_until = clock_timestamp() + make_interval(secs => %(lease)s), locked_by = '{worker}'
  WHERE q.id = ANY (ARRAY(SELECT id FROM candidates))
  RETURNING q.*
)
SELECT q.id, q.correlation_id, q.clinic_id, q.source_id AS posted_by, coalesce(relayed.id, q.source_id) AS source_id,
       s.kind AS source_kind, s.name AS source_name, coalesce(relayed.kind, s.kind) AS channel_kind,
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
""".replace("{worker}", WORKER_ID)
# Pauses are read once a claim, whatever inserted or gave back a row meanwhile. Housekeeping parks what is paused, so that
# a claim does not look at it again and again.
_PAUSED = """(
  coalesce({row}.clinic_id = ANY (ARRAY(
    SELECT p.clinic_id FROM queue_pauses p WHERE p.kind = '{kind}' AND p.source_id IS NULL)), false)
  OR coalesce({row}.source_id = ANY (ARRAY(
    SELECT p.source_id FROM queue_pauses p WHERE p.kind = '{kind}' AND p.source_id IS NOT NULL)), false)
)"""
_EVENTS_PAUSED = _PAUSED.format(row="message_queue", kind="events")
_WAITING_EVENT = (
    "status IN ('pending', 'retrying') AND scheduled_at IS NULL AND ordering_key IS NULL AND NOT suspect"
    f" AND NOT {_EVENTS_PAUSED}"
)
_READY = f"""
SELECT id FROM message_queue WHERE {_WAITING_EVENT}
ORDER BY priority DESC, created_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - made of constants
_READY_FROM = f"""
SELECT id FROM message_queue WHERE {_WAITING_EVENT} AND priority = 0 AND created_at >= %(floor)s
ORDER BY created_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - made of constants
# The one that was claimed least comes first: an innocent one that was in hand at several deaths is done between two of them.
_SUSPECTS = f"""
SELECT id FROM message_queue
WHERE status IN ('pending', 'retrying') AND scheduled_at IS NULL AND ordering_key IS NULL AND suspect
  AND NOT {_EVENTS_PAUSED}
ORDER BY claims, created_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - made of constants
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
    WHERE q.source_id = w.source_id AND {waiting} AND {lane} AND NOT {paused} AND NOT EXISTS (
      SELECT 1 FROM message_queue earlier
      WHERE earlier.ordering_key = q.ordering_key AND (earlier.created_at, earlier.id) < (q.created_at, q.id)
    )
    ORDER BY q.priority DESC, q.created_at, q.id LIMIT %(limit)s + {neighbours}
  ) AS head WHERE w.source_id IS NOT NULL {open}
)
SELECT q.id FROM message_queue q WHERE q.id = ANY(ARRAY(SELECT id FROM heads)) AND {waiting}
ORDER BY q.priority DESC, q.created_at, q.id LIMIT %(limit)s FOR UPDATE OF q SKIP LOCKED
"""
_KILLED = """
SELECT id FROM message_queue WHERE killed IS NOT NULL AND status <> 'processing'
ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
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
_SENDS = {"waiting": _WAITING, "neighbours": _NEIGHBOURS, "paused": _PAUSED.format(row="q", kind="sends")}
_HEADS = _HEADS_OF_SOURCES.format(lane="q.priority >= 0", open=_OPEN, **_SENDS)
# Signals are claimed whatever the line does: what cannot be told now is not worth telling.
_SIGNALS = _HEADS_OF_SOURCES.format(lane="q.priority < 0", open="", **_SENDS)


async def claim_batch(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim up to `limit` ready messages for `lease` seconds: the batch form of get_next_queue_message()."""
    return await claim_candidates(pool, _READY, limit, lease)


async def claim_batch_from(pool: Pool, limit: int, lease: float, floor: datetime) -> list[ClaimedMessage]:
    """Claim ready messages of ordinary priority that are not older than `floor`, past whatever is dead before it."""
    return await claim_candidates(pool, _READY_FROM, limit, lease, floor=floor)


async def claim_suspects(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim messages whose workers died. One at a time, so that a killer among them kills nobody else's work again."""
    return await claim_candidates(pool, _SUSPECTS, limit, lease)


async def claim_heads(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim the oldest message of up to `limit` ordering keys, of sources that may send now."""
    return await claim_candidates(pool, _HEADS, limit, lease)


async def claim_signals(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim up to `limit` signs of typing or reading."""
    return await claim_candidates(pool, _SIGNALS, limit, lease)


async def claim_killed(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim messages that an operator wants among the dead letters."""
    return await claim_candidates(pool, _KILLED, limit, lease)


def killed_its_workers(message: ClaimedMessage) -> bool:
    """Whether workers died with this message alone in hand, so often that it must be its fault."""
    return message.suspect and int(message.metadata.get("deaths", 0)) >= DEATHS_ALONE


async def claim_candidates(
    pool: Pool, candidates: str, limit: int, lease: float, **more: object
) -> list[ClaimedMessage]:
    """Claim what a query of ids finds and locks; it is one of this service's own."""
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(ClaimedMessage)) as cursor:
        await cursor.execute(
            _CLAIM.format(candidates=candidates).encode(),
            {"limit": limit, "lease": lease, **more},
            prepare=True,
        )
        return await cursor.fetchall()
