"""Publishes batches of webhooks: a connection of its own, a channel with confirms, opened again whenever it is lost."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import structlog
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import AMQPError, DeliveryError
from pamqp.commands import Basic

from services.webhook_receiver import metrics
from services.webhook_receiver.group_commit import NotDurableError
from shared.broker.connection import HEARTBEAT_SECONDS, open_connection
from shared.broker.topology import Topology, declare_topology
from shared.events.envelope import CONTENT_TYPE, join_batch

log = structlog.get_logger(__name__)

RECONNECT_SECONDS = 0.3


class Publisher:
    """Makes batches durable in the broker. `run` keeps a channel open; `publish` uses it or fails at once."""

    def __init__(
        self, url: str, topology: Topology, *, confirm_timeout: float, heartbeat_seconds: int = HEARTBEAT_SECONDS
    ) -> None:
        self._url = url
        self._topology = topology
        self._confirm_timeout = confirm_timeout
        self._heartbeat_seconds = heartbeat_seconds
        self._exchange: AbstractExchange | None = None
        self._lost = asyncio.Event()
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Keep a channel open until cancelled."""
        while True:
            try:
                async with self._channel():
                    await self._lost.wait()
            except (AMQPError, OSError, TimeoutError, asyncio.CancelledError) as error:
                reraise_own_cancellation(error)
                log.warning("broker_unavailable", error=repr(error))
            await asyncio.sleep(RECONNECT_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret

    @asynccontextmanager
    async def _channel(self) -> AsyncIterator[None]:
        self._lost.clear()
        async with open_connection(
            self._url, "prosa-webhook-receiver", heartbeat_seconds=self._heartbeat_seconds
        ) as connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            connection.close_callbacks.add(self._lose)
            channel.close_callbacks.add(self._lose)
            await declare_topology(channel, self._topology)
            self._exchange = await channel.get_exchange(self._topology.exchange, ensure=False)
            self._report_connected(True)
            try:
                yield
            finally:
                self._exchange = None
                self._report_connected(False)

    def _lose(self, *_: object) -> None:
        self._exchange = None
        self._lost.set()

    def _report_connected(self, connected: bool) -> None:
        metrics.BROKER_CONNECTED.set(connected)
        log.info("broker_channel", open=connected)
        if connected:
            self.connected.set()
        else:
            self.connected.clear()

    async def publish(self, parts: Sequence[bytes]) -> None:
        """Publish webhooks as one message; returns when the quorum queue has them on disk.

        Raises NotDurableError: refused, returned, or not confirmed in time. After the last it may be durable all the
        same, so whoever hands it in again must be ready for the double.
        """
        started = time.perf_counter()
        try:
            await self._publish(join_batch(parts))
        except (AMQPError, OSError, TimeoutError, asyncio.CancelledError) as error:
            reraise_own_cancellation(error)
            metrics.PUBLISH_FAILURES.labels(type(error).__name__).inc()
            log.warning("publish_failed", error=repr(error), events=len(parts))
            if not isinstance(error, DeliveryError):
                self._lose()  # a channel that failed once may be stuck: the next publish gets a new one
            raise NotDurableError(repr(error)) from error
        metrics.CONFIRM.observe(time.perf_counter() - started)
        metrics.BATCH_EVENTS.observe(len(parts))

    async def _publish(self, body: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            raise ConnectionError("the broker is away")
        message = Message(
            body,
            content_type=CONTENT_TYPE,
            delivery_mode=DeliveryMode.PERSISTENT,
            # Never twice on a channel: the client matches returns to publishes by it, and would take one for the other.
            message_id=uuid4().hex,
        )
        async with asyncio.timeout(self._confirm_timeout):
            confirmation = await exchange.publish(message, routing_key=self._topology.queue, mandatory=True)
        if not isinstance(confirmation, Basic.Ack):
            raise ConnectionError(f"the broker answered {type(confirmation).__name__} instead of an acknowledgement")


def reraise_own_cancellation(error: BaseException) -> None:
    """Raise a cancellation that was meant for this task.

    The client also cancels what waits on a connection that it declares stuck. That one is a lost connection; taking it
    for our own would leave the sender without an answer.
    """
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
        raise error
