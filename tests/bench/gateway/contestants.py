"""The servers that do the same job: events of a room, published from outside, to each socket in it."""

import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.gateway.processors import on_processor
from tests.bench.peers.install import HERE, node_script, peer_python
from tests.bench.peers.nchan import nchan_command, nchan_environment
from tests.bench.servers import Servers
from tests.ports import free_port
from tests.product import ROOT
from tests.waiting import until

OURS = "Prosa"
SOCKETIO = "Socket.IO + redis-adapter"
NCHAN = "nchan (C)"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server, what its clients speak, and how events reach it."""

    name: str
    program: str
    dialect: str
    publishing: str


CONTESTANTS = (
    Contestant(OURS, "prosa", "prosa", "prosa"),
    Contestant(SOCKETIO, "gateway_socketio.mjs", "socketio", "adapter"),
    Contestant("ws + ioredis, by hand", "gateway_ws.mjs", "plain", "plain"),
    Contestant("websockets.broadcast + redis-py, by hand", "gateway_broadcast.py", "plain", "plain"),
    Contestant("python-socketio + Redis manager", "gateway_socketio.py", "socketio", "manager"),
    Contestant(NCHAN, "nchan", "nchan", "nchan"),
)
# Those that we measure ourselves by, and we.
RIVALS = tuple(contestant for contestant in CONTESTANTS if contestant.name in (OURS, SOCKETIO, NCHAN))


@dataclass(frozen=True, slots=True)
class Running:
    """A contestant's processes (without their children), and the ports of their sockets."""

    pids: tuple[int, ...]
    ports: tuple[int, ...]


def raise_open_files() -> None:
    """Let this process, and those it starts, have as many sockets as the system allows."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@asynccontextmanager
async def running(
    contestant: Contestant, servers: Servers, api_url: str, folder: Path, processes: int = 1
) -> AsyncIterator[Running]:
    """The contestant in so many processes on the first processor (a second one on the second), accepting sockets."""
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(_process(contestant, servers, api_url, folder, number))
            for number in range(processes)
        ]
        yield Running(tuple(pid for pid, _ in started), tuple(port for _, port in started))


@asynccontextmanager
async def _process(
    contestant: Contestant, servers: Servers, api_url: str, folder: Path, number: int
) -> AsyncIterator[tuple[int, int]]:
    port = free_port()
    command, environment = _command(contestant, servers, api_url, port, folder)
    with (folder / "server.log").open("ab") as log, on_processor(number % 2):
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log
        )
    try:
        await until(lambda: _accepts(port), within=60, what=f"{contestant.name} accepts sockets")
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()


def _command(
    contestant: Contestant, servers: Servers, api_url: str, port: int, folder: Path
) -> tuple[list[str], Mapping[str, str]]:
    match contestant.program.rpartition("."):
        case (_, _, "prosa"):
            return [sys.executable, "-m", "services.realtime_gateway"], {
                **servers.environment,
                "PROSA_BIND_HOST": "127.0.0.1",
                "PROSA_API_URL": api_url,
                "GATEWAY_PORT": str(free_port()),
                "GATEWAY_WS_PORT": str(port),
                "WEBSOCKET_MAX_CONNECTIONS": "20000",
                "GATEWAY_CONNECTIONS_PER_CLINIC": "20000",
                "GATEWAY_CONNECTIONS_PER_USER": "20000",
                "GATEWAY_HANDSHAKES_PER_SECOND": "100000",
                "GATEWAY_DRAIN_TIME": "500",
            }
        case (_, _, "nchan"):
            return nchan_command(port, folder), nchan_environment()
        case (_, _, "mjs"):
            return ["node", node_script(contestant.program), str(port), servers.redis_url], {"NODE_ENV": "production"}
        case _:
            return [peer_python(), str(HERE / contestant.program), str(port), servers.redis_url], {}


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
