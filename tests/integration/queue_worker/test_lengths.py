"""How much waits in RabbitMQ, as the worker shows it."""

import asyncio

import aio_pika

from services.queue_worker import metrics
from services.queue_worker.ingest.lengths import show_lengths
from shared.broker.topology import Topology, declare_topology
from tests.ending import end
from tests.waiting import until


def shown() -> dict[str, float]:
    [family] = metrics.BROKER_MESSAGES.collect()
    return {sample.labels["queue"]: sample.value for sample in family.samples}


async def test_what_waits_in_the_broker_is_shown_while_it_answers(rabbitmq_url: str, topology: Topology) -> None:
    """Both queues; and when nobody knows any more, nothing rather than the last figure."""
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        await declare_topology(channel, topology)
        exchange = await channel.get_exchange(topology.exchange)
        for _ in range(3):
            await exchange.publish(aio_pika.Message(b"{}"), routing_key=topology.queue)
    showing = asyncio.create_task(show_lengths(rabbitmq_url, topology))

    await until(lambda: shown() == {"events": 3, "dead": 0})
    await end(showing)

    assert shown() == {}


async def test_a_broker_that_is_away_shows_nothing() -> None:
    """The worker goes on without it."""
    metrics.BROKER_MESSAGES.labels("events").set(7)
    showing = asyncio.create_task(show_lengths("amqp://127.0.0.1:1/", Topology("test.nowhere")))

    await until(lambda: shown() == {})
    assert not showing.done()
    await end(showing)
