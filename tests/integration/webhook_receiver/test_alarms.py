"""Alarms of the real broker: noticed at once, and no webhook waits for their end."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from yarl import URL

from deploy.local.binaries import find_rabbitmq
from deploy.local.ports import OFFSET_VARIABLE, server_ports
from deploy.local.rabbitmq import broker_environment
from deploy.local.settings import repository_root
from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, Receiver, eventually

MANY = str(10**7)
DISK = ("set_disk_free_limit", "1000000GB"), ("set_disk_free_limit", "500MB")
MEMORY = ("set_vm_memory_high_watermark", "0"), ("set_vm_memory_high_watermark", "0.4")

Control = Callable[..., Awaitable[None]]


@pytest.fixture
async def control(rabbitmq_url: str) -> AsyncIterator[Control]:
    """`rabbitmqctl` for the private test broker, whose alarms end with the test. Nobody else's broker is touched."""
    port, home, script = URL(rabbitmq_url).port or 5672, repository_root() / ".local/test/rabbitmq", find_rabbitmq()
    configured = home / "rabbitmq.conf"
    if script is None or not configured.exists() or f"127.0.0.1:{port}\n" not in configured.read_text("ascii"):
        pytest.skip("alarms are only raised on the private test broker")
    offset = port - server_ports("test", {}).rabbitmq
    environment = broker_environment("test", home, server_ports("test", {OFFSET_VARIABLE: str(offset)}))

    async def run(*arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            str(script.with_name("rabbitmqctl")),
            *arguments,
            env={**os.environ, **environment},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()

    yield run
    for _, end in (DISK, MEMORY):
        await run(*end)


async def metric(receiver: Receiver, name: str) -> float:
    text = (await receiver.get("/metrics")).text
    return float(next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[1])


@pytest.mark.parametrize("alarm", [DISK, MEMORY], ids=["disk", "memory"])
async def test_an_alarm_sends_webhooks_to_the_spool_until_it_ends(
    start: Start, queue: Queue, control: Control, alarm: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    """The broker says that it blocks us, everything is accepted meanwhile, and all of it is in the queue afterwards.

    The hedge is far longer than the test may take: whoever waited for it would be too late.
    """
    begin, end = alarm
    async with start(WEBHOOK_SPOOL_MAX_BYTES=MANY, WEBHOOK_HEDGE_MS="50000", WEBHOOK_CONFIRM_TIMEOUT="60") as receiver:
        await receiver.ready()
        before = await receiver.post(EVOLUTION, b"{}")
        assert await metric(receiver, "webhook_receiver_broker_blocked") == 0
        await control(*begin)

        answers = [await receiver.post(EVOLUTION, b'{"n":%d}' % number) for number in range(20)]

        assert await metric(receiver, "webhook_receiver_broker_blocked") == 1
        assert await metric(receiver, "webhook_receiver_broker_connected") == 1
        assert await metric(receiver, "webhook_receiver_spool_bytes") > 0
        await control(*end)
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


async def test_without_a_spool_an_alarm_is_a_503_at_once(start: Start, control: Control) -> None:
    """It is not waited for until the confirm's time is over, and webhooks are taken again when it ends."""
    async with start(WEBHOOK_HEDGE_MS="50000", WEBHOOK_CONFIRM_TIMEOUT="60") as receiver:
        await receiver.ready()
        await control(*DISK[0])

        async def refused() -> bool:
            answer = await receiver.post(EVOLUTION, b"{}")
            return answer.status == 503 and int(answer.headers["Retry-After"]) > 0

        await eventually(refused)
        await control(*DISK[1])

        async def accepted() -> bool:
            return (await receiver.post(EVOLUTION, b"{}")).status == 200

        await eventually(accepted)
