"""Connections to RabbitMQ, opened the same way everywhere."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import structlog
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from aiormq.connection import TCPTransportFactory, TLSTransportFactory, TransportFactory
from yarl import URL

from shared.broker.addresses import broker_addresses

log = structlog.get_logger(__name__)

# aiormq declares a silent connection dead after three heartbeats and some: with its default of 60 s that is 3 minutes.
HEARTBEAT_SECONDS = 5
CONNECT_TIMEOUT_SECONDS = 5.0
CLOSE_TIMEOUT_SECONDS = 0.5
_CLIENTS_EVENT = "_Connection__connection_unblocked"  # aiormq 7.2; a test on the real broker watches over it

# What using a connection or channel raises once it is lost. They have no ancestor in common: a channel that closed a
# moment ago raises a RuntimeError, a stuck one cancels who waits on it. Hand it to `reraise_own_cancellation` first.
LOST = (*CONNECTION_EXCEPTIONS, TimeoutError, asyncio.CancelledError)


class _Transports(TransportFactory):
    """Opens the connection's transport as the client would, and can cut it off."""

    _writer: asyncio.StreamWriter | None = None

    async def create(self, url: URL, **options: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        factory = TLSTransportFactory() if url.scheme == "amqps" else TCPTransportFactory()
        reader, self._writer = await factory.create(url, **options)
        return reader, self._writer

    def cut(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()


class _Unblocked(asyncio.Event):
    """The client's own event for `connection.blocked`, which also tells."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        super().__init__()
        super().set()
        self._tell = tell

    def clear(self) -> None:
        super().clear()
        self._tell(True)

    def set(self) -> None:
        super().set()
        self._tell(False)


class _Connection(aio_pika.Connection):
    """A connection that ends in time, whatever its peer does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._transports = self.kwargs["transport_factory"] = _Transports()

    async def end(self) -> None:
        """Say goodbye, or else hang up: to a peer that is gone the client alone would talk for three heartbeats, and
        for as long as an alarm lasts to one that has stopped reading.
        """
        closing = asyncio.create_task(self.close())
        try:
            await asyncio.wait({closing}, timeout=CLOSE_TIMEOUT_SECONDS)
        finally:
            self._transports.cut()
            await asyncio.wait({closing}, timeout=CLOSE_TIMEOUT_SECONDS)


@asynccontextmanager
async def open_connection(
    urls: str, name: str, *, heartbeat_seconds: int = HEARTBEAT_SECONDS
) -> AsyncIterator[AbstractConnection]:
    """A plain connection, to any node that answers, which ends when that node does. Whoever uses it opens the next one.

    The robust kind is not used: it neither replays publishes nor says that they were lost, and tags and buffers of a
    channel must die with it (`docs/adr/0002`).
    """
    connection = await _connect_to_any(urls, name, heartbeat_seconds)
    try:
        yield connection
    finally:
        await connection.end()


async def _connect_to_any(urls: str, name: str, heartbeat_seconds: int) -> _Connection:
    """In any order: connections are spread, and whoever left a node that takes connections but nothing else does not
    always come back to it.
    """
    addresses = broker_addresses(urls)
    *others, last = random.sample(addresses, len(addresses))
    for address in others:
        try:
            return await _connect(address, name, heartbeat_seconds)
        except LOST as error:
            reraise_own_cancellation(error)
            log.info("broker_node_unavailable", host=URL(address).host, port=URL(address).port, error=repr(error))
    return await _connect(last, name, heartbeat_seconds)


async def _connect(address: str, name: str, heartbeat_seconds: int) -> _Connection:
    # The client's own timeout is an asyncio.wait_for, which in Python 3.11 swallows a cancellation that comes as it ends.
    async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
        return await aio_pika.connect(
            URL(address).update_query(heartbeat=heartbeat_seconds),
            client_properties={"connection_name": name},
            connection_class=_Connection,
        )


def watch_blocked(connection: AbstractConnection, tell: Callable[[bool], None]) -> None:
    """Have `tell` called with True when the broker, by an alarm, stops taking what is published, and with False when it
    goes on.

    The client has no callback for it: it notes the broker's word in an event of its own, which is replaced here.
    """
    underlay = connection.transport and connection.transport.connection
    if not hasattr(underlay, _CLIENTS_EVENT):
        log.error("broker_alarms_unnoticed", reason="the AMQP client notes them elsewhere than it did")
        return
    setattr(underlay, _CLIENTS_EVENT, _Unblocked(tell))


def reraise_own_cancellation(error: BaseException) -> None:
    """Raise a cancellation that was meant for this task.

    The client also cancels what waits on a connection that it declares stuck. That one is a lost connection; taking it
    for our own would leave the sender without an answer.
    """
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
        raise error
