"""What waits, as operators watch it. Asked every few seconds, so it must cost the same however much there is."""

from shared.db.pool import Pool

# Of each state no more are counted: whoever has that many knows what to do.
MOST_COUNTED = 50_000
KINDS_OF_WORK = ("events", "sends", "deliveries", "outbox")

# What is pending is what is neither in hand nor to be tried again: of those two there are few, and each has an index.
_DEPTHS = """
SELECT
  (SELECT count(*) FROM (SELECT FROM message_queue LIMIT %(most)s + s.processing + s.retrying) AS every) AS every,
  s.processing, s.retrying,
  (SELECT count(*) FROM (SELECT FROM failed_messages WHERE state = 'dead' LIMIT %(most)s) AS dead) AS dead,
  (SELECT count(*) FROM (SELECT FROM outbox LIMIT %(most)s) AS outbox) AS outbox
FROM (
  SELECT
    (SELECT count(*) FROM (SELECT FROM message_queue WHERE status = 'processing' LIMIT %(most)s) AS p) AS processing,
    (SELECT count(*) FROM (SELECT FROM message_queue WHERE status = 'retrying' LIMIT %(most)s) AS r) AS retrying
) AS s
"""
# In the words of the queue's indexes. Each jumps from one priority, source or destination to the next and looks at the head
# of each: of one source's sends that is the oldest of its highest priority.
_READY = "status IN ('pending', 'retrying') AND scheduled_at IS NULL"
_EVENTS = f"{_READY} AND ordering_key IS NULL AND NOT suspect"
_SENDS = f"{_READY} AND ordering_key IS NOT NULL AND source_id IS NOT NULL"
_DELIVERIES = f"{_READY} AND ordering_key IS NOT NULL AND source_id IS NULL"
_OLDEST = f"""
WITH RECURSIVE priorities (priority) AS (
  (SELECT priority FROM message_queue WHERE {_EVENTS} ORDER BY priority DESC LIMIT 1)
  UNION ALL
  SELECT (SELECT q.priority FROM message_queue q WHERE {_EVENTS} AND q.priority < p.priority ORDER BY q.priority DESC LIMIT 1)
  FROM priorities p WHERE p.priority IS NOT NULL
), senders (source_id) AS (
  (SELECT source_id FROM message_queue WHERE {_SENDS} ORDER BY source_id LIMIT 1)
  UNION ALL
  SELECT (SELECT q.source_id FROM message_queue q WHERE {_SENDS} AND q.source_id > s.source_id ORDER BY q.source_id LIMIT 1)
  FROM senders s WHERE s.source_id IS NOT NULL
), destinations (lane) AS (
  (SELECT ordering_key FROM message_queue WHERE {_DELIVERIES} ORDER BY ordering_key LIMIT 1)
  UNION ALL
  SELECT (SELECT q.ordering_key FROM message_queue q WHERE {_DELIVERIES} AND q.ordering_key > d.lane
    ORDER BY q.ordering_key LIMIT 1)
  FROM destinations d WHERE d.lane IS NOT NULL
), heads (kind, created_at) AS (
  SELECT 'events', (SELECT q.created_at FROM message_queue q WHERE {_EVENTS} AND q.priority = p.priority
    ORDER BY q.created_at LIMIT 1)
  FROM priorities p WHERE p.priority IS NOT NULL
  UNION ALL
  SELECT 'events', created_at FROM message_queue WHERE {_READY} AND ordering_key IS NULL AND suspect
  UNION ALL
  SELECT 'sends', (SELECT q.created_at FROM message_queue q WHERE {_SENDS} AND q.source_id = s.source_id
    ORDER BY q.priority DESC, q.created_at LIMIT 1)
  FROM senders s WHERE s.source_id IS NOT NULL AND s.source_id <> ALL (ARRAY(
    SELECT r.source_id FROM source_sending r WHERE r.paused_until > statement_timestamp()))
  UNION ALL
  SELECT 'deliveries', (SELECT q.created_at FROM message_queue q WHERE {_DELIVERIES} AND q.ordering_key = d.lane
    ORDER BY q.created_at LIMIT 1)
  FROM destinations d WHERE d.lane IS NOT NULL AND d.lane <> ALL (ARRAY(
    SELECT 'destination:' || r.destination_id FROM webhook_destination_states r
    WHERE r.paused_until > statement_timestamp()))
  UNION ALL
  (SELECT 'outbox', created_at FROM outbox ORDER BY id LIMIT 1)
)
SELECT kind, extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS age FROM heads GROUP BY kind
"""  # noqa: S608 - made of constants


async def depths(pool: Pool, most: int = MOST_COUNTED) -> dict[str, int]:
    """How many messages are in each state, and dead; of each `most` at most."""
    async with pool.connection() as connection:
        cursor = await connection.execute(_DEPTHS, {"most": most})
        [found] = await cursor.fetchall()
    pending = min(most, max(0, found["every"] - found["processing"] - found["retrying"]))
    return {"pending": pending} | {state: found[state] for state in ("processing", "retrying", "dead", "outbox")}


async def oldest_ages(pool: Pool) -> dict[str, float]:
    """For how many seconds the oldest of each kind of work has been ready; what is scheduled or paused is not, nor what its
    instance or destination has to rest for.
    """
    async with pool.connection() as connection:
        cursor = await connection.execute(_OLDEST.encode())
        found = {row["kind"]: row["age"] for row in await cursor.fetchall()}
    return {kind: max(0.0, found.get(kind) or 0.0) for kind in KINDS_OF_WORK}
