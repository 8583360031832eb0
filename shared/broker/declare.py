"""Declares what stands in RabbitMQ, before anything is published: `python -m shared.broker.declare`.

The services declare it too, so it is never missing. But a node that is killed within a second or so of a quorum queue's
first declaration may come back with an empty queue of that name (RabbitMQ keeps the names in a file that it writes late;
seen on 3.10.8). So a deployment declares first, and goes on once the broker has had time to write.
"""

import asyncio
import os
import sys

from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity

from shared.broker.connection import open_connection
from shared.broker.topology import Topology, declare_topology

SETTLE_SECONDS = 4.0


async def declare(url: str, topology: Topology) -> None:
    """Declare the topology; returns once it survives the broker's sudden death. A second call changes nothing."""
    async with open_connection(url, "prosa-declare") as connection:
        if await _stands(connection, topology):
            return
        await declare_topology(await connection.channel(), topology)
        await asyncio.sleep(SETTLE_SECONDS)


async def _stands(connection: AbstractConnection, topology: Topology) -> bool:
    channel = await connection.channel()
    try:
        for name in (topology.queue, topology.dead):
            await channel.declare_queue(name, passive=True)
    except ChannelNotFoundEntity:
        return False
    return True


def main() -> None:
    url = os.environ.get("RABBITMQ_URL")
    if not url:
        sys.exit("RABBITMQ_URL is not set: export it, or use `make migrate`, which knows the local stack's")
    asyncio.run(declare(url, Topology(os.environ.get("WEBHOOK_QUEUE_NAME", Topology().name))))


if __name__ == "__main__":
    main()
