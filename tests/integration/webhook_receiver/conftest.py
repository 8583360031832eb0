"""Receivers on the real broker and database, and a look at what they have published."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage

from shared.broker.topology import Topology
from shared.events.envelope import WebhookEnvelope, decode_batch
from tests.integration.webhook_receiver.receiver import Receiver, receiver_here
from tests.proxy import Proxy, open_proxy

Start = Callable[..., AbstractAsyncContextManager[Receiver]]


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue that a test's receiver publishes to."""

    url: str
    topology: Topology

    async def messages(self) -> list[AbstractIncomingMessage]:
        """Everything in it, taken out. What was confirmed is there already: nothing is waited for."""
        async with await aio_pika.connect(self.url) as connection:
            queue = await (await connection.channel()).get_queue(self.topology.queue)
            messages = []
            while (message := await queue.get(no_ack=True, fail=False)) is not None:
                messages.append(message)
            return messages

    async def events(self) -> list[WebhookEnvelope]:
        """The webhooks of everything in it, taken out."""
        return [event for message in await self.messages() for event in decode_batch(message.body)]

    async def delete(self) -> None:
        """What an operator's slip does."""
        async with await aio_pika.connect(self.url) as connection:
            await (await connection.channel()).queue_delete(self.topology.queue)


@pytest.fixture
def queue(rabbitmq_url: str, topology: Topology) -> Queue:
    return Queue(rabbitmq_url, topology)


@pytest.fixture
def environment(database_url: str, rabbitmq_url: str, topology: Topology, tmp_path: Path) -> dict[str, str]:
    """A receiver's settings, with times that suit a test, and without the spool: its tests are its own."""
    return {
        "WEBHOOK_SPOOL_MAX_BYTES": "0",
        "WEBHOOK_SPOOL_DIR": str(tmp_path / "spool"),
        "DATABASE_URL": database_url,
        "RABBITMQ_URL": rabbitmq_url,
        "WEBHOOK_QUEUE_NAME": topology.name,
        "WEBHOOK_CONFIRM_TIMEOUT": "30",
        "SOURCE_REFRESH_INTERVAL": "0.1",
        "WEBHOOK_RATE_PER_SECOND": "100000",
        "WEBHOOK_RATE_BURST": "100000",
    }


@pytest.fixture
def start(environment: dict[str, str]) -> Start:
    """Starts a receiver in this process; each setting can be overridden."""
    return lambda **changes: receiver_here(environment | changes)


@pytest.fixture
async def receiver(start: Start) -> AsyncIterator[Receiver]:
    """A receiver that is ready."""
    async with start() as receiver:
        await receiver.ready()
        yield receiver


@pytest.fixture
async def broker(rabbitmq_url: str) -> AsyncIterator[Proxy]:
    """The way to the broker, which the test may disturb."""
    async with open_proxy(rabbitmq_url) as proxy:
        yield proxy


@pytest.fixture
async def postgres(database_url: str) -> AsyncIterator[Proxy]:
    """The way to Postgres, which the test may disturb."""
    async with open_proxy(database_url) as proxy:
        yield proxy
