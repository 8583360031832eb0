"""Alarms of the real broker: noticed at once, and no webhook waits for their end."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.chaos.servers import Servers
from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, eventually, metric

MANY = str(10**7)
RAISE = {"disk": Servers.raise_disk_alarm, "memory": Servers.raise_memory_alarm}


@pytest.fixture(scope="module")
def rabbitmq_url(breakable_servers: Servers) -> str:
    return breakable_servers.url("rabbitmq")


@pytest.fixture(autouse=True)
def alarms_end(breakable_servers: Servers) -> Iterator[None]:
    yield
    breakable_servers.end_alarms()


@pytest.mark.parametrize("alarm", RAISE)
async def test_an_alarm_sends_webhooks_to_the_spool_until_it_ends(
    start: Start, queue: Queue, breakable_servers: Servers, alarm: str
) -> None:
    """The broker says that it blocks us, everything is accepted meanwhile, and all of it is in the queue afterwards.

    The hedge is far longer than the test may take: whoever waited for it would be too late.
    """
    async with start(WEBHOOK_SPOOL_MAX_BYTES=MANY, WEBHOOK_HEDGE_MS="50000", WEBHOOK_CONFIRM_TIMEOUT="60") as receiver:
        await receiver.ready()
        before = await receiver.post(EVOLUTION, b"{}")
        assert await metric(receiver, "webhook_receiver_broker_blocked") == 0
        await asyncio.to_thread(RAISE[alarm], breakable_servers)

        answers = [await receiver.post(EVOLUTION, b'{"n":%d}' % number) for number in range(20)]

        assert await metric(receiver, "webhook_receiver_broker_blocked") == 1
        assert await metric(receiver, "webhook_receiver_broker_connected") == 1
        assert await metric(receiver, "webhook_receiver_spool_bytes") > 0
        await asyncio.to_thread(breakable_servers.end_alarms)
        wanted = {answer.correlation_id for answer in (before, *answers)}
        arrived: set[UUID] = set()

        async def all_there() -> bool:
            arrived.update(event.event_id for event in await queue.events())
            return arrived >= wanted

        await eventually(all_there)
        assert await metric(receiver, "webhook_receiver_broker_blocked") == 0

        async def published_directly() -> bool:
            spooled = await metric(receiver, "webhook_receiver_spooled_total")
            assert (await receiver.post(EVOLUTION, b"{}")).status == 200
            return await metric(receiver, "webhook_receiver_spooled_total") == spooled

        await eventually(published_directly)


async def test_without_a_spool_an_alarm_is_a_503_at_once(start: Start, breakable_servers: Servers) -> None:
    """It is not waited for until the confirm's time is over, and webhooks are taken again when it ends."""
    async with start(WEBHOOK_HEDGE_MS="50000", WEBHOOK_CONFIRM_TIMEOUT="60") as receiver:
        await receiver.ready()
        await asyncio.to_thread(breakable_servers.raise_disk_alarm)

        async def refused() -> bool:
            answer = await receiver.post(EVOLUTION, b"{}")
            return answer.status == 503 and int(answer.headers["Retry-After"]) > 0

        await eventually(refused)
        await asyncio.to_thread(breakable_servers.end_alarms)

        async def accepted() -> bool:
            return (await receiver.post(EVOLUTION, b"{}")).status == 200

        await eventually(accepted)
