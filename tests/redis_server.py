"""Redis servers of a test's own: to be stopped, killed, copied, promoted, or made a cluster."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from deploy.local.binaries import find_program
from deploy.local.redis import server_command
from tests.lacking import give_up
from tests.ports import free_port
from tests.waiting import until

SLOTS = 16384


class RedisServer:
    """A server with its data in a directory of its own. `options` are those of its command line."""

    def __init__(self, home: Path, port: int, options: Sequence[str] = (), url: str = "") -> None:
        self.home = home
        self.port = port
        self.url = url or f"redis://127.0.0.1:{port}/0"
        self._options = options
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        program = find_program("redis-server")
        if program is None:
            give_up("redis-server is not installed")
        self.home.mkdir(parents=True, exist_ok=True)
        command = [*server_command(program, self.home, self.port), *self._options]
        self._process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        await until(self._answers, what="a Redis that answers")

    async def stop(self) -> None:
        """Let it end as an operator would, writing what it is configured to write."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Let it end at once."""
        await self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it keep its connections and answer nobody."""
        if self._process:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on where it was."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Redis]:
        """A client of this server alone."""
        client = Redis.from_url(self.url, decode_responses=True)
        try:
            yield client
        finally:
            await client.aclose()

    async def command(self, *parts: str | int) -> Any:
        """What this server answers to a command."""
        async with self.client() as client:
            plain: Any = client  # redis-py has no types for it
            return await plain.execute_command(*parts)

    async def _end(self, how: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(how)
            await self._process.wait()

    async def _answers(self) -> bool:
        async with self.client() as client:
            try:
                return bool(await client.ping())
            except RedisError:
                return False


@asynccontextmanager
async def redis_server(home: Path, port: int, *options: str, url: str = "") -> AsyncIterator[RedisServer]:
    """A running server, gone after the block."""
    server = RedisServer(home, port, options, url)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


def cluster_node(bus_port: int) -> tuple[str, ...]:
    """The options of a node that others talk to on a port which no client of anybody's is given."""
    return ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", str(bus_port))


@asynccontextmanager
async def redis_cluster(home: Path, *options: str) -> AsyncIterator[list[RedisServer]]:
    """Three primaries that share the slots evenly."""
    ports, bus_ports = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(redis_server(home / str(port), port, *cluster_node(bus_port), *options))
            for port, bus_port in zip(ports, bus_ports, strict=True)
        ]
        bounds = [SLOTS * index // len(servers) for index in range(len(servers) + 1)]
        for index, server in enumerate(servers):
            await server.command("CLUSTER", "ADDSLOTSRANGE", bounds[index], bounds[index + 1] - 1)
            await server.command("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
        for server in servers[1:]:
            await server.command("CLUSTER", "MEET", "127.0.0.1", ports[0], bus_ports[0])
        for server in servers:
            await until(partial(_whole, server, len(servers)), what="a cluster that is whole")
        yield servers


async def _whole(server: RedisServer, nodes: int) -> bool:
    state = str(await server.command("CLUSTER", "INFO"))
    return "cluster_state:ok" in state and f"cluster_known_nodes:{nodes}" in state
