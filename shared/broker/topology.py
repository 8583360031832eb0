"""What stands in RabbitMQ. The receiver and the worker both declare it, so either may start first."""

from dataclasses import dataclass

from aio_pika.abc import AbstractChannel, AbstractQueue, ExchangeType

MAX_QUEUE_BYTES = 8 * 1024**3
# RabbitMQ 4 drops a message after 20 deliveries unless told otherwise; ours must only ever leave by acknowledgement.
DELIVERY_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Topology:
    """Names of the exchange and queue that carry webhooks; tests use their own."""

    name: str = "prosa.webhooks"

    @property
    def exchange(self) -> str:
        return self.name

    @property
    def queue(self) -> str:
        return f"{self.name}.inbound"


async def declare_topology(channel: AbstractChannel, topology: Topology) -> AbstractQueue:
    """Declare exchange, queue and binding. Declaring what stands changes nothing.

    A quorum queue, even on one node, because only it syncs to disk before it confirms; full, it refuses what is
    published instead of dropping what it holds.
    """
    exchange = await channel.declare_exchange(topology.exchange, ExchangeType.DIRECT, durable=True)
    queue = await channel.declare_queue(
        topology.queue,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",
            "x-max-length-bytes": MAX_QUEUE_BYTES,
            "x-delivery-limit": DELIVERY_LIMIT,
        },
    )
    await queue.bind(exchange, routing_key=topology.queue)
    return queue
