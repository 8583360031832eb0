"""The receiver as it runs in production: a process that is started, watched and stopped."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.integration.webhook_receiver.conftest import Queue
from tests.integration.webhook_receiver.receiver import (
    EVOLUTION,
    N8N,
    Process,
    begun,
    eventually,
    receiver_process,
    sending,
)
from tests.proxy import Proxy

StartProcess = Callable[..., AbstractAsyncContextManager[Process]]
TOKENS = ("demo-evolution-token", "demo-n8n-token", "nobodys-token")


@pytest.fixture
def start_process(environment: dict[str, str], tmp_path: Path) -> StartProcess:
    """Starts a receiver in a process of its own; each setting can be overridden."""
    return lambda **changes: receiver_process(environment | changes, tmp_path / "receiver.log")


async def test_open_requests_are_answered_before_the_end(
    start_process: StartProcess, queue: Queue, broker: Proxy
) -> None:
    """SIGTERM while confirms are awaited: every sender gets its 200, then the process ends well."""
    async with start_process(RABBITMQ_URL=broker.url, WEBHOOK_CONFIRM_TIMEOUT="30") as process:
        await process.receiver.ready()
        broker.hold_answers()
        senders = [await sending(process.receiver, b'{"n":%d}' % number) for number in range(5)]

        process.stop()
        await eventually(lambda: refuses_connections(process))
        broker.resume()
        accepted = {answer.correlation_id for answer in await asyncio.gather(*senders)}

        assert await process.ended() == 0
    assert accepted == {event.event_id for event in await queue.events()}


async def refuses_connections(process: Process) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", process.receiver.port)
    except OSError:
        return True
    writer.close()
    return False


@pytest.mark.parametrize("fault", [Proxy.refuse, Proxy.hold, Proxy.strand], ids=["away", "frozen", "failed over"])
async def test_it_ends_well_without_its_servers(
    start_process: StartProcess, broker: Proxy, postgres: Proxy, fault: Callable[[Proxy], None]
) -> None:
    """Neither a broker nor a Postgres that is gone keeps it from ending when it is told to."""
    async with start_process(
        RABBITMQ_URL=broker.url, DATABASE_URL=postgres.url, WEBHOOK_CONFIRM_TIMEOUT="0.2"
    ) as process:
        await process.receiver.ready()
        fault(broker)
        fault(postgres)
        assert (await process.receiver.post(EVOLUTION, b"{}")).status in {200, 503}

        process.stop()
        async with asyncio.timeout(8.0):
            code = await process.ended()

    assert code == 0


async def test_tokens_and_bodies_are_never_logged(start_process: StartProcess, broker: Proxy, postgres: Proxy) -> None:
    """Whatever goes wrong with a webhook: its token, its words and its API key stay out of the log, which is JSON."""
    patient = b'{"apikey":"B6D711FCDE4D","text":"dor no peito"'
    async with start_process(
        RABBITMQ_URL=broker.url, DATABASE_URL=postgres.url, WEBHOOK_CONFIRM_TIMEOUT="0.2"
    ) as process:
        receiver = process.receiver
        await receiver.ready()
        for path in (EVOLUTION, N8N, "/webhooks/evolution/nobodys-token", f"{EVOLUTION}/messages-upsert"):
            for body in (patient + b"}", patient, b"[" + patient + b"}]"):
                await receiver.post(path, body)
                await receiver.post(path, body, **{"Content-Encoding": "gzip", "Connection": "close"})
                await receiver.post(path, body, **{"Content-Type": "text/plain"})
        async with receiver.wire(begun("Content-Length: 99") + patient):
            pass
        for malformed in (f"POST {EVOLUTION} HTTP/x\r\n\r\n", f"POST {EVOLUTION} HTTP/1.1\r\n{N8N}\r\n\r\n"):
            async with receiver.wire(malformed.encode()) as wire:
                assert "400" in await wire.answer()
        broker.refuse()
        postgres.refuse()
        await receiver.post(EVOLUTION, patient + b"}")
        await receiver.post("/webhooks/evolution/nobodys-token", patient + b"}")
        await eventually(lambda: logged(process, "broker_unavailable", "sources_not_refreshed"))
        process.stop()
        await process.ended()

    log = process.log.read_text()
    assert {json.loads(line)["service"] for line in log.splitlines()} == {"webhook_receiver"}
    for secret in (*TOKENS, "B6D711FCDE4D", "dor no peito", "guest:guest"):
        assert secret not in log


async def logged(process: Process, *events: str) -> bool:
    log = process.log.read_text()
    return all(event in log for event in events)


@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", "nonsense://user:hidden@host/db"), ("RABBITMQ_URL", "http://user:hidden@host")]
)
async def test_a_wrong_setting_is_named_and_not_shown(start_process: StartProcess, name: str, value: str) -> None:
    """It does not start, says which setting is wrong, and keeps passwords to itself."""
    async with start_process(**{name: value}) as process:
        code = await process.ended()

    log = process.log.read_text()
    assert code != 0
    assert name in log
    assert "hidden" not in log
