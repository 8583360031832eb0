"""Several gateway processes on one host, as operators start them."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import aiohttp

from tests.integration.realtime_gateway.conftest import Publisher, eventually, token_for
from tests.integration.realtime_gateway.gateway_client import Client, dashboard
from tests.integration.realtime_gateway.stand_ins import AccessApi
from tests.ports import free_port

CLIENTS = 24


class Host:
    """A gateway of two processes, and the one that looks after them."""

    def __init__(self, process: asyncio.subprocess.Process, ws: int, http: int) -> None:
        self.process = process
        self.url = f"ws://127.0.0.1:{ws}/ws"
        self._ws = ws
        self._http = f"http://127.0.0.1:{http}"
        self._pids: list[int] = []

    async def follow_log(self) -> None:
        """Learn from its log which processes it started."""
        assert self.process.stdout
        async for line in self.process.stdout:
            with suppress(ValueError):
                told = json.loads(line)
                if told["event"] == "gateway_process_started":
                    self._pids.append(told["pid"])

    def workers(self) -> list[int]:
        """The processes that run."""
        return [pid for pid in self._pids if is_alive(pid)]

    def listeners(self) -> int:
        """How many sockets listen for agents."""
        local, listens = f":{self._ws:04X}", "0A"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
        return sum(row[1].endswith(local) and row[3] == listens for row in rows)

    async def get(self, path: str) -> str:
        async with aiohttp.ClientSession() as http, http.get(f"{self._http}{path}") as response:
            return await response.text() if response.status == 200 else ""

    async def answers(self) -> bool:
        try:
            return bool(await self.get("/readyz"))
        except aiohttp.ClientError:
            return False

    async def connections(self) -> float:
        """What the metrics say, whichever process is asked."""
        told = re.search(r"^realtime_gateway_connections (\S+)", await self.get("/metrics"), re.MULTILINE)
        return float(told[1]) if told else -1.0


def is_alive(pid: int) -> bool:
    """Whether a process is there, and no mere trace of one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@asynccontextmanager
async def host(api: AccessApi, redis_url: str) -> AsyncIterator[Host]:
    ws, http = free_port(), free_port()
    settings = {
        "REDIS_URL": redis_url,
        "PROSA_API_URL": api.url,
        "GATEWAY_WS_PORT": str(ws),
        "GATEWAY_PORT": str(http),
        "GATEWAY_PROCESSES": "2",
        "GATEWAY_DRAIN_TIME": "1000",
        "GATEWAY_CONNECTIONS_PER_USER": "100",
    }
    command = (sys.executable, "-m", "services.realtime_gateway")
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **settings}, stdout=asyncio.subprocess.PIPE
    )
    running = Host(process, ws, http)
    following = asyncio.create_task(running.follow_log())
    try:
        await eventually(running.answers)
        yield running
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await process.wait()
        following.cancel()


async def spread_out(running: Host, stack: AsyncExitStack) -> list[Client]:
    """Clients of every process: the kernel deals them out by the port they come from."""
    clients = [await stack.enter_async_context(dashboard(running.url, token_for())) for _ in range(CLIENTS)]
    for client in clients:
        assert (await client.command("conversation:join", conversation_id="12"))["ok"]
    return clients


async def two_at_work(running: Host) -> bool:
    return len(running.workers()) == 2 and running.listeners() == 2


async def test_processes_share_ports_clients_and_metrics(
    api: AccessApi, redis_url: str, publisher: Publisher, stack: AsyncExitStack
) -> None:
    """Clients are dealt out among the processes, have the same events, and are counted as one; SIGTERM sends all away."""
    async with host(api, redis_url) as running:
        await eventually(lambda: two_at_work(running))
        clients = await spread_out(running, stack)
        await publisher.publish(times=5)
        for client in clients:
            assert await client.sequence("conversa:12", 5) == [1, 2, 3, 4, 5]

        async def all_counted() -> bool:
            return await running.connections() == CLIENTS

        await eventually(all_counted)

        running.process.send_signal(signal.SIGTERM)
        assert [await client.closed() for client in clients] == [1012] * CLIENTS
        assert await running.process.wait() == 0


async def test_killed_process_is_replaced(api: AccessApi, redis_url: str, stack: AsyncExitStack) -> None:
    """kill -9 of one process costs its own clients their sockets; it is started anew, and its figures leave the metrics."""
    async with host(api, redis_url) as running:
        await eventually(lambda: two_at_work(running))
        clients = await spread_out(running, stack)
        victim = running.workers()[0]
        os.kill(victim, signal.SIGKILL)

        async def replaced() -> bool:
            return await two_at_work(running) and victim not in running.workers()

        await eventually(replaced)

        async def only_survivors_counted() -> bool:
            lost = [client for client in clients if client.close_code is not None]
            return 0 < len(lost) < CLIENTS and await running.connections() == CLIENTS - len(lost)

        await eventually(only_survivors_counted)


async def test_processes_do_not_outlive_who_watches_them(api: AccessApi, redis_url: str) -> None:
    """kill -9 of the first process leaves none behind that would go on taking the ports."""
    async with host(api, redis_url) as running:
        await eventually(lambda: two_at_work(running))
        workers = running.workers()
        running.process.kill()
        await running.process.wait()

        async def gone() -> bool:
            return not any(map(is_alive, workers))

        await eventually(gone)
