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

from services.queue_worker import metrics
from services.queue_worker.dead_letters import Reason, fingerprint, reason_of, references
from services.queue_worker.identity import CODE_VERSION, WORKER_ID
from shared.db.pool import Connection, Pool


class LeaseLostError(Exception):
    """The message was taken from us meanwhile: what we did must not count."""


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """What an attempt failed of: never the values it failed on."""

    error: str
    error_class: str


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

# One that died with its worker twice, alone in hand, is what kills them.
DEATHS_ALONE = 2
KEPT_HISTORY = 100

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


# By the primary key whatever the statistics say: what is in hand is told by what it is not, because the words of the leases'
# index would have all of that index read, dead entries included.
_COMPLETE = """
DELETE FROM message_queue q USING unnest(%(ids)b::uuid[], %(claims)b::integer[]) AS mine (id, claims)
WHERE q.id = mine.id AND q.claims = mine.claims AND q.status NOT IN ('pending', 'retrying')
"""


async def claim_batch(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim up to `limit` ready messages for `lease` seconds: the batch form of get_next_queue_message()."""
    return await _claim(pool, _READY, limit, lease)


async def claim_batch_from(pool: Pool, limit: int, lease: float, floor: datetime) -> list[ClaimedMessage]:
    """Claim ready messages of ordinary priority that are not older than `floor`, past whatever is dead before it."""
    return await _claim(pool, _READY_FROM, limit, lease, floor=floor)


async def claim_suspects(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim messages whose workers died. One at a time, so that a killer among them kills nobody else's work again."""
    return await _claim(pool, _SUSPECTS, limit, lease)


async def claim_heads(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim the oldest message of up to `limit` ordering keys, of sources that may send now."""
    return await _claim(pool, _HEADS, limit, lease)


async def claim_signals(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim up to `limit` signs of typing or reading."""
    return await _claim(pool, _SIGNALS, limit, lease)


async def claim_killed(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim messages that an operator wants among the dead letters."""
    return await _claim(pool, _KILLED, limit, lease)


def killed_its_workers(message: ClaimedMessage) -> bool:
    """Whether workers died with this message alone in hand, so often that it must be its fault."""
    return message.suspect and int(message.metadata.get("deaths", 0)) >= DEATHS_ALONE


async def _claim(pool: Pool, candidates: str, limit: int, lease: float, **more: object) -> list[ClaimedMessage]:
    async with pool.connection() as connection, connection.cursor(row_factory=class_row(ClaimedMessage)) as cursor:
        await cursor.execute(
            _CLAIM.format(candidates=candidates).encode(),
            {"limit": limit, "lease": lease, **more},
            prepare=True,
        )
        return await cursor.fetchall()


async def complete(connection: Connection, messages: Sequence[ClaimedMessage]) -> None:
    """Remove done messages, in the transaction of their effects. Raises LeaseLostError where one is no longer ours."""
    values = {"ids": [message.id for message in messages], "claims": [message.claims for message in messages]}
    cursor = await connection.execute(_COMPLETE.encode(), values, prepare=True)
    if cursor.rowcount != len(messages):
        raise LeaseLostError
    await _settle_replays(connection, messages)


async def remove(connection: Connection, message: ClaimedMessage) -> None:
    """Remove a message whose work is done for good, whoever holds it by now."""
    await connection.execute("DELETE FROM message_queue WHERE id = %s", [message.id])
    await _settle_replays(connection, [message])


async def _settle_replays(connection: Connection, messages: Sequence[ClaimedMessage]) -> None:
    """Dead letters whose work is done now: they are so in the same transaction, or not at all."""
    replayed = [message.metadata["replay_of"] for message in messages if "replay_of" in message.metadata]
    if not replayed:
        return
    await connection.execute(
        """
        WITH done AS (
          UPDATE failed_messages SET state = 'replayed', version = version + 1, expires_at = NULL,
            updated_at = clock_timestamp(), history = append_bounded(history,
              jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'event', 'replayed')), %s)
          WHERE id = ANY(%b::bigint[]) AND state = 'replaying' RETURNING id
        )
        UPDATE replay_items i SET state = 'succeeded' FROM done WHERE i.failed_id = done.id AND i.state = 'released'
        """,
        [KEPT_HISTORY, replayed],
    )


async def renew(connection: Connection, message: ClaimedMessage, lease: float) -> None:
    """Hold a message for `lease` seconds from now. Raises LeaseLostError where it is no longer ours."""
    cursor = await connection.execute(
        "UPDATE message_queue SET locked_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND claims = %s AND status = 'processing'",
        [lease, message.id, message.claims],
    )
    if cursor.rowcount != 1:
        raise LeaseLostError


async def retry_later(
    pool: Pool,
    messages: Sequence[ClaimedMessage],
    delay: float,
    *,
    counts: bool,
    failed: FailedAttempt | None = None,
) -> int:
    """Give messages back, to be claimed again after `delay` seconds; returns how many were still ours."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            """
            UPDATE message_queue q SET status = 'retrying', locked_until = NULL, retry_count = q.retry_count - %(unspent)s,
              scheduled_at = CASE WHEN %(delay)s > 0 THEN clock_timestamp() + make_interval(secs => %(delay)s) END,
              metadata = CASE WHEN %(error)s::text IS NULL THEN q.metadata
                ELSE q.metadata || jsonb_build_object('attempts', append_bounded(q.metadata -> 'attempts', {attempt})) END
            FROM unnest(%(ids)b::uuid[], %(claims)b::integer[]) AS mine (id, claims)
            WHERE q.id = mine.id AND q.claims = mine.claims AND q.status = 'processing'
            """.replace("{attempt}", _attempt("q")).encode(),
            {
                "unspent": 0 if counts else 1,
                "delay": delay,
                "ids": [message.id for message in messages],
                "claims": [message.claims for message in messages],
                "error": failed and failed.error,
                "error_class": failed and failed.error_class,
                "worker": WORKER_ID,
            },
        )
        return cursor.rowcount


def _attempt(row: str) -> str:
    """SQL of one entry of `attempts`: the attempt that began with the claim and failed now."""
    return (
        "jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'duration_ms',"
        f" round(extract(epoch FROM clock_timestamp() - {row}.processed_at) * 1000),"
        " 'error', %(error)s::text, 'error_class', %(error_class)s::text, 'worker', %(worker)s::text))"
    )


_BURY = f"""
WITH gone AS (
  DELETE FROM message_queue WHERE id = %(id)s AND claims = %(claims)s AND status = 'processing' RETURNING *
), issue AS (
  INSERT INTO dead_letter_issues AS i (clinic_id, fingerprint, message_type, error_message)
  SELECT clinic_id, %(fingerprint)s, message_type, %(error)s FROM gone WHERE clinic_id IS NOT NULL
  ON CONFLICT (clinic_id, fingerprint) DO UPDATE SET last_seen_at = clock_timestamp(),
    state = CASE WHEN i.state = 'resolved' THEN 'open' ELSE i.state END
  RETURNING (xmax = 0) AS fresh, coalesce(discard_until > clock_timestamp(), false) AS unwanted
), buried AS (
  INSERT INTO failed_messages AS f (original_message_id, correlation_id, clinic_id, source_id, message_type, payload, raw,
    error_message, error_class, failure_count, state, history, metadata, attempts, headers, reason, fingerprint, source_kind,
    source_name, provider_id, conversation_ref, ordering_key, payload_size, payload_sha256, code_version, first_seen_at)
  SELECT gone.id, correlation_id, clinic_id, source_id, message_type, payload, raw, %(error)s, %(error_class)s, retry_count,
    CASE WHEN issue.unwanted THEN 'discarded' ELSE 'dead' END,
    jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('at', clock_timestamp(), 'event',
      CASE WHEN issue.unwanted THEN 'discarded' ELSE 'dead' END, 'error', %(error)s::text, 'by', killed ->> 'by',
      'reason', CASE WHEN issue.unwanted THEN 'its kind is discarded by itself' ELSE killed ->> 'reason' END))),
    metadata - ARRAY['attempts', 'headers', 'replay_of', 'deaths', 'awaited_echo', 'looked'],
    append_bounded(metadata -> 'attempts', {_attempt("gone")}), coalesce(metadata -> 'headers', '{{}}'), %(reason)s,
    %(fingerprint)s, %(source_kind)s, %(source_name)s, %(provider_id)s, %(conversation)s, ordering_key,
    octet_length(coalesce(raw, convert_to(payload::text, 'UTF8'))),
    encode(sha256(coalesce(raw, convert_to(payload::text, 'UTF8'))), 'hex'), %(code_version)s, created_at
  FROM gone LEFT JOIN issue ON true
  ON CONFLICT (original_message_id) DO UPDATE SET state = excluded.state, error_message = excluded.error_message,
    error_class = excluded.error_class, reason = excluded.reason, fingerprint = excluded.fingerprint,
    failure_count = f.failure_count + excluded.failure_count, code_version = excluded.code_version,
    attempts = append_bounded(f.attempts, excluded.attempts),
    history = append_bounded(f.history, excluded.history, {KEPT_HISTORY}), version = f.version + 1,
    dead_at = clock_timestamp(), expires_at = NULL, release_due = false, replay_mode = NULL, replayed_by = NULL,
    replayed_at = NULL, updated_at = clock_timestamp()
  RETURNING id
), item AS (
  UPDATE replay_items i SET state = 'failed' FROM buried WHERE i.failed_id = buried.id AND i.state = 'released'
)
SELECT coalesce(issue.fresh, false) AS fresh FROM buried LEFT JOIN issue ON true
"""  # noqa: S608 - made of constants


async def bury(
    connection: Connection, message: ClaimedMessage, error: str, error_class: str, reason: Reason | None = None
) -> None:
    """Move a message to the dead letters, in one statement. Raises LeaseLostError where it is no longer ours.

    One that was a dead letter before becomes it again, the same one, with what it went through kept.
    """
    about = references(message.payload)
    cursor = await connection.execute(
        _BURY.encode(),
        {
            "id": message.id,
            "claims": message.claims,
            "error": error,
            "error_class": error_class,
            "reason": reason or reason_of(message.message_type, error_class, error),
            "fingerprint": fingerprint(message.message_type, error_class, error),
            "source_kind": message.source_kind,
            "source_name": message.source_name,
            "provider_id": about.provider_id,
            "conversation": about.conversation,
            "code_version": CODE_VERSION,
            "worker": WORKER_ID,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise LeaseLostError
    if row["fresh"]:
        metrics.NEW_FINGERPRINTS.inc()


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
              retry_count = CASE WHEN q.suspect OR q.ordering_key IS NOT NULL THEN q.retry_count ELSE q.retry_count - 1 END,
              metadata = q.metadata || jsonb_build_object(
                'deaths', coalesce((q.metadata ->> 'deaths')::integer, 0)
                  + CASE WHEN q.suspect OR q.ordering_key IS NOT NULL THEN 1 ELSE 0 END,
                'attempts', append_bounded(q.metadata -> 'attempts', jsonb_build_array(jsonb_build_object(
                  'at', clock_timestamp(),
                  'duration_ms', round(extract(epoch FROM clock_timestamp() - q.processed_at) * 1000),
                  'error', 'the worker died or stalled', 'error_class', 'worker_lost', 'worker', q.locked_by))))
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
