"""How sockets end that neither side broke: tokens expire, gateways restart."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta

import aiohttp
import pytest
from websockets.exceptions import InvalidStatus

from services.realtime_gateway.sockets import listener
from tests.integration.realtime_gateway.conftest import (
    Gateway,
    Publisher,
    StartGateway,
    eventually,
    metric,
    token_for,
)
from tests.integration.realtime_gateway.gateway_client import dashboard
from tests.integration.realtime_gateway.stand_ins import AccessApi
from tests.ports import free_port


async def test_expired_token_ends_the_socket(gateway: Gateway) -> None:
    """A socket lives no longer than its token: it is closed with a code that says to come back with another."""
    async with gateway.dashboard(token_for(life=timedelta(seconds=3))) as short, gateway.dashboard() as long:
        await short.connected()

        assert await short.closed() == 4440
        assert (await long.command("ping"))["ok"]


async def test_restart_sends_clients_away(start_gateway: StartGateway, stack: AsyncExitStack) -> None:
    """A gateway that ends tells each client when to come back, closes with 1012, and is done in time."""
    async with start_gateway() as gateway:
        clients = [await stack.enter_async_context(gateway.dashboard()) for _ in range(60)]
        for client in clients:
            await client.connected()

        gateway.task.cancel()
        async with asyncio.timeout(3):
            await asyncio.wait([gateway.task])

    assert [await client.closed() for client in clients] == [1012] * 60
    waits = [client.received[-1]["data"]["reconnect_ms"] for client in clients]
    assert {client.received[-1]["type"] for client in clients} == {"going_away"}
    assert len(set(waits)) > 20


async def test_client_that_answers_no_ping_is_ended(
    start_gateway: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-open connection, silent for longer than the timeout, does not stay in the rooms."""
    monkeypatch.setattr(listener, "CLOSE_TIMEOUT_SECONDS", 0.1)
    silent = metric("connections_closed_total", reason="silent")
    async with (
        start_gateway(PING_INTERVAL=50, CONNECTION_TIMEOUT=1000) as gateway,
        gateway.dashboard(close_timeout=0.1) as dead,
        gateway.dashboard() as alive,
    ):
        await dead.connected()
        dead.socket.transport.pause_reading()

        async def ended() -> bool:
            return metric("connections_closed_total", reason="silent") == silent + 1

        await eventually(ended)
        assert (await alive.command("ping"))["ok"]


async def test_stuck_client_does_not_hold_up_a_restart(start_gateway: StartGateway) -> None:
    """A client that does not answer the close is cut off when the time is up."""
    async with start_gateway() as gateway, gateway.dashboard(close_timeout=0.1) as stuck:
        await stuck.connected()
        stuck.socket.transport.pause_reading()

        gateway.task.cancel()
        async with asyncio.timeout(4):
            await asyncio.wait([gateway.task])


async def test_draining_gateway_is_not_ready(start_gateway: StartGateway) -> None:
    """While clients are being sent away, readiness is 503 and nobody is let in."""
    async with start_gateway(GATEWAY_DRAIN_TIME=10_000) as gateway, gateway.dashboard(close_timeout=0.1) as stuck:
        await stuck.connected()
        stuck.socket.transport.pause_reading()
        gateway.task.cancel()

        async def not_ready() -> bool:
            return (await gateway.readiness())[0] == 503

        await eventually(not_ready)
        with pytest.raises((InvalidStatus, OSError)):
            async with gateway.dashboard():
                pass
        stuck.socket.transport.abort()


async def test_process_serves_and_stops_on_sigterm(api: AccessApi, redis_url: str, publisher: Publisher) -> None:
    """`python -m services.realtime_gateway` serves, sends its clients away on SIGTERM, and exits with 0."""
    ws, http = free_port(), free_port()
    settings = {"REDIS_URL": redis_url, "PROSA_API_URL": api.url, "GATEWAY_WS_PORT": str(ws), "GATEWAY_PORT": str(http)}
    command = (sys.executable, "-m", "services.realtime_gateway")
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **settings})
    try:
        await eventually(lambda: is_ready(http))
        async with dashboard(f"ws://127.0.0.1:{ws}/ws", token_for()) as client:
            assert (await client.command("conversation:join", conversation_id="12"))["ok"]
            await publisher.publish(times=50)
            assert await client.sequence("conversa:12", 50) == list(range(1, 51))

            process.send_signal(signal.SIGTERM)

            assert await client.closed() == 1012
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def is_ready(port: int) -> bool:
    try:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False
