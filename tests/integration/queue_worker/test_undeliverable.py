"""What the broker gives up, and what earlier versions left behind."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aio_pika
import pytest

from services.queue_worker.ingest import undeliverable
from services.queue_worker.ingest.arrivals import arrivals, undelivered
from services.queue_worker.ingest.inbox import store_arrivals
from services.queue_worker.ingest.intake import Intake
from services.queue_worker.ingest.undeliverable import bury_undelivered, declare_dead, drain_former, retire_former
from shared.broker import topology as topology_module
from shared.broker.topology import MAX_QUEUE_BYTES, Topology, declare_topology
from shared.db.pool import Pool
from tests.ending import end
from tests.factories import delivery, envelope, evolution_message
from tests.integration.queue_worker.queue_rows import Owner, dead, queued
from tests.integration.queue_worker.test_intake import publish, running_intake
from tests.proxy import open_proxy
from tests.waiting import until

RELEASED_ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "quorum",
    "x-overflow": "reject-publish",
    "x-max-length-bytes": MAX_QUEUE_BYTES,
    "x-delivery-limit": 1_000_000,
}


@asynccontextmanager
async def running(coroutine: asyncio.Future[None]) -> AsyncIterator[None]:
    try:
        yield
        assert not coroutine.done(), coroutine.exception()
    finally:
        await end(coroutine)


def drain(url: str, topology: Topology, pool: Pool) -> asyncio.Task[None]:
    """The worker's loop over the broker's dead."""
    intake = Intake(
        url,
        topology,
        pool,
        prefetch=4,
        stored=lambda: None,
        declare=declare_dead,
        decode=undelivered,
        store=bury_undelivered,
        main=False,
    )
    return asyncio.create_task(intake.run())


async def reject_until_dead(url: str, topology: Topology, limit: int) -> None:
    """A consumer that dies with whatever it is given, as often as the broker lets it."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await declare_topology(channel, topology)
        deliveries = 0
        while deliveries <= limit:
            message = await queue.get(fail=False)
            if message is not None:
                deliveries += 1
                await message.reject(requeue=True)


async def count(url: str, name: str) -> int:
    async with await aio_pika.connect(url) as connection:
        queue = await (await connection.channel()).declare_queue(name, passive=True)
        return queue.declaration_result.message_count or 0


async def exists(url: str, name: str) -> bool:
    async with await aio_pika.connect(url) as connection:
        try:
            await (await connection.channel()).declare_queue(name, passive=True)
        except aio_pika.exceptions.ChannelNotFoundEntity:
            return False
        return True


async def test_what_was_delivered_too_often_becomes_dead_letters(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for each webhook of its batch, with its bytes, its clinic and its source; the broker's dead queue is empty then."""
    monkeypatch.setattr(topology_module, "DELIVERY_LIMIT", 2)
    webhooks = [envelope(evolution_message(f"M{n}"), source_id=1) for n in range(3)]
    await publish(rabbitmq_url, topology, [delivery(*webhooks)])
    await reject_until_dead(rabbitmq_url, topology, 2)

    async with running(drain(rabbitmq_url, topology, worker_pool)):
        await until(lambda: len(dead(owner)) == 3, what="three dead letters")
    await until(lambda: _drained(rabbitmq_url, topology, worker_pool), what="an empty dead queue")

    assert [bytes(row["raw"]) for row in dead(owner)] == [webhook.body for webhook in webhooks]
    assert {(row["reason"], row["clinic_id"], row["source_name"]) for row in dead(owner)} == {
        ("undeliverable", 1, "demo-wa")
    }


async def _drained(url: str, topology: Topology, pool: Pool) -> bool:
    """Whether another drain leaves nothing: one that is stopped before it acknowledges gets the batch again."""
    async with running(drain(url, topology, pool)):
        await until(partial(_is_empty, url, topology.dead), what="an empty dead queue")
    return await _is_empty(url, topology.dead)


async def _is_empty(url: str, name: str) -> bool:
    return await count(url, name) == 0


async def to_the_dead(url: str, topology: Topology, bodies: Sequence[bytes]) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await declare_topology(channel, topology)
        exchange = await channel.get_exchange(topology.dead)
        for body in bodies:
            await exchange.publish(aio_pika.Message(body), topology.dead)


async def test_a_drain_that_dies_before_it_acknowledges_buries_nothing_twice(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology
) -> None:
    """It comes again and is known; foreign bytes are kept whole."""
    await to_the_dead(
        rabbitmq_url, topology, [delivery(envelope(evolution_message("A"), source_id=1)), b"from nobody we know"]
    )
    async with open_proxy(rabbitmq_url) as proxy:
        for _ in range(3):
            async with running(drain(proxy.url, topology, worker_pool)):
                await until(lambda: len(dead(owner)) == 2, what="both among the dead")
                proxy.cut()
        async with running(drain(rabbitmq_url, topology, worker_pool)):
            await until(partial(_is_empty, rabbitmq_url, topology.dead), what="an empty dead queue")

    assert len(dead(owner)) == 2
    assert {bytes(row["raw"]) for row in dead(owner)} >= {b"from nobody we know"}
    assert {row["reason"] for row in dead(owner)} == {"undeliverable"}


async def test_what_was_taken_in_before_is_no_dead_letter(owner: Owner, worker_pool: Pool) -> None:
    """It was delivered too often because its acknowledgement was lost, not because it could not be stored."""
    batch = delivery(envelope(evolution_message("A"), source_id=1))
    await store_arrivals(worker_pool, arrivals(batch))

    assert await bury_undelivered(worker_pool, undelivered(batch)) == 0
    assert dead(owner) == []


async def declare_as_released(url: str, topology: Topology, bodies: Sequence[bytes]) -> None:
    """What a broker holds that was used by the version before."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(topology.exchange, aio_pika.ExchangeType.DIRECT, durable=True)
        queue = await channel.declare_queue(topology.former_queue, durable=True, arguments=RELEASED_ARGUMENTS)
        await queue.bind(exchange, routing_key=topology.former_queue)
        for body in bodies:
            await exchange.publish(aio_pika.Message(body), topology.former_queue)


async def test_the_former_queue_is_emptied_and_then_gone(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing it held is lost, and what an old receiver publishes meanwhile is taken in by the new queue."""
    monkeypatch.setattr(undeliverable, "FORMER_ROUND_SECONDS", 0.5)
    old = [delivery(envelope(evolution_message(f"M{n}"), source_id=1)) for n in range(5)]
    await declare_as_released(rabbitmq_url, topology, old)

    draining = asyncio.create_task(drain_former(rabbitmq_url, topology, worker_pool, lambda: None))
    async with running_intake(rabbitmq_url, topology, worker_pool), running(draining):
        await until(lambda: len(queued(owner)) == 5, what="what the former queue held")
        async with await aio_pika.connect(rabbitmq_url) as connection:
            exchange = await (await connection.channel()).get_exchange(topology.exchange)
            late = delivery(envelope(evolution_message("late"), source_id=1))
            await exchange.publish(aio_pika.Message(late), topology.former_queue)
        await until(lambda: len(queued(owner)) == 6, what="what an old receiver published")
        await until(partial(_is_gone, rabbitmq_url, topology.former_queue), what="the former queue's end")


async def _is_gone(url: str, name: str) -> bool:
    return not await exists(url, name)


async def test_a_former_queue_that_somebody_still_consumes_stays(rabbitmq_url: str, topology: Topology) -> None:
    """An old worker may have its messages in hand."""
    await declare_as_released(rabbitmq_url, topology, [b"x"])
    async with await aio_pika.connect(rabbitmq_url) as connection:
        queue = await (await connection.channel()).get_queue(topology.former_queue)
        in_hand: list[object] = []

        async def take(message: object) -> None:
            in_hand.append(message)

        await queue.consume(take)
        await until(lambda: bool(in_hand), what="the message in hand")
        assert not await retire_former(rabbitmq_url, topology)

    async def is_back() -> bool:
        return await count(rabbitmq_url, topology.former_queue) == 1

    await until(is_back, what="the message, given back")


async def test_without_a_former_queue_there_is_nothing_to_do(rabbitmq_url: str, topology: Topology) -> None:
    """A fresh installation never had one."""
    assert await retire_former(rabbitmq_url, topology)
