"""What is paused stands aside, and comes back when it is resumed.

Claims ask `queue_pauses` themselves, so nothing is worked whatever happens here. This keeps their way clear: what is paused
gets a time that never comes. Both directions follow from the table as it is now, so no order of events loses a row.
"""

from dataclasses import dataclass

from shared.db.pool import Pool

RECHECK_SECONDS = 60.0


@dataclass(slots=True)
class SeenPauses:
    """What was paused when it was looked at last, and when everything that is parked was. Nothing yet: then all is looked at.

    A million parked rows are not read each second to learn that they are still paused.
    """

    pauses: frozenset[str] = frozenset()
    checked_at: float = float("-inf")

    def freeing_is_due(self, current: frozenset[str], now: float) -> bool:
        """Whether something was resumed since; or enough time has gone by that a row parked at just that moment is missed."""
        return not self.pauses <= current or now - self.checked_at >= RECHECK_SECONDS


async def current_pauses(pool: Pool) -> frozenset[str]:
    """What is paused now."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT concat_ws('/', clinic_id, coalesce(source_id, 0), kind) AS pause FROM queue_pauses"
        )
        return frozenset(row["pause"] for row in await cursor.fetchall())


# Deliveries to a clinic's own systems are neither: those are switched off one by one.
_PAUSE_OF_ROW = """
  SELECT 1 FROM queue_pauses p
  WHERE p.clinic_id = q.clinic_id AND (p.source_id IS NULL OR p.source_id = q.source_id)
    AND p.kind = CASE WHEN q.message_type LIKE 'send.%%' THEN 'sends' WHEN q.message_type LIKE 'deliver.%%' THEN NULL
      ELSE 'events' END
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
