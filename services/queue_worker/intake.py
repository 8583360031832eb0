"""From the broker to the inbox: consume, store in batches, acknowledge after the commit and never before."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

from services.queue_worker import metrics
from services.queue_worker.arrivals import Arrival, arrivals
from services.queue_worker.inbox import store_arrivals
from services.queue_worker.retry import describe
from shared.broker.connection import LOST, open_connection, reraise_own_cancellation
from shared.broker.topology import Topology, declare_topology
from shared.db.pool import Pool

log = structlog.get_logger(__name__)

MAX_BATCH_EVENTS = 1000
MAX_BATCH_BYTES = 16 * 1024**2
# A history of this size takes long enough to be taken apart for others to notice.
LARGE_BYTES = 1024**2
RECONNECT_SECONDS = 0.3
FIRST_RETRY_SECONDS = 0.1
MAX_RETRY_SECONDS = 5.0


@dataclass(slots=True)
class _Deliveries:
    """What one channel has delivered and not yet been told about. It dies with the channel, as its tags do."""

    waiting: list[AbstractIncomingMessage] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    lost: bool = False

    async def arrive(self, message: AbstractIncomingMessage) -> None:
        self.waiting.append(message)
        self.changed.set()

    def lose(self, *_: object) -> None:
        self.lost = True
        self.changed.set()

    async def take(self) -> tuple[list[Arrival], int] | None:
        """Events of the next deliveries and the last one's tag, or None when the channel is gone."""
        while not self.waiting and not self.lost:
            self.changed.clear()
            await self.changed.wait()
        if self.lost:
            return None
        batch: list[Arrival] = []
        size = taken = 0
        while taken < len(self.waiting) and len(batch) < MAX_BATCH_EVENTS and size < MAX_BATCH_BYTES:
            batch += await _arrivals(self.waiting[taken].body)
            size += len(self.waiting[taken].body)
            taken += 1
        last = self.waiting[taken - 1].delivery_tag
        del self.waiting[:taken]
        if last is None:
            raise AMQPError("a delivery without a tag")
        return batch, last


async def _arrivals(delivery: bytes) -> list[Arrival]:
    return arrivals(delivery) if len(delivery) < LARGE_BYTES else await asyncio.to_thread(arrivals, delivery)


class Intake:
    """Moves webhooks from the broker into Postgres.

    At least once: a batch that was committed and not acknowledged comes again, and the inbox knows it. While Postgres is
    away nothing is acknowledged or put back, so the broker keeps what it has and the prefetch bounds what we hold.
    """

    def __init__(self, url: str, topology: Topology, pool: Pool, *, prefetch: int, stored: Callable[[], None]) -> None:
        self._url = url
        self._topology = topology
        self._pool = pool
        self._prefetch = prefetch
        self._stored = stored
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Consume until cancelled; a lost connection is opened again."""
        while True:
            try:
                async with self._consuming() as (channel, deliveries):
                    await self._drain(channel, deliveries)
            except LOST as error:
                reraise_own_cancellation(error)
                log.warning("broker_unavailable", error=repr(error))
            finally:
                self.connected.clear()
                metrics.BROKER_CONNECTED.set(0)
            await asyncio.sleep(RECONNECT_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    @asynccontextmanager
    async def _consuming(self) -> AsyncIterator[tuple[AbstractChannel, _Deliveries]]:
        deliveries = _Deliveries()
        async with open_connection(self._url, "prosa-queue-worker") as connection:
            channel = await connection.channel(publisher_confirms=False)
            connection.close_callbacks.add(deliveries.lose)
            channel.close_callbacks.add(deliveries.lose)
            underlay = await channel.get_underlay_channel()
            underlay.on_consumer_cancel_callbacks.add(deliveries.lose)  # the queue was deleted, or its leader has moved
            await channel.set_qos(prefetch_count=self._prefetch)
            queue = await declare_topology(channel, self._topology)
            await queue.consume(deliveries.arrive)
            self.connected.set()
            metrics.BROKER_CONNECTED.set(1)
            log.info("intake_consuming", queue=queue.name)
            yield channel, deliveries

    async def _drain(self, channel: AbstractChannel, deliveries: _Deliveries) -> None:
        while batch := await deliveries.take():
            arrived, last_tag = batch
            if not await self._store(arrived, deliveries):
                return
            underlay = await channel.get_underlay_channel()
            await underlay.basic_ack(last_tag, multiple=True)

    async def _store(self, arrived: list[Arrival], deliveries: _Deliveries) -> bool:
        """Store a batch, however long Postgres is away; False where the channel was lost meanwhile."""
        delay = FIRST_RETRY_SECONDS
        while not deliveries.lost:
            try:
                fresh = await store_arrivals(self._pool, arrived)
            except psycopg.Error as error:
                metrics.INTAKE_FAILURES.inc()
                log.warning("intake_failed", error=describe(error), events=len(arrived))
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
                delay = min(delay * 2, MAX_RETRY_SECONDS)
                continue
            metrics.INTAKE_EVENTS.labels("stored").inc(fresh)
            metrics.INTAKE_EVENTS.labels("known").inc(len(arrived) - fresh)
            metrics.INTAKE_BATCH.observe(len(arrived))
            self._stored()
            return True
        return False
