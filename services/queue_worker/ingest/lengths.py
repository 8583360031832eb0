"""How much waits in RabbitMQ."""

import asyncio

import structlog

from services.queue_worker import metrics
from shared.broker.connection import LOST, open_connection, reraise_own_cancellation
from shared.broker.topology import Topology, declare_topology

log = structlog.get_logger(__name__)

LENGTHS_INTERVAL_SECONDS = 10.0


async def show_lengths(url: str, topology: Topology) -> None:
    """Show until cancelled how many messages wait in the broker's queues; while it is away, nothing is shown."""
    while True:
        try:
            await _show_while_connected(url, topology)
        except LOST as error:
            reraise_own_cancellation(error)
            log.info("broker_lengths_unknown", error=repr(error))
        finally:
            metrics.BROKER_MESSAGES.clear()
        await asyncio.sleep(LENGTHS_INTERVAL_SECONDS)


async def _show_while_connected(url: str, topology: Topology) -> None:
    async with open_connection(url, "prosa-queue-worker-lengths") as connection:
        channel = await connection.channel(publisher_confirms=False)
        await declare_topology(channel, topology)
        while True:
            for label, name in (("events", topology.queue), ("dead", topology.dead)):
                found = await channel.declare_queue(name, passive=True)
                metrics.BROKER_MESSAGES.labels(label).set(found.declaration_result.message_count or 0)
            await asyncio.sleep(LENGTHS_INTERVAL_SECONDS)
