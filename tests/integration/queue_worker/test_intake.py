"""From the broker to the inbox: nothing is acknowledged before it is stored, and nothing is stored twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

import aio_pika
import psycopg
import pytest
from aio_pika.abc import AbstractChannel, AbstractQueue

from services.queue_worker import metrics
from services.queue_worker.ingest import intake as intake_module
from services.queue_worker.ingest.intake import Declare, Intake
from shared.broker.topology import Topology, declare_topology
from shared.db.pool import Pool, open_pool
from shared.events.envelope import WebhookEnvelope
from tests.ending import end
from tests.factories import delivery, envelope, evolution_message
from tests.integration.queue_worker.queue_rows import Owner, dead, queued, somebody_waits
from tests.proxy import Proxy, open_proxy
from tests.waiting import until

MESSAGES, EVENTS_EACH = 12, 5


@pytest.fixture
async def webhooks(rabbitmq_url: str, topology: Topology) -> list[WebhookEnvelope]:
    """Sixty webhooks in twelve AMQP messages, published and waiting."""
    every = [envelope(evolution_message(f"M{n}"), source_id=1) for n in range(MESSAGES * EVENTS_EACH)]
    await publish(rabbitmq_url, topology, [delivery(*every[n::MESSAGES]) for n in range(MESSAGES)])
    return every


@pytest.fixture
async def postgres(database_url: str) -> AsyncIterator[Proxy]:
    """What stands between the worker and Postgres."""
    async with open_proxy(database_url) as proxy:
        yield proxy


@pytest.fixture
async def pool(postgres: Proxy) -> AsyncIterator[Pool]:
    """The worker's connections, by way of the proxy."""
    async with open_pool(postgres.url, "prosa_worker", size=2) as pool:
        yield pool


async def publish(url: str, topology: Topology, bodies: Sequence[bytes]) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await declare_topology(channel, topology)
        exchange = await channel.get_exchange(topology.exchange)
        for body in bodies:
            await exchange.publish(aio_pika.Message(body), topology.queue)


async def waiting_in_broker(url: str, topology: Topology) -> int:
    """How many messages the broker holds for whoever comes next. Those in somebody's hands are not counted."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(topology.queue, passive=True)
        return queue.declaration_result.message_count or 0


@asynccontextmanager
async def running_intake(
    url: str,
    topology: Topology,
    pool: Pool,
    stored: Callable[[], None] = lambda: None,
    declare: Declare = declare_topology,
) -> AsyncIterator[Intake]:
    intake = Intake(url, topology, pool, prefetch=64, stored=stored, declare=declare)
    running = asyncio.create_task(intake.run())
    try:
        yield intake
        assert not running.done(), running.exception()
    finally:
        await end(running)


def losing(postgres: Proxy) -> Declare:
    """Postgres goes away between the look whether it is there and the first delivery."""
    lost: list[bool] = []

    async def declare(channel: AbstractChannel, topology: Topology) -> AbstractQueue:
        if not lost:
            lost.append(True)
            postgres.refuse()
        return await declare_topology(channel, topology)

    return declare


def ids(owner: Owner) -> list[UUID]:
    return sorted(row["id"] for row in queued(owner))


def expected(webhooks: Sequence[WebhookEnvelope]) -> list[UUID]:
    return sorted(webhook.event_id for webhook in webhooks)


async def test_everything_is_stored_and_acknowledged(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """Each webhook is in the queue of Postgres once, and none in the broker's."""
    async with running_intake(rabbitmq_url, topology, worker_pool) as intake:
        await until(lambda: len(ids(owner)) == len(webhooks), what="everything stored")
        assert intake.connected.is_set()

    assert ids(owner) == expected(webhooks)
    await until(lambda: _nothing_left(rabbitmq_url, topology, worker_pool), what="an empty queue")


async def test_the_connection_dies_between_commit_and_acknowledgement(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """What was committed and not acknowledged comes again and changes nothing; in the end the broker has nothing."""
    async with open_proxy(rabbitmq_url) as proxy:
        commits: list[int] = []

        def cut_the_first_times() -> None:
            commits.append(len(ids(owner)))
            if len(commits) <= 3:
                proxy.cut()

        async with running_intake(proxy.url, topology, worker_pool, cut_the_first_times):
            await until(lambda: len(commits) > 3 and len(ids(owner)) == len(webhooks), what="all of it, again")
            await until(lambda: _acknowledged(rabbitmq_url, topology), what="an empty queue")

    assert commits[0] > 0, "it is told before the commit"
    assert ids(owner) == expected(webhooks)
    await until(lambda: _nothing_left(rabbitmq_url, topology, worker_pool), what="an empty queue")


async def _nothing_left(url: str, topology: Topology, pool: Pool) -> bool:
    """Whether another intake leaves nothing: one that is stopped between commit and acknowledgement gets its batch again."""
    async with running_intake(url, topology, pool):
        await until(lambda: _acknowledged(url, topology), what="an empty queue")
    return await _acknowledged(url, topology)


async def _acknowledged(url: str, topology: Topology) -> bool:
    """Whether the broker has nothing that it would give to another consumer."""
    return await waiting_in_broker(url, topology) == 0


async def test_nothing_is_acknowledged_while_postgres_is_away(
    owner: Owner, postgres: Proxy, pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """A worker that stops then has taken nothing from the broker."""
    failures = _failures()
    async with running_intake(rabbitmq_url, topology, pool, declare=losing(postgres)):
        await until(lambda: _failures() >= failures + 2, what="two failed attempts")

    await until(lambda: _all_back(rabbitmq_url, topology), what="everything back in the broker")
    assert ids(owner) == []


async def _all_back(url: str, topology: Topology) -> bool:
    return await waiting_in_broker(url, topology) == MESSAGES


def _failures() -> float:
    return float(metrics.INTAKE_FAILURES._value.get())


async def test_nothing_is_taken_from_the_broker_before_postgres_answers(
    owner: Owner, postgres: Proxy, pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """Deliveries are counted: a worker that is started again and again during an outage must not use them up."""
    postgres.refuse()
    async with open_proxy(rabbitmq_url) as broker, running_intake(broker.url, topology, pool) as intake:
        await until(lambda: postgres.accepted >= 2, what="attempts to reach Postgres")
        assert (broker.accepted, intake.connected.is_set()) == (0, False)
        postgres.resume()
        await until(lambda: len(ids(owner)) == len(webhooks), what="everything stored")


async def test_after_postgres_came_back_everything_is_stored_with_no_attempt_spent(
    owner: Owner, postgres: Proxy, pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """An outage costs time and nothing else."""
    failures = _failures()
    async with running_intake(rabbitmq_url, topology, pool, declare=losing(postgres)):
        await until(lambda: _failures() > failures, what="an attempt during the outage")
        postgres.resume()
        await until(lambda: len(ids(owner)) == len(webhooks), what="everything stored")
        await until(lambda: _acknowledged(rabbitmq_url, topology), what="an empty queue")

    assert ids(owner) == expected(webhooks)
    assert {(row["status"], row["retry_count"]) for row in queued(owner)} == {("pending", 0)}
    await until(lambda: _nothing_left(rabbitmq_url, topology, pool), what="an empty queue")


async def test_postgres_dies_while_a_batch_is_being_stored(
    owner: Owner, postgres: Proxy, pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """Wherever in the transaction the line tears, before the commit or after, each event is stored once."""
    cuts = 0

    def cut() -> None:
        nonlocal cuts
        cuts += 1
        postgres.cut()

    def is_cut_or_done(before: int) -> bool:
        return cuts > before or len(ids(owner)) == len(webhooks)

    async with running_intake(rabbitmq_url, topology, pool):
        for request_bytes in (100, 2_000, 20_000, 30_000):
            postgres.after(request_bytes, cut)
            await until(partial(is_cut_or_done, cuts), what="a cut")
        await until(lambda: len(ids(owner)) == len(webhooks), what="everything stored")

    assert cuts
    assert ids(owner) == expected(webhooks)


async def test_a_batch_in_hand_is_dropped_with_the_connection_it_came_by(
    owner: Owner, postgres: Proxy, pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """Both are away at once: the old channel's tags are never acknowledged on the new one, and nothing is lost."""
    failures = _failures()
    async with (
        open_proxy(rabbitmq_url) as broker,
        running_intake(broker.url, topology, pool, declare=losing(postgres)),
    ):
        await until(lambda: _failures() > failures, what="a batch in hand")
        broker.cut()
        await until(lambda: _all_back(rabbitmq_url, topology), what="everything back in the broker")
        assert broker.accepted == 1, "it takes from the broker again, though it could store nothing"
        postgres.resume()
        await until(lambda: len(ids(owner)) == len(webhooks), what="everything stored")
        await until(lambda: _acknowledged(rabbitmq_url, topology), what="an empty queue")
        assert broker.accepted == 2, "a stale tag has closed the new channel"

    assert ids(owner) == expected(webhooks)
    await until(lambda: _nothing_left(rabbitmq_url, topology, pool), what="an empty queue")


async def test_the_connection_dies_while_a_batch_is_being_stored(
    owner: Owner,
    database_url: str,
    worker_pool: Pool,
    rabbitmq_url: str,
    topology: Topology,
    webhooks: list[WebhookEnvelope],
) -> None:
    """The commit succeeds and there is no channel left to acknowledge on: the worker lives, and takes it all again."""
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE webhook_events IN EXCLUSIVE MODE")
        async with open_proxy(rabbitmq_url) as broker, running_intake(broker.url, topology, worker_pool):
            await until(lambda: somebody_waits(owner), what="a batch being stored")
            broker.cut()
            await until(lambda: _all_back(rabbitmq_url, topology), what="everything back in the broker")
            other.commit()
            await until(lambda: len(ids(owner)) == len(webhooks), what="everything stored")
            await until(lambda: _acknowledged(rabbitmq_url, topology), what="an empty queue")

    assert ids(owner) == expected(webhooks)
    await until(lambda: _nothing_left(rabbitmq_url, topology, worker_pool), what="an empty queue")


async def test_an_absent_broker_is_waited_for(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """Refused and reset connections change nothing: when the broker is there the work begins."""
    async with open_proxy(rabbitmq_url) as proxy:
        proxy.refuse()
        async with running_intake(proxy.url, topology, worker_pool) as intake:
            await until(lambda: proxy.accepted >= 2, what="two attempts")
            assert not intake.connected.is_set()
            proxy.resume()
            await until(lambda: len(ids(owner)) == len(webhooks), what="everything stored")

    await until(lambda: _nothing_left(rabbitmq_url, topology, worker_pool), what="an empty queue")


async def test_a_connection_that_tears_while_it_is_made_is_made_again(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever in the handshake, the declarations or the consuming the line tears, the worker lives and tries again."""
    monkeypatch.setattr(intake_module, "RECONNECT_SECONDS", 0.01)
    async with open_proxy(rabbitmq_url) as proxy, running_intake(proxy.url, topology, worker_pool) as intake:
        await intake.connected.wait()
        whole = proxy.requests.passed
        for eighths in range(1, 8):
            connections = proxy.accepted
            proxy.after(whole * eighths // 8, proxy.cut)
            proxy.cut()
            await until(lambda before=connections: proxy.accepted >= before + 2, what="two connections")  # type: ignore[misc]
        await publish(rabbitmq_url, topology, [delivery(envelope(evolution_message("A"), source_id=1))])
        await until(lambda: len(ids(owner)) == 1, what="the event stored")


async def test_a_consumer_that_the_broker_cancels_comes_back(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology
) -> None:
    """The queue is deleted under a running worker: it declares it anew and takes what comes."""
    async with running_intake(rabbitmq_url, topology, worker_pool) as intake:
        await intake.connected.wait()
        async with await aio_pika.connect(rabbitmq_url) as connection:
            await (await connection.channel()).queue_delete(topology.queue)
        await until(lambda: not intake.connected.is_set(), what="the loss being noticed")
        await intake.connected.wait()
        await publish(rabbitmq_url, topology, [delivery(envelope(evolution_message("A"), source_id=1))])
        await until(lambda: len(ids(owner)) == 1, what="the event stored")


async def test_foreign_bytes_do_not_block_the_queue(
    owner: Owner, worker_pool: Pool, rabbitmq_url: str, topology: Topology, webhooks: list[WebhookEnvelope]
) -> None:
    """What nobody can read is kept among the dead and acknowledged like the rest."""
    await publish(rabbitmq_url, topology, [b"", b"\x00", b"PRW1\xff", b"PRW1" + b"\xff" * 8])

    async with running_intake(rabbitmq_url, topology, worker_pool):
        await until(lambda: len(dead(owner)) == 4, what="four dead letters")
        await until(lambda: len(ids(owner)) == len(webhooks), what="everything stored")

    await until(lambda: _nothing_left(rabbitmq_url, topology, worker_pool), what="an empty queue")
