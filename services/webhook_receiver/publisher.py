"""Publishes batches of webhooks: a connection of its own, a channel with confirms, opened again whenever it is lost."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import structlog
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import DeliveryError, PublishError
from opentelemetry.trace import SpanKind
from pamqp.commands import Basic

from services.webhook_receiver import metrics
from services.webhook_receiver.group_commit import NotDurableError
from shared.broker.connection import HEARTBEAT_SECONDS, LOST, open_connection, reraise_own_cancellation, watch_blocked
from shared.broker.topology import Topology, declare_topology
from shared.events.envelope import CONTENT_TYPE, decode_batch, join_batch
from shared.tracing.context import TraceHeaders, context_of
from shared.tracing.spans import batch

log = structlog.get_logger(__name__)

RECONNECT_SECONDS = 0.3
REFUSED_SECONDS = 5.0
PUBLISHED = {"messaging.system": "rabbitmq", "messaging.operation.type": "send", "messaging.operation.name": "publish"}


@dataclass(slots=True)
class _Channel:
    """What is published on. `lost` is set once that is over; `waits` are those for confirms; since `refused_since` (seconds
    of the monotonic clock) the queue took nothing.
    """

    exchange: AbstractExchange
    lost: asyncio.Event
    waits: set[asyncio.Timeout] = field(default_factory=set)
    refused_since: float | None = None

    def failed(self, error: BaseException, now: float) -> bool:
        """Note a failure; whether the channel must be opened anew after it.

        A full queue that refuses leaves it well. One that failed otherwise may be stuck; where a message was returned, the
        queue is gone: opening a channel declares it again. And where all is refused for long it may be the channel: RabbitMQ
        asks who led the queue when it was first published to, and refuses while that node is away, though another leads
        since (`enqueue` in rabbit_fifo_client).
        """
        if isinstance(error, PublishError) or not isinstance(error, DeliveryError):
            return True
        if self.refused_since is None:
            self.refused_since = now
        return now - self.refused_since >= REFUSED_SECONDS


class Publisher:
    """Makes batches durable in the broker. `run` keeps a channel open; `publish` uses it or fails at once."""

    def __init__(
        self, url: str, topology: Topology, *, confirm_timeout: float, heartbeat_seconds: int = HEARTBEAT_SECONDS
    ) -> None:
        self._url = url
        self._topology = topology
        self._confirm_timeout = confirm_timeout
        self._heartbeat_seconds = heartbeat_seconds
        self._channel: _Channel | None = None
        self.connected = asyncio.Event()
        self.blocked = False

    async def run(self) -> None:
        """Keep a channel open until cancelled."""
        while True:
            try:
                async with self._open_channel() as channel:
                    await self._offer(channel)
            except LOST as error:
                reraise_own_cancellation(error)
                log.warning("broker_unavailable", error=repr(error))
            await asyncio.sleep(RECONNECT_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    @asynccontextmanager
    async def _open_channel(self) -> AsyncIterator[_Channel]:
        lost = asyncio.Event()
        async with open_connection(
            self._url, "prosa-webhook-receiver", heartbeat_seconds=self._heartbeat_seconds
        ) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            connection.close_callbacks.add(lambda *_: lost.set())
            channel.close_callbacks.add(lambda *_: lost.set())
            await declare_topology(channel, self._topology)
            offered = _Channel(await channel.get_exchange(self._topology.exchange, ensure=False), lost)
            watch_blocked(connection, lambda blocked: self._report_blocked(offered, blocked))
            yield offered

    async def _offer(self, channel: _Channel) -> None:
        """Have it published on, until it is lost."""
        self._channel = channel
        self._report_connected(True)
        try:
            await channel.lost.wait()
        finally:
            self._channel = None
            self._report_connected(False)
            self._report_blocked(channel, False)

    def _report_connected(self, connected: bool) -> None:
        metrics.BROKER_CONNECTED.set(connected)
        log.info("broker_channel", open=connected)
        if connected:
            self.connected.set()
        else:
            self.connected.clear()

    def _report_blocked(self, channel: _Channel, blocked: bool) -> None:
        """An alarm may last for hours, so nobody waits for it: who is waiting gives up, and the spool takes over."""
        if blocked != self.blocked:
            log.warning("broker_blocked", active=blocked)
        self.blocked = blocked
        metrics.BROKER_BLOCKED.set(blocked)
        if blocked:
            for wait in [wait for wait in channel.waits if not wait.expired()]:
                wait.reschedule(asyncio.get_running_loop().time())

    async def publish(self, parts: Sequence[bytes]) -> None:
        """Publish webhooks as one message; returns when the quorum queue has them on disk.

        Raises NotDurableError: refused, returned, blocked, or not confirmed in time. After the last it may be durable all the
        same, so whoever hands it in again must be ready for the double.
        """
        channel = self._channel
        if channel is None or channel.lost.is_set():
            metrics.PUBLISH_FAILURES.labels("NoChannel").inc()
            raise NotDurableError("the broker is away")
        if self.blocked:
            metrics.PUBLISH_FAILURES.labels("Blocked").inc()
            raise NotDurableError("an alarm of the broker blocks publishers")
        started = time.perf_counter()
        body = join_batch(parts)
        try:
            with batch("queue publish", SpanKind.PRODUCER, _traces(body), PUBLISHED):
                await self._publish(channel, body)
        except LOST as error:
            reraise_own_cancellation(error)
            metrics.PUBLISH_FAILURES.labels(type(error).__name__).inc()
            log.warning("publish_failed", error=repr(error), events=len(parts))
            if channel.failed(error, time.monotonic()) and not self.blocked:
                channel.lost.set()
            raise NotDurableError(repr(error)) from error
        channel.refused_since = None
        metrics.CONFIRM.observe(time.perf_counter() - started)
        metrics.BATCH_EVENTS.observe(len(parts))

    async def _publish(self, channel: _Channel, body: bytes) -> None:
        message = Message(
            body,
            content_type=CONTENT_TYPE,
            delivery_mode=DeliveryMode.PERSISTENT,
            # Never twice on a channel: the client matches returns to publishes by it, and would take one for the other.
            message_id=uuid4().hex,
        )
        async with asyncio.timeout(self._confirm_timeout) as wait:
            channel.waits.add(wait)
            try:
                confirmation = await channel.exchange.publish(message, self._topology.queue, mandatory=True)
            finally:
                channel.waits.discard(wait)
        if not isinstance(confirmation, Basic.Ack):
            raise ConnectionError(f"the broker answered {type(confirmation).__name__} instead of an acknowledgement")


def _traces(body: bytes) -> Iterator[TraceHeaders]:
    """Whose events a message has: a generator, so that nothing is read where nobody wants to know."""
    for event in decode_batch(body):
        yield context_of(event.trace, event.event_id)
