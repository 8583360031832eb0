"""What is paused stands aside, and comes back when it is resumed.

Claims ask `queue_pauses` themselves, so nothing is worked whatever happens here. This keeps their way clear: what is paused
gets a time that never comes. Both directions follow from the table as it is now, so no order of events loses a row.
"""

from shared.db.pool import Pool

_PAUSE_OF_ROW = """
  SELECT 1 FROM queue_pauses p
  WHERE p.clinic_id = q.clinic_id AND (p.source_id IS NULL OR p.source_id = q.source_id)
    AND p.kind = CASE WHEN q.message_type LIKE 'send.%%' THEN 'sends' ELSE 'events' END
"""


async def park_paused(pool: Pool, batch: int = 1000) -> int:
    """Put what is paused out of the claims' way; returns how many rows. Claims skip it already."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            f"""
            UPDATE message_queue SET scheduled_at = 'infinity' WHERE id = ANY(ARRAY(
              SELECT q.id FROM message_queue q
              WHERE EXISTS (SELECT 1 FROM queue_pauses) AND q.status IN ('pending', 'retrying') AND q.scheduled_at IS NULL
                AND EXISTS ({_PAUSE_OF_ROW})
              LIMIT %s FOR UPDATE OF q SKIP LOCKED
            ))
            """.encode(),  # noqa: S608 - made of constants
            [batch],
        )
        return cursor.rowcount


async def free_resumed(pool: Pool, batch: int = 1000) -> int:
    """Make claimable what was parked and is paused no longer; returns how many rows."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            f"""
            UPDATE message_queue SET scheduled_at = NULL WHERE id = ANY(ARRAY(
              SELECT q.id FROM message_queue q
              WHERE q.scheduled_at = 'infinity' AND q.status IN ('pending', 'retrying') AND q.killed IS NULL
                AND NOT EXISTS ({_PAUSE_OF_ROW})
              LIMIT %s FOR UPDATE OF q SKIP LOCKED
            ))
            """.encode(),  # noqa: S608 - made of constants
            [batch],
        )
        return cursor.rowcount
