"""Many dead letters worked again: each replay's items are released oldest first, at its rate, until too many fail."""

from datetime import datetime, timedelta

from psycopg.rows import DictRow

from shared.db.pool import Connection, Pool

KEPT_HISTORY = 100


async def step_replays(pool: Pool) -> int:
    """Let each running replay go as far as its rate allows by now; returns how many dead letters were marked.

    One transaction each, under the replay's lock: whoever dies in between leaves it where it was, and whoever else wants
    to work it meanwhile passes it by. Each has its own rate, so one clinic's ten thousand delay nobody's ten.
    """
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id FROM replays WHERE state = 'running' AND start_at <= clock_timestamp()"
            " ORDER BY last_release_at NULLS FIRST, id LIMIT 100"
        )
        running = [row["id"] for row in await cursor.fetchall()]
    return sum([await _step(pool, replay_id) for replay_id in running])


async def _step(pool: Pool, replay_id: int) -> int:
    async with pool.connection() as connection, connection.transaction():
        cursor = await connection.execute(
            "SELECT *, clock_timestamp() AS now FROM replays WHERE id = %s AND state = 'running' FOR UPDATE SKIP LOCKED",
            [replay_id],
        )
        replay = await cursor.fetchone()
        if replay is None:
            return 0
        counts = await _counts(connection, replay_id)
        if ending := ending_of(counts, replay["max_failures"]):
            await connection.execute(
                "UPDATE replays SET state = %s, finished_at = clock_timestamp() WHERE id = %s", [ending, replay_id]
            )
            return 0
        allowed = allowance(replay["rate"], replay["last_release_at"], replay["now"])
        return await _mark(connection, replay, allowed) if allowed and counts.get("waiting") else 0


async def _counts(connection: Connection, replay_id: int) -> dict[str, int]:
    cursor = await connection.execute(
        "SELECT state, count(*) AS items FROM replay_items WHERE replay_id = %s GROUP BY state", [replay_id]
    )
    return {row["state"]: row["items"] for row in await cursor.fetchall()}


def ending_of(counts: dict[str, int], max_failures: int) -> str | None:
    """How a replay with these items ends now: `stopped` by its failures, `done`, or not yet."""
    if counts.get("failed", 0) >= max_failures:
        return "stopped"
    return None if counts.get("waiting") or counts.get("released") else "done"


def allowance(rate: float, last: datetime | None, now: datetime) -> int:
    """How many may be released now, at `rate` a second; never more than a second's worth, however long nobody looked."""
    if last is None:
        return max(1, int(rate))
    waited = max(timedelta(0), now - last).total_seconds()
    return min(max(1, int(rate)), int(waited * rate))


async def _mark(connection: Connection, replay: DictRow, allowed: int) -> int:
    """The next items in their order. What is not dead any more, or must be decided by itself, is skipped."""
    cursor = await connection.execute(
        """
        WITH next AS MATERIALIZED (
          SELECT position, failed_id FROM replay_items WHERE replay_id = %(id)s AND state = 'waiting'
          ORDER BY position LIMIT %(allowed)s
        ), marked AS (
          UPDATE failed_messages f SET state = 'replaying', release_due = true, version = f.version + 1,
            replay_mode = CASE WHEN f.payload IS NULL AND f.edited_payload IS NULL THEN 'raw' ELSE 'event' END,
            replayed_by = %(by)s, replayed_at = clock_timestamp(), replay_id = %(id)s, expires_at = NULL,
            updated_at = clock_timestamp(), history = append_bounded(f.history, jsonb_build_array(jsonb_build_object(
              'at', clock_timestamp(), 'event', 'replaying', 'by', %(by)s::text, 'replay_id', %(id)s::text)), %(kept)s)
          FROM next WHERE f.id = next.failed_id AND f.clinic_id = %(clinic_id)s AND f.state = 'dead'
            AND (f.reason <> 'unknown_outcome' OR %(accept)s) AND (f.expires_at IS NULL OR f.expires_at > clock_timestamp())
          RETURNING f.id
        ), items AS (
          UPDATE replay_items i SET state = CASE WHEN marked.id IS NULL THEN 'skipped' ELSE 'released' END
          FROM next LEFT JOIN marked ON marked.id = next.failed_id
          WHERE i.replay_id = %(id)s AND i.position = next.position
        ), stepped AS (
          UPDATE replays SET last_release_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp())
          WHERE id = %(id)s
        )
        SELECT count(*)::integer AS marked FROM marked
        """,
        {
            "id": replay["id"],
            "clinic_id": replay["clinic_id"],
            "allowed": allowed,
            "by": replay["created_by"],
            "accept": replay["accept_duplicates"],
            "kept": KEPT_HISTORY,
        },
    )
    row = await cursor.fetchone()
    return int(row["marked"]) if row else 0
