"""Claims of deliveries: what waits for destinations that may be called now."""

from services.queue_worker.claims import ClaimedMessage, claim_candidates
from shared.db.pool import Pool

# One that answers slowly keeps no more hands than these, so that the others are called meanwhile.
MOST_IN_HAND = 4
# How many others may be claiming at the same moment: what they hold is passed over.
_NEIGHBOURS = 32

# In the words of `idx_message_queue_deliveries`.
_LANE = "{row}.ordering_key IS NOT NULL AND {row}.source_id IS NULL"
_WAITING = f"{_LANE.format(row='q')} AND q.status IN ('pending', 'retrying') AND q.scheduled_at IS NULL"
# Destination by destination, as sends are claimed source by source; within one by age, but any number at once.
_DELIVERIES = f"""
WITH RECURSIVE waiting (lane) AS (
  (SELECT q.ordering_key FROM message_queue q WHERE {_WAITING} ORDER BY q.ordering_key LIMIT 1)
  UNION ALL
  SELECT (SELECT q.ordering_key FROM message_queue q WHERE {_WAITING} AND q.ordering_key > w.lane
    ORDER BY q.ordering_key LIMIT 1)
  FROM waiting w WHERE w.lane IS NOT NULL
), heads AS MATERIALIZED (
  SELECT head.id FROM waiting w CROSS JOIN LATERAL (
    SELECT q.id FROM message_queue q WHERE q.ordering_key = w.lane AND {_WAITING}
    ORDER BY q.created_at, q.id LIMIT %(limit)s + {_NEIGHBOURS}
  ) AS head
  WHERE w.lane IS NOT NULL
    AND w.lane <> ALL (ARRAY(SELECT 'destination:' || s.destination_id FROM webhook_destination_states s
      WHERE s.paused_until > statement_timestamp()))
    AND (SELECT count(*) FROM message_queue p WHERE p.ordering_key = w.lane
      AND {_LANE.format(row="p")} AND p.status = 'processing') < {MOST_IN_HAND}
)
SELECT q.id FROM message_queue q WHERE q.id = ANY (ARRAY(SELECT id FROM heads)) AND {_WAITING}
ORDER BY q.created_at, q.id LIMIT %(limit)s FOR UPDATE OF q SKIP LOCKED
"""  # noqa: S608 - made of constants
# What was not taken for too long, whether its destination rests or not. A replay begins anew.
_OVERDUE = f"""
SELECT q.id FROM message_queue q
WHERE {_WAITING} AND q.created_at < statement_timestamp() - make_interval(hours => %(hours)s)
  AND NOT EXISTS (SELECT 1 FROM failed_messages f WHERE f.id = (q.metadata ->> 'replay_of')::bigint
    AND f.replayed_at > statement_timestamp() - make_interval(hours => %(hours)s))
ORDER BY q.ordering_key, q.created_at LIMIT %(limit)s FOR UPDATE OF q SKIP LOCKED
"""  # noqa: S608 - made of constants


async def claim_deliveries(pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
    """Claim up to `limit` deliveries to destinations that do not rest, the oldest first."""
    return await claim_candidates(pool, _DELIVERIES, limit, lease)


async def claim_overdue(pool: Pool, limit: int, lease: float, hours: int) -> list[ClaimedMessage]:
    """Claim deliveries that have waited longer than that."""
    return await claim_candidates(pool, _OVERDUE, limit, lease, hours=hours)
