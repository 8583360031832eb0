"""From the outbox to Redis. One way for what was just committed and for what a crash left behind.

Entries are taken, published and deleted in one transaction: a crash before its commit leaves them in place, and publishing
them again is caught by the publish script. There is no cursor: ids become visible out of order, and a cursor would skip.
"""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

import psycopg
import structlog
from opentelemetry.trace import SpanKind
from psycopg.rows import DictRow
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.queue_worker import metrics
from services.queue_worker.causes import causes_of
from services.queue_worker.retry import describe
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.db.tenant import batch_transaction
from shared.events.cached import is_told, stale_keys
from shared.events.live import LiveEvent, message_told
from shared.pubsub.dropping import drop
from shared.pubsub.history import OutboxEntry, announce, publish
from shared.pubsub.typing import announce_typing, is_typing
from shared.tracing.spans import Attributes, batch, recording

log = structlog.get_logger(__name__)

BATCH = 500
FIRST_RETRY_SECONDS = 0.1
MAX_RETRY_SECONDS = 5.0
EPHEMERAL_SECONDS = 10.0
RELAYED = {"messaging.system": "redis", "messaging.operation.type": "send", "messaging.operation.name": "relay"}
MOST_TOLD = 128


class Relay:
    """Publishes committed live events in the order of their outbox ids.

    Relays of several workers take different entries, so two events of one channel may leave in either order; every
    event carries the version of what it tells, and the newest wins.
    """

    def __init__(self, pool: Pool, redis: Redis, committed: Wakeup, *, longest_sleep: float) -> None:
        self._pool = pool
        self._redis = redis
        self._committed = committed
        self._longest_sleep = longest_sleep

    async def run(self) -> None:
        """Relay until cancelled. While Redis or Postgres is away the outbox keeps what there is."""
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                relayed = await self.relay_once()
            except (psycopg.Error, RedisError, OSError) as error:
                metrics.RELAY_FAILURES.inc()
                log.warning("relay_failed", error=describe(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, MAX_RETRY_SECONDS)
                continue
            delay = FIRST_RETRY_SECONDS
            if relayed < BATCH:
                await self._committed.wait(self._longest_sleep)

    async def relay_once(self) -> int:
        """Publish one batch; returns how many entries it had."""
        async with self._pool.connection() as connection:  # which commits at its end, or rolls back
            # The commit does not wait for the disk: entries that a power cut brings back are published again, and that is
            # caught.
            await connection.execute("BEGIN; SET LOCAL synchronous_commit = off")
            cursor = await connection.execute(
                "DELETE FROM outbox WHERE id = ANY(ARRAY("
                "  SELECT id FROM outbox ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"
                ")) RETURNING id, clinic_id, channel, event, ephemeral, created_at, stale",
                [BATCH],
                prepare=True,
            )
            rows = sorted(await cursor.fetchall(), key=lambda row: int(row["id"]))
            if not rows:
                return 0
            entries = [_entry(row) for row in rows if _still_worth_telling(row)]
            with await self._span(entries):
                await self._publish(entries)
        metrics.RELAYED.inc(len(rows))
        metrics.RELAY_AGE.observe((datetime.now(UTC) - rows[0]["created_at"]).total_seconds())
        return len(rows)

    async def _span(self, entries: list[OutboxEntry]) -> AbstractContextManager[object]:
        """Of what an entry comes is asked only where it is recorded: an entry is a frame, and a frame does not know."""
        if not recording():
            return nullcontext()
        clinics = {entry.clinic_id for entry in entries}
        messages = {named for entry in entries if (named := message_told(entry.event.frame)) is not None}
        async with batch_transaction(self._pool, clinics) as connection:
            causes = await causes_of(connection, clinics, [int(message_id) for message_id in messages])
        told: Attributes = {**RELAYED, "prosa.message_ids": sorted(messages)[:MOST_TOLD]}
        return batch("relay", SpanKind.PRODUCER, (cause.trace for cause in causes), told)

    async def _publish(self, entries: list[OutboxEntry]) -> None:
        if durable := [entry for entry in entries if not entry.event.ephemeral]:
            # First: who hears of a change may ask for it at once, and must not be answered with what was before it.
            stale = (stale_keys(entry.event, entry.clinic_id) for entry in durable)
            await drop(self._redis, set().union(*stale))
            await publish(self._redis, [entry for entry in durable if is_told(entry.event)])
        if passing := [entry for entry in entries if entry.event.ephemeral]:
            typing = [entry for entry in passing if is_typing(entry)]
            await announce_typing(self._redis, typing)
            await announce(self._redis, [entry for entry in passing if not is_typing(entry)])


def _still_worth_telling(row: DictRow) -> bool:
    return not row["ephemeral"] or (datetime.now(UTC) - row["created_at"]).total_seconds() < EPHEMERAL_SECONDS


def _entry(row: DictRow) -> OutboxEntry:
    """A database restored from a backup gives ids again that Redis remembers: with its time an entry is unique."""
    entry_id = f"{row['id']}.{row['created_at'].timestamp()}"
    event = LiveEvent(row["channel"], row["event"], row["ephemeral"], stale=tuple(row["stale"] or ()))
    return OutboxEntry(entry_id, row["clinic_id"], event)
