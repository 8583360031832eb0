"""What the broker gave up delivering: drained into the dead letters, where an operator sees it.

And what earlier versions left in the queue that they used: taken in as ever, until it is empty.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID, uuid5

import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity

from services.queue_worker import metrics
from services.queue_worker.ingest.arrivals import Arrival
from services.queue_worker.ingest.inbox import bury_arrival
from services.queue_worker.ingest.intake import Intake
from shared.broker.connection import LOST, open_connection, reraise_own_cancellation
from shared.broker.topology import Topology, declare_topology
from shared.db.pool import Connection, Pool

log = structlog.get_logger(__name__)

UNDELIVERABLE = (
    "the broker delivered it again and again, and no worker has confirmed it; its bytes are kept as they came"
)
FORMER_INTERVAL_SECONDS = 30.0
FORMER_ROUND_SECONDS = 2.0


async def declare_dead(channel: AbstractChannel, topology: Topology) -> AbstractQueue:
    """The queue of what was delivered too often."""
    await declare_topology(channel, topology)
    return await channel.get_queue(topology.dead)


async def declare_former(channel: AbstractChannel, topology: Topology) -> AbstractQueue:
    """The queue of earlier versions, with nothing bound to it any more. Raises ChannelNotFoundEntity where there is none."""
    await declare_topology(channel, topology)
    queue = await channel.declare_queue(topology.former_queue, passive=True)
    await queue.unbind(topology.exchange, routing_key=topology.former_queue)
    return queue


async def bury_undelivered(pool: Pool, arrived: Sequence[Arrival]) -> int:
    """Keep webhooks as dead letters, in one transaction; returns how many. Those that were taken in before are left out."""
    buried = 0
    async with pool.connection() as connection, connection.transaction():
        for arrival in arrived:
            if await _taken_in(connection, arrival):
                continue
            content_id = uuid5(UUID(int=arrival.source_id or 0), arrival.digest.hex())
            await bury_arrival(connection, arrival, content_id, UNDELIVERABLE, "undeliverable")
            buried += 1
    metrics.UNDELIVERABLE.inc(buried)
    return buried


async def _taken_in(connection: Connection, arrival: Arrival) -> bool:
    cursor = await connection.execute(
        "SELECT 1 FROM webhook_events WHERE id = %s OR (source_id = %s AND digest = %s) LIMIT 1",
        [arrival.id, arrival.source_id, arrival.digest],
    )
    return await cursor.fetchone() is not None


async def drain_former(url: str, topology: Topology, pool: Pool, stored: Callable[[], None]) -> None:
    """Empty and delete the queue of earlier versions whenever there is one, until cancelled.

    A receiver of an earlier version may bring it back while versions are changed; what is published then is in both
    queues, and is known to the inbox the second time.
    """
    while True:
        try:
            while not await retire_former(url, topology):
                await _consume_for_a_while(
                    Intake(url, topology, pool, prefetch=64, stored=stored, declare=declare_former)
                )
        except LOST as error:
            reraise_own_cancellation(error)
            log.info("former_queue_unknown", error=repr(error))
        await asyncio.sleep(FORMER_INTERVAL_SECONDS)


async def _consume_for_a_while(intake: Intake) -> None:
    try:
        async with asyncio.timeout(FORMER_ROUND_SECONDS):
            await intake.run()
    except TimeoutError:
        return


async def retire_former(url: str, topology: Topology) -> bool:
    """Whether the queue of earlier versions is gone; it is deleted where it is empty and nobody consumes it.

    Quorum queues have no conditional delete. But what arrives in between is in the new queue as well, and a consumer that
    has something in hand is counted until the broker has put that back.
    """
    async with open_connection(url, "prosa-queue-worker-retire") as connection:
        if not await _exists(connection, topology.former_queue):
            return True
        channel = await connection.channel()
        found = (await declare_former(channel, topology)).declaration_result
        if found.message_count or found.consumer_count:
            return False
        await channel.queue_delete(topology.former_queue)
        log.info("former_queue_deleted", queue=topology.former_queue)
        return True


async def _exists(connection: AbstractConnection, name: str) -> bool:
    channel = await connection.channel()
    try:
        await channel.declare_queue(name, passive=True)
    except ChannelNotFoundEntity:
        return False
    return True
