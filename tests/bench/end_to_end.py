"""From a webhook's POST to the frame on agents' sockets, at a steady rate, through every process and server.

The load is open-loop: each webhook has its planned moment, and its time counts from that moment whether or not the ones
before were late, so that a stall is seen by everyone who would have suffered from it.
"""

import asyncio
import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psycopg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol
from yarl import URL

from deploy.demo.seed import CLINICS
from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token
from tests.bench.processes import cpu_seconds, listening_process, postgres_cpu_seconds
from tests.bench.servers import Servers, fresh_database
from tests.e2e.ledger import webhook
from tests.product import Product, running_product
from tests.waiting import until

SERVICES = ("webhook_receiver", "queue_worker", "api", "realtime_gateway")
FIRST_CLINIC = 100
TIMEOUT_SECONDS = 30.0
WARM_UP_SECONDS = 3
REST_SECONDS = 4.0


@dataclass
class Arrivals:
    """When each webhook was to be posted, and for each frame of it that came: that moment, and how long it took."""

    planned: dict[str, float] = field(default_factory=dict)
    seen: list[tuple[float, float]] = field(default_factory=list)
    joined: int = 0

    def frame(self, raw: str | bytes, now: float) -> None:
        frame = orjson.loads(raw)
        if frame["type"] == "reply":
            self.joined += bool(frame["ok"])
        elif frame["type"] == "message:new":
            planned = self.planned.get(frame["data"]["external_id"])
            if planned is not None:
                self.seen.append((planned, now - planned))


async def measure(servers: Servers, *, rate: int, seconds: int, clinics: int, agents: int) -> dict[str, Any]:
    """Percentiles in milliseconds over all frames of `message:new`, by second of the load, and an event's CPU in µs."""
    with fresh_database(servers) as own:
        return await _measure(own, rate=rate, seconds=seconds, clinics=clinics, agents=agents)


async def _measure(servers: Servers, *, rate: int, seconds: int, clinics: int, agents: int) -> dict[str, Any]:
    create_clinics(servers.database_url, clinics, agents)
    arrivals = Arrivals()
    with tempfile.TemporaryDirectory() as logs:
        environment = servers.environment | {
            "WEBHOOK_QUEUE_NAME": "bench.end_to_end",
            "WEBHOOK_SPOOL_DIR": f"{logs}/spool",
            "QUEUE_BATCH_SIZE": "100",
        }
        async with running_product(Path(logs), environment, *SERVICES) as product, aiohttp.ClientSession() as http:
            await asyncio.gather(*(_post(http, product, clinic, f"OPEN{clinic}") for clinic in range(clinics)))
            conversations = await until(lambda: _conversations(servers.database_url, clinics), within=20)
            async with _agents(product, conversations, agents, arrivals):
                warming = Load("WARM", clinics, WARM_UP_SECONDS * rate, rate)
                await open_loop(http, product, warming, {})
                at_rest = await _at_rest(servers, product)
                before, began = _cpu(servers, product), time.perf_counter()
                await open_loop(http, product, Load("E2E", clinics, rate * seconds, rate), arrivals.planned)
                expected = rate * seconds * agents
                await until(lambda: len(arrivals.seen) >= expected, within=TIMEOUT_SECONDS, what="every frame")
                after, elapsed = _cpu(servers, product), time.perf_counter() - began
    return {
        **_percentiles([took for _, took in arrivals.seen]),
        "by_second": _by_second(arrivals.seen),
        "cpu_us": {
            name: round((cpu - before[name] - at_rest[name] * elapsed) / (rate * seconds) * 1e6)
            for name, cpu in after.items()
        },
        "rate": rate,
        "sockets": clinics * agents,
    }


def create_clinics(url: str, clinics: int, agents: int = 0) -> None:
    """Clinics from `FIRST_CLINIC` on, each with an instance of Evolution and so many agents, whom `agent_token` admits."""
    with psycopg.connect(url) as connection:
        for index in range(clinics):
            clinic = FIRST_CLINIC + index
            connection.execute("SELECT set_config('prosa.clinic_id', %s, true)", [str(clinic)])
            connection.execute(
                "INSERT INTO clinics (id, slug, name) VALUES (%s, %s, %s)", [clinic, f"bench-{index}", f"Bench {index}"]
            )
            connection.execute(
                "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (%s, 'evolution', 'demo-wa', sha256(%s))",
                [clinic, f"bench-{index}".encode()],
            )
            connection.execute(
                "INSERT INTO users (id, clinic_id, email, name, role, password_hash)"
                " SELECT %(clinic)s * 1000 + agent, %(clinic)s, format('bench-%%s-%%s@clinic', %(clinic)s, agent),"
                " format('Agent %%s', agent), 'agent', 'none' FROM generate_series(0, %(agents)s - 1) AS agent",
                {"clinic": clinic, "agents": agents},
            )


def _conversations(url: str, clinics: int) -> dict[int, int]:
    """Each clinic's one conversation, once all are there."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT clinic_id, id FROM conversations").fetchall()
    return dict(rows) if len(rows) == clinics else {}


async def _post(http: aiohttp.ClientSession, product: Product, clinic: int, message_id: str) -> None:
    body = webhook(0, 1)
    body["data"]["key"]["id"] = message_id
    async with http.post(f"{product.receiver}/webhooks/evolution/bench-{clinic}", json=body) as response:
        assert response.status == 200, response.status


@dataclass(frozen=True, slots=True)
class Load:
    """So many webhooks at a rate, over the clinics in turn; their ids begin with a name of the load's own."""

    name: str
    clinics: int
    count: int
    rate: int


async def open_loop(http: aiohttp.ClientSession, product: Product, load: Load, planned: dict[str, float]) -> None:
    """Post each at its moment, and write the moments down."""
    started = time.perf_counter() + 0.5
    async with asyncio.TaskGroup() as posts:
        for index in range(load.count):
            moment, message_id = started + index / load.rate, f"{load.name}{index}"
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            planned[message_id] = moment
            posts.create_task(_post(http, product, index % load.clinics, message_id))


async def _at_rest(servers: Servers, product: Product) -> dict[str, float]:
    """Shares of a processor that everything takes while nothing comes: no event's cost."""
    before, began = _cpu(servers, product), time.perf_counter()
    await asyncio.sleep(REST_SECONDS)
    elapsed = time.perf_counter() - began
    return {name: (cpu - before[name]) / elapsed for name, cpu in _cpu(servers, product).items()}


def _cpu(servers: Servers, product: Product) -> dict[str, float]:
    """Seconds of the processors so far, of each process and server, and of the clients."""
    ports = {"broker": servers.rabbitmq_url, "redis": servers.redis_url}
    return {
        **{name: cpu_seconds(process.pid) for name, process in product.processes.items()},
        **{name: cpu_seconds(listening_process(URL(url).port or 0)) for name, url in ports.items()},
        "postgres": postgres_cpu_seconds(listening_process(URL(servers.database_url).port or 5432)),
        "clients": cpu_seconds(os.getpid()),
    }


@contextlib.asynccontextmanager
async def _agents(
    product: Product, conversations: dict[int, int], agents: int, arrivals: Arrivals
) -> AsyncIterator[None]:
    """So many agents of each clinic, each joined to its conversation."""
    async with contextlib.AsyncExitStack() as stack:
        for clinic, conversation in conversations.items():
            for agent in range(agents):
                token = agent_token(clinic, agent)
                protocols = [Subprotocol("prosa.v1"), Subprotocol(f"bearer.{token}")]
                socket = await stack.enter_async_context(
                    connect(product.socket, subprotocols=protocols, compression=None, ping_interval=None)
                )
                stack.enter_context(reading(socket, arrivals.frame))
                command = {"id": "1", "type": "conversation:join", "data": {"conversation_id": str(conversation)}}
                await socket.send(json.dumps(command))
        await until(lambda: arrivals.joined >= len(conversations) * agents, within=TIMEOUT_SECONDS, what="all joined")
        yield


@contextlib.contextmanager
def reading(socket: ClientConnection, hear: Callable[[str | bytes, float], None]) -> Iterator[None]:
    """Every frame is told with the moment at which it came, until the end."""

    async def read() -> None:
        with contextlib.suppress(ConnectionClosed):
            async for raw in socket:
                hear(raw, time.perf_counter())

    task = asyncio.create_task(read())
    try:
        yield
    finally:
        task.cancel()


def agent_token(clinic: int, agent: int, minutes: float = 60) -> str:
    """A session for one of the clinic's agents."""
    return issue_token(
        DEVELOPMENT_SECRET,
        user_id=clinic * 1000 + agent,
        clinic_id=clinic,
        role="agent",
        name=CLINICS[0].users[0].name,
        now=datetime.now(UTC),
        life=timedelta(minutes=minutes),
    )


def _percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=1000)
    return {name: round(cuts[index] * 1e3, 2) for name, index in {"p50_ms": 499, "p99_ms": 989, "p999_ms": 998}.items()}


def _by_second(seen: list[tuple[float, float]]) -> list[dict[str, float]]:
    """p50 and p99 in milliseconds of what was to be posted in each whole second."""
    started = min(planned for planned, _ in seen)
    of_second: dict[int, list[float]] = {}
    for planned, took in seen:
        of_second.setdefault(int(planned - started), []).append(took)
    cuts = (statistics.quantiles(of_second[second], n=100) for second in sorted(of_second))
    return [{"p50": round(cut[49] * 1e3, 2), "p99": round(cut[98] * 1e3, 2)} for cut in cuts]
