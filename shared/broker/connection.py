"""Connections to RabbitMQ, opened the same way everywhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractConnection
from yarl import URL

# aiormq declares a silent connection dead after three heartbeats and some: with its default of 60 s that is 3 minutes.
HEARTBEAT_SECONDS = 5
CONNECT_TIMEOUT_SECONDS = 5.0


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
        await connection.close()
