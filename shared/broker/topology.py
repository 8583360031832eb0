"""What stands in RabbitMQ. The receiver and the worker both declare it, so either may start first.

    exchange `{name}` ──> queue `{name}.events` ──delivered too often──> exchange and queue `{name}.dead`

Earlier versions published into `{name}.inbound`, whose arguments cannot be changed: nothing is bound to it any more, and
the worker consumes what it still holds.
"""

from dataclasses import dataclass

from aio_pika.abc import AbstractChannel, AbstractQueue, ExchangeType

MAX_QUEUE_BYTES = 8 * 1024**3
# Every connection that is lost counts as a delivery of all that it had prefetched, and RabbitMQ 4 would drop a message after
# 20 of them unless told otherwise. Postgres being away costs one at most, for the worker holds on to what it has and takes
# no more until it is back. What comes back fifty times has most likely killed as many workers: it is set aside, and so
# is what was prefetched with it; nothing of it is lost.
DELIVERY_LIMIT = 50
# The drain of the dead must never be where a message goes round for ever and is then dropped.
DEAD_DELIVERY_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Topology:
    """Names of the exchanges and queues that carry webhooks; tests use their own. A queue's name is its routing key."""

    name: str = "prosa.webhooks"

    @property
    def exchange(self) -> str:
        return self.name

    @property
    def queue(self) -> str:
        return f"{self.name}.events"

    @property
    def dead(self) -> str:
        """The exchange and the queue of what was delivered too often."""
        return f"{self.name}.dead"

    @property
    def former_queue(self) -> str:
        """The queue of earlier versions, and what their receivers publish to while they still run."""
        return f"{self.name}.inbound"


async def declare_topology(channel: AbstractChannel, topology: Topology) -> AbstractQueue:
    """Declare exchanges, queues and bindings; returns the queue to consume. Declaring what stands changes nothing.

    Quorum queues, even on one node, because only they sync to disk before they confirm; full, they refuse what is
    published instead of dropping what they hold. So does the queue of the dead: the broker then keeps a message where it
    is until the dead queue has confirmed it (at-least-once, which needs just this overflow).
    """
    await _declare_dead(channel, topology)
    exchange = await channel.declare_exchange(topology.exchange, ExchangeType.DIRECT, durable=True)
    queue = await channel.declare_queue(
        topology.queue,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",
            "x-max-length-bytes": MAX_QUEUE_BYTES,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": topology.dead,
            "x-dead-letter-routing-key": topology.dead,
            "x-dead-letter-strategy": "at-least-once",
        },
    )
    for routing_key in (topology.queue, topology.former_queue):
        await queue.bind(exchange, routing_key=routing_key)
    return queue


async def _declare_dead(channel: AbstractChannel, topology: Topology) -> None:
    exchange = await channel.declare_exchange(topology.dead, ExchangeType.DIRECT, durable=True)
    queue = await channel.declare_queue(
        topology.dead,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",
            "x-max-length-bytes": MAX_QUEUE_BYTES,
            "x-delivery-limit": DEAD_DELIVERY_LIMIT,
        },
    )
    await queue.bind(exchange, routing_key=topology.dead)
