"""How long dead letters are kept, and what is shown of them."""

from shared.db.pool import Pool

BATCH = 1000


async def date_dead_letters(pool: Pool, waiting_days: int, settled_days: int) -> int:
    """Give each dead letter that has none the day on which it is deleted; returns how many. What is being worked has none."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "UPDATE failed_messages SET expires_at = CASE WHEN state = 'dead' THEN dead_at + make_interval(days => %s)"
            "   ELSE updated_at + make_interval(days => %s) END"
            " WHERE id = ANY(ARRAY(SELECT id FROM failed_messages WHERE expires_at IS NULL AND state <> 'replaying'"
            "   ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))",
            [waiting_days, settled_days, BATCH],
        )
        return cursor.rowcount


async def delete_expired(pool: Pool) -> int:
    """Delete dead letters whose day has come, a bounded number; returns how many."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "DELETE FROM failed_messages WHERE id = ANY(ARRAY(SELECT id FROM failed_messages"
            " WHERE expires_at < clock_timestamp() AND state <> 'replaying' ORDER BY expires_at LIMIT %s"
            " FOR UPDATE SKIP LOCKED))",
            [BATCH],
        )
        return cursor.rowcount


async def forget_replays(pool: Pool, days: int) -> int:
    """Delete finished replays, their items first and a bounded number a call; returns how many rows."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            """
            WITH old AS MATERIALIZED (
              SELECT id FROM replays WHERE finished_at < clock_timestamp() - make_interval(days => %s)
              ORDER BY finished_at LIMIT 10
            ), items AS (
              DELETE FROM replay_items WHERE (replay_id, position) IN (
                SELECT replay_id, position FROM replay_items WHERE replay_id IN (SELECT id FROM old) LIMIT 5000)
              RETURNING 1
            ), emptied AS (
              DELETE FROM replays r USING old WHERE r.id = old.id
                AND NOT EXISTS (SELECT 1 FROM replay_items i WHERE i.replay_id = r.id) RETURNING 1
            )
            SELECT (SELECT count(*) FROM items) + (SELECT count(*) FROM emptied) AS gone
            """,
            [days],
        )
        row = await cursor.fetchone()
        return int(row["gone"]) if row else 0


async def forget_issues(pool: Pool, days: int) -> int:
    """Forget kinds of dead letters of which none is left nor came for so many days, a bounded number a call; returns how
    many. What people decided or wrote about one is kept.
    """
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "DELETE FROM dead_letter_issues d WHERE (clinic_id, fingerprint) IN (SELECT clinic_id, fingerprint"
            "   FROM dead_letter_issues i WHERE state IN ('open', 'resolved') AND num_nonnulls(link, note, discard_until) = 0"
            "   AND NOT EXISTS (SELECT FROM failed_messages f"
            "     WHERE f.clinic_id = i.clinic_id AND f.fingerprint = i.fingerprint)"
            "   LIMIT %s) AND last_seen_at < clock_timestamp() - make_interval(days => %s)",
            [BATCH, days],
        )
        return cursor.rowcount


async def waiting_dead_letters(pool: Pool) -> dict[tuple[str, str], tuple[int, float]]:
    """Of each reason and event: how many wait for an operator, and the oldest one's age in seconds. Not what is muted."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            """
            SELECT f.reason, f.message_type, count(*) AS waiting,
              extract(epoch FROM clock_timestamp() - min(f.dead_at))::float8 AS oldest
            FROM failed_messages f
            LEFT JOIN dead_letter_issues i ON i.clinic_id = f.clinic_id AND i.fingerprint = f.fingerprint
            WHERE f.state = 'dead' AND i.state IS DISTINCT FROM 'muted'
            GROUP BY f.reason, f.message_type
            """
        )
        return {
            (row["reason"], row["message_type"]): (row["waiting"], row["oldest"]) for row in await cursor.fetchall()
        }
