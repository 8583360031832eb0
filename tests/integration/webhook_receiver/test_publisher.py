"""The traps of the AMQP client, each on the real broker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import aiormq
import pytest
from aio_pika.abc import AbstractIncomingMessage
from aiormq.abc import AbstractConnection

from services.webhook_receiver import publisher as publisher_module
from services.webhook_receiver.group_commit import GroupCommit, NotDurableError
from services.webhook_receiver.publisher import Publisher
from shared.broker import topology as topology_module
from shared.broker.connection import HEARTBEAT_SECONDS, open_connection
from shared.broker.topology import Topology
from shared.events.envelope import join_batch
from tests.ending import end
from tests.integration.webhook_receiver.conftest import Queue
from tests.integration.webhook_receiver.receiver import DEADLINE_SECONDS, eventually
from tests.proxy import Proxy


@asynccontextmanager
async def running(publisher: Publisher) -> AsyncIterator[Publisher]:
    """A publisher that is connected and keeps itself so."""
    loop = asyncio.create_task(publisher.run())
    try:
        await connected(publisher)
        yield publisher
        assert not loop.done(), "a fault ended the publisher"
    finally:
        await end(loop)


async def connected(publisher: Publisher) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        await publisher.connected.wait()


@pytest.fixture
async def publisher(broker: Proxy, topology: Topology) -> AsyncIterator[Publisher]:
    async with running(Publisher(broker.url, topology, confirm_timeout=5)) as publisher:
        yield publisher


@pytest.fixture
async def impatient(broker: Proxy, topology: Topology) -> AsyncIterator[Publisher]:
    """One that doesn't wait long for a confirm."""
    async with running(Publisher(broker.url, topology, confirm_timeout=0.2)) as publisher:
        yield publisher


async def published_again(publisher: Publisher) -> None:
    """Wait until something is published."""

    async def succeeds() -> bool:
        try:
            await publisher.publish([b"again"])
        except NotDurableError:
            return False
        return True

    await eventually(succeeds)


def bodies(messages: list[AbstractIncomingMessage]) -> list[bytes]:
    return [message.body for message in messages]


async def test_what_was_published_is_in_the_queue(publisher: Publisher, queue: Queue) -> None:
    """One message holds the parts in their order."""
    await publisher.publish([b"one", b"two"])

    assert bodies(await queue.messages()) == [join_batch([b"one", b"two"])]


async def test_an_unroutable_publish_fails(publisher: Publisher, queue: Queue) -> None:
    """The client's default takes a returned message for a success."""
    await queue.delete()

    with pytest.raises(NotDurableError, match="NO_ROUTE"):
        await publisher.publish([b"lost"])


async def test_two_unroutable_publishes_in_flight_both_fail(publisher: Publisher, queue: Queue, broker: Proxy) -> None:
    """The client matches returns by message id: with one id for both, the first would be taken for a success."""
    await queue.delete()
    broker.hold_answers()
    before = broker.requests.passed
    publishes = [asyncio.create_task(publisher.publish([b"x" * 1000])) for _ in range(2)]

    async def both_left() -> bool:
        return broker.requests.passed - before > 2000

    await eventually(both_left)
    broker.resume()

    outcomes = await asyncio.gather(*publishes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [NotDurableError, NotDurableError]
    assert all("NO_ROUTE" in str(outcome) for outcome in outcomes)


async def test_message_ids_are_never_used_twice(publisher: Publisher, queue: Queue) -> None:
    """Each attempt has its own, also where the same bytes are published again."""
    await asyncio.gather(*(publisher.publish([b"the same webhook"]) for _ in range(20)))

    ids = [message.message_id for message in await queue.messages()]
    assert None not in ids
    assert len(set(ids)) == 20


async def test_a_publish_without_a_confirm_fails_in_time(impatient: Publisher, broker: Proxy, queue: Queue) -> None:
    """After the confirm's time it is unknown whether it is durable, and the sender is told to come back."""
    broker.hold_answers()

    async with asyncio.timeout(1.0):
        with pytest.raises(NotDurableError):
            await impatient.publish([b"unknown"])

    assert bodies(await queue.messages()) == [join_batch([b"unknown"])]  # this time it was


@pytest.mark.parametrize("size", [10, 8 * 1024**2], ids=["small", "large"])
@pytest.mark.parametrize("fault", [Proxy.hold, Proxy.strand], ids=["frozen", "failed over"])
async def test_a_publish_that_timed_out_does_not_block_the_next(
    impatient: Publisher, broker: Proxy, queue: Queue, fault: Callable[[Proxy], None], size: int
) -> None:
    """Not even where megabytes of it are stuck in the old connection: that one is not waited for."""
    fault(broker)
    with pytest.raises(NotDurableError):
        await impatient.publish([b"x" * size])
    broker.resume()

    async with asyncio.timeout(10.0):  # three of the client's heartbeats are fifteen
        await published_again(impatient)

    assert join_batch([b"again"]) in bodies(await queue.messages())


async def test_a_stuck_connection_cancels_nobody(broker: Proxy, topology: Topology, queue: Queue) -> None:
    """Three heartbeats after the last sign of life the client cancels who waits on it; they see a failed publish."""
    stuck = Publisher(broker.url, topology, confirm_timeout=60, heartbeat_seconds=1)
    async with running(stuck):
        committer = GroupCommit(stuck.publish, max_pending_bytes=1000)
        committing = asyncio.create_task(committer.run())
        broker.hold()

        with pytest.raises(NotDurableError, match="CancelledError"):
            await committer.append(b"lost")

        broker.resume()
        await connected(stuck)
        await committer.append(b"kept")
        assert not committing.done()
        await end(committing)
    assert join_batch([b"kept"]) in bodies(await queue.messages())


async def test_our_own_cancellation_cancels(publisher: Publisher, broker: Proxy) -> None:
    """Whoever cancels a publish is obeyed, and the channel goes on being used."""
    broker.hold()
    publishing = asyncio.create_task(publisher.publish([b"given up"]))
    before = broker.accepted
    await asyncio.sleep(0)
    publishing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await publishing
    broker.resume()
    await publisher.publish([b"later"])
    assert broker.accepted == before


@pytest.mark.parametrize("fault", [Proxy.cut, Proxy.hang_up], ids=["cut", "shut down"])
async def test_a_publish_on_a_dying_channel_fails_as_any_other(
    publisher: Publisher, broker: Proxy, queue: Queue, fault: Callable[[Proxy], None]
) -> None:
    """Between the loss and its discovery the client raises errors of another kind: they too mean `not durable`."""
    outcomes: list[asyncio.Task[None]] = []
    for _ in range(5):
        await connected(publisher)
        fault(broker)
        while publisher.connected.is_set():
            outcomes.append(asyncio.create_task(publisher.publish([b"x"])))
            await asyncio.sleep(0)

    results = await asyncio.gather(*outcomes, return_exceptions=True)

    assert {type(result) for result in results} <= {type(None), NotDurableError}
    assert len(await queue.messages()) >= results.count(None)


@pytest.mark.parametrize("fault", [Proxy.cut, Proxy.hang_up], ids=["cut", "shut down"])
async def test_a_connection_may_die_at_any_byte(
    publisher: Publisher, broker: Proxy, monkeypatch: pytest.MonkeyPatch, fault: Callable[[Proxy], None]
) -> None:
    """In the handshake, while the queue is declared or after: each time another connection is opened."""
    monkeypatch.setattr(publisher_module, "RECONNECT_SECONDS", 0.01)
    said = broker.requests.passed  # by its first connection, until it could be published on

    for request_bytes in range(0, said, said // 25):
        attempts = broker.accepted
        broker.after(request_bytes, lambda: fault(broker))
        broker.cut()
        await eventually(partial(tried_again, broker, attempts))
        await published_again(publisher)


async def test_a_channel_that_only_refuses_is_opened_anew(
    broker: Proxy, topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RabbitMQ may go on to refuse on a channel that was first published on while nobody led the queue."""
    monkeypatch.setattr(topology_module, "MAX_QUEUE_BYTES", 2000)
    async with running(Publisher(broker.url, topology, confirm_timeout=5)) as publisher:
        await refused(publisher)
        await refused(publisher)
        assert publisher.connected.is_set()
        monkeypatch.setattr(publisher_module, "REFUSED_SECONDS", 0.0)
        await refused(publisher)

        await eventually(partial(accepted_more, broker, 1))


async def refused(publisher: Publisher) -> None:
    """Publish until the queue takes nothing more."""

    async def refuses() -> bool:
        with suppress(NotDurableError):
            await publisher.publish([b"x" * 500])
            return False
        return True

    await eventually(refuses)


async def accepted_more(broker: Proxy, before: int) -> bool:
    return broker.accepted > before


async def tried_again(broker: Proxy, attempts: int) -> bool:
    return broker.accepted >= attempts + 2


async def test_a_cut_costs_far_less_than_the_clients_five_seconds(publisher: Publisher, broker: Proxy) -> None:
    """The client's own way to reconnect waits five seconds first."""
    broker.cut()

    async with asyncio.timeout(4.0):
        await published_again(publisher)


async def test_the_heartbeat_is_in_force(rabbitmq_url: str) -> None:
    """Seconds, not the client's default of a minute, and three of those before it gives up."""
    async with open_connection(rabbitmq_url, "test") as connection:
        assert connection.transport is not None
        tuned = connection.transport.connection.connection_tune.heartbeat

    assert tuned == HEARTBEAT_SECONDS < 10


async def test_one_told_to_end_as_it_connects_ends(
    rabbitmq_url: str, topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word comes in the very moment in which the connection stands."""
    connect = aiormq.connect

    async def told_as_it_stands(*args: Any, **options: Any) -> AbstractConnection:
        connection = await connect(*args, **options)
        publishing.cancel()
        return connection

    monkeypatch.setattr(aiormq, "connect", told_as_it_stands)
    publisher = Publisher(rabbitmq_url, topology, confirm_timeout=5)
    publishing = asyncio.create_task(publisher.run())
    opened = asyncio.create_task(publisher.connected.wait())

    ended, _ = await asyncio.wait({publishing, opened}, return_when=asyncio.FIRST_COMPLETED)
    await end(publishing, opened)

    assert ended == {publishing}


async def test_a_publish_without_a_broker_fails_at_once(topology: Topology) -> None:
    """Nothing is waited for where there is no channel."""
    away = Publisher("amqp://127.0.0.1:1/", topology, confirm_timeout=60)

    with pytest.raises(NotDurableError):
        await away.publish([b"x"])
