"""Connections to RabbitMQ, opened the same way everywhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from yarl import URL

# aiormq declares a silent connection dead after three heartbeats and some: with its default of 60 s that is 3 minutes.
HEARTBEAT_SECONDS = 5
CONNECT_TIMEOUT_SECONDS = 5.0
CLOSE_TIMEOUT_SECONDS = 0.5

# What using a connection or channel raises once it is lost. They have no ancestor in common: a channel that closed a
# moment ago raises a RuntimeError, a stuck one cancels who waits on it. Hand it to `reraise_own_cancellation` first.
LOST = (*CONNECTION_EXCEPTIONS, TimeoutError, asyncio.CancelledError)

_closing: set[asyncio.Task[None]] = set()


@asynccontextmanager
async def open_connection(
    url: str, name: str, *, heartbeat_seconds: int = HEARTBEAT_SECONDS
) -> AsyncIterator[AbstractConnection]:
    """A plain connection that ends when the broker does. Whoever uses it opens the next one.

    The robust kind is not used: it neither replays publishes nor says that they were lost, and tags and buffers of a
    channel must die with it (`docs/adr/0002`).
    """
    with_heartbeat = URL(url).update_query(heartbeat=heartbeat_seconds)
    connection = await aio_pika.connect(
        with_heartbeat, timeout=CONNECT_TIMEOUT_SECONDS, client_properties={"connection_name": name}
    )
    try:
        yield connection
    finally:
        await _close(connection)


async def _close(connection: AbstractConnection) -> None:
    """Say goodbye, in the background where it takes long: a peer that is gone would be waited for three heartbeats."""
    closing = asyncio.create_task(connection.close())
    _closing.add(closing)
    closing.add_done_callback(_closing.discard)
    await asyncio.wait({closing}, timeout=CLOSE_TIMEOUT_SECONDS)


def reraise_own_cancellation(error: BaseException) -> None:
    """Raise a cancellation that was meant for this task.

    The client also cancels what waits on a connection that it declares stuck. That one is a lost connection; taking it
    for our own would leave the sender without an answer.
    """
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
        raise error
