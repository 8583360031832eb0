"""The queue in Postgres, once a message is claimed: completion fenced by the claim, retries, leases taken back.

`docs/adr/0003` says why it is built this way, `docs/queue.md` shows the states.
"""

from collections.abc import Sequence
from uuid import UUID

from psycopg.types.json import Jsonb

from services.queue_worker.burials import KEPT_HISTORY, FailedAttempt, attempt_entry
from services.queue_worker.claims import ClaimedMessage, LeaseLostError
from services.queue_worker.identity import WORKER_ID
from shared.db.pool import Connection, Pool

# By the primary key whatever the statistics say: what is in hand is told by what it is not, because the words of the leases'
# index would have all of that index read, dead entries included. And each by itself: a plan that was made while the queue was
# empty would read all of the primary key's index for a plain `q.id = mine.id`, as if for a merge.
_COMPLETE = """
DELETE FROM message_queue q USING unnest(%(ids)b::uuid[], %(claims)b::integer[]) AS mine (id, claims)
WHERE q.id = ANY (ARRAY[mine.id]) AND q.claims = mine.claims AND q.status NOT IN ('pending', 'retrying')
"""


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
            """.replace("{attempt}", attempt_entry("q")).encode(),
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
