"""From the broker to Postgres: consume, store in batches, acknowledge after the commit and never before.

The same way for what goes to the inbox, for what the broker has set aside, and for the queue that earlier versions used.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import AMQPError
from opentelemetry.trace import SpanKind

from services.queue_worker import metrics
from services.queue_worker.ingest.arrivals import Arrival, arrivals
from services.queue_worker.ingest.inbox import store_arrivals
from services.queue_worker.retry import describe
from shared.broker.connection import LOST, open_connection, reraise_own_cancellation
from shared.broker.topology import Topology, declare_topology
from shared.db.pool import Pool
from shared.db.pool import ping as ping_postgres
from shared.tracing.spans import batch

log = structlog.get_logger(__name__)

MAX_BATCH_EVENTS = 1000
MAX_BATCH_BYTES = 16 * 1024**2
# A history of this size takes long enough to be taken apart for others to notice.
LARGE_BYTES = 1024**2
RECONNECT_SECONDS = 0.3
FIRST_RETRY_SECONDS = 0.1
MAX_RETRY_SECONDS = 5.0
RECEIVED = {"messaging.system": "rabbitmq", "messaging.operation.type": "receive", "messaging.operation.name": "intake"}


Decode = Callable[[bytes], list[Arrival]]
Store = Callable[[Pool, list[Arrival]], Awaitable[int]]
Declare = Callable[[AbstractChannel, Topology], Awaitable[AbstractQueue]]


@dataclass(slots=True)
class _Deliveries:
    """What one channel has delivered and not yet been told about. It dies with the channel, as its tags do."""

    decode: Decode
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
            body = self.waiting[taken].body
            batch += self.decode(body) if len(body) < LARGE_BYTES else await asyncio.to_thread(self.decode, body)
            size += len(self.waiting[taken].body)
            taken += 1
        last = self.waiting[taken - 1].delivery_tag
        del self.waiting[:taken]
        if last is None:
            raise AMQPError("a delivery without a tag")
        return batch, last


class Intake:
    """Moves webhooks from the broker into Postgres.

    At least once: a batch that was committed and not acknowledged comes again, and the inbox knows it. While Postgres is
    away nothing is acknowledged or put back, so the broker keeps what it has and the prefetch bounds what we hold. Nor is
    anything taken then: the broker counts deliveries, and a connection that is lost spends one of each.
    """

    def __init__(
        self,
        url: str,
        topology: Topology,
        pool: Pool,
        *,
        prefetch: int,
        stored: Callable[[], None],
        declare: Declare = declare_topology,
        decode: Decode = arrivals,
        store: Store = store_arrivals,
        main: bool = True,
    ) -> None:
        self._url = url
        self._topology = topology
        self._pool = pool
        self._prefetch = prefetch
        self._stored = stored
        self._declare = declare
        self._decode = decode
        self._store_batch = store
        self._main = main
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Consume until cancelled; a lost connection is opened again."""
        while True:
            await self._until_postgres_answers()
            try:
                async with self._consuming() as (channel, deliveries):
                    await self._drain(channel, deliveries)
            except LOST as error:
                reraise_own_cancellation(error)
                log.warning("broker_unavailable", error=repr(error))
            finally:
                self._show(connected=False)
            await asyncio.sleep(RECONNECT_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    async def _until_postgres_answers(self) -> None:
        while True:
            try:
                await ping_postgres(self._pool)
            except psycopg.Error as error:
                log.warning("intake_waits", error=describe(error))
                await asyncio.sleep(RECONNECT_SECONDS)
            else:
                return

    @asynccontextmanager
    async def _consuming(self) -> AsyncIterator[tuple[AbstractChannel, _Deliveries]]:
        deliveries = _Deliveries(self._decode)
        async with open_connection(self._url, "prosa-queue-worker") as connection:
            channel = await connection.channel(publisher_confirms=False)
            connection.close_callbacks.add(deliveries.lose)
            channel.close_callbacks.add(deliveries.lose)
            underlay = await channel.get_underlay_channel()
            underlay.on_consumer_cancel_callbacks.add(deliveries.lose)  # the queue was deleted, or its leader has moved
            await channel.set_qos(prefetch_count=self._prefetch)
            queue = await self._declare(channel, self._topology)
            await queue.consume(deliveries.arrive)
            self._show(connected=True)
            log.info("intake_consuming", queue=queue.name)
            yield channel, deliveries

    def _show(self, *, connected: bool) -> None:
        if connected:
            self.connected.set()
        else:
            self.connected.clear()
        if self._main:
            metrics.BROKER_CONNECTED.set(int(connected))

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
                with batch("intake", SpanKind.CONSUMER, (arrival.context for arrival in arrived), RECEIVED):
                    fresh = await self._store_batch(self._pool, arrived)
            except psycopg.Error as error:
                metrics.INTAKE_FAILURES.inc()
                log.warning("intake_failed", error=describe(error), events=len(arrived))
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
                delay = min(delay * 2, MAX_RETRY_SECONDS)
                continue
            if self._main:
                metrics.INTAKE_EVENTS.labels("stored").inc(fresh)
                metrics.INTAKE_EVENTS.labels("known").inc(len(arrived) - fresh)
                metrics.INTAKE_BATCH.observe(len(arrived))
            self._stored()
            return True
        return False
