"""From a webhook's POST to the frame on agents' sockets, at a steady rate, through every process and server.

The load is open-loop: each webhook has its planned moment, and its time counts from that moment whether or not the ones
before were late, so that a stall is seen by everyone who would have suffered from it.
"""

import asyncio
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
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

from deploy.demo.seed import CLINICS
from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token
from tests.bench.servers import Servers
from tests.e2e.ledger import webhook
from tests.product import Product, running_product
from tests.waiting import until

SERVICES = ("webhook_receiver", "queue_worker", "api", "realtime_gateway")
FIRST_CLINIC = 100
TIMEOUT_SECONDS = 30.0


@dataclass
class Arrivals:
    """When each webhook was to be posted, and when its frame reached each socket that awaited it."""

    planned: dict[str, float] = field(default_factory=dict)
    seen: list[float] = field(default_factory=list)
    joined: int = 0

    def frame(self, raw: str | bytes, now: float) -> None:
        frame = orjson.loads(raw)
        if frame["type"] == "reply":
            self.joined += bool(frame["ok"])
        elif frame["type"] == "message:new":
            planned = self.planned.get(frame["data"]["external_id"])
            if planned is not None:
                self.seen.append(now - planned)


async def measure(servers: Servers, *, rate: int, seconds: int, clinics: int, agents: int) -> dict[str, float]:
    """Percentiles in milliseconds over all frames of `message:new`."""
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
                await _open_loop(http, product, arrivals, clinics=clinics, count=rate * seconds, rate=rate)
                expected = rate * seconds * agents
                await until(lambda: len(arrivals.seen) >= expected, within=TIMEOUT_SECONDS, what="every frame")
    return _percentiles(arrivals.seen)


def create_clinics(url: str, clinics: int, agents: int) -> None:
    """Clinics from `FIRST_CLINIC` on, each with an instance of Evolution and so many agents: who is none has no session."""
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
                " SELECT id, %s, id || '@bench.test', 'Agent', 'agent', '' FROM generate_series(%s::bigint, %s) AS id",
                [clinic, agent_id(clinic, 0), agent_id(clinic, agents - 1)],
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


async def _open_loop(
    http: aiohttp.ClientSession, product: Product, arrivals: Arrivals, *, clinics: int, count: int, rate: int
) -> None:
    started = time.perf_counter() + 0.5
    async with asyncio.TaskGroup() as posts:
        for index in range(count):
            planned = started + index / rate
            await asyncio.sleep(max(0.0, planned - time.perf_counter()))
            arrivals.planned[f"E2E{index}"] = planned
            posts.create_task(_post(http, product, index % clinics, f"E2E{index}"))


@contextlib.asynccontextmanager
async def _agents(
    product: Product, conversations: dict[int, int], agents: int, arrivals: Arrivals
) -> AsyncIterator[None]:
    """So many agents of each clinic, each joined to its conversation."""
    async with contextlib.AsyncExitStack() as stack:
        for clinic, conversation in conversations.items():
            for agent in range(agents):
                token = agent_token(clinic, agent_id(clinic, agent))
                protocols = [Subprotocol("prosa.v1"), Subprotocol(f"bearer.{token}")]
                socket = await stack.enter_async_context(
                    connect(product.socket, subprotocols=protocols, compression=None, ping_interval=None)
                )
                stack.enter_context(_reading(socket, arrivals))
                command = {"id": "1", "type": "conversation:join", "data": {"conversation_id": str(conversation)}}
                await socket.send(json.dumps(command))
        await until(lambda: arrivals.joined >= len(conversations) * agents, within=TIMEOUT_SECONDS, what="all joined")
        yield


@contextlib.contextmanager
def _reading(socket: ClientConnection, arrivals: Arrivals) -> Any:
    async def read() -> None:
        with contextlib.suppress(ConnectionClosed):
            async for raw in socket:
                arrivals.frame(raw, time.perf_counter())

    task = asyncio.create_task(read())
    try:
        yield
    finally:
        task.cancel()


def agent_id(clinic: int, agent: int) -> int:
    """The user that an agent of a clinic is."""
    return clinic * 1000 + agent


def agent_token(clinic: int, user: int) -> str:
    """A session of an hour for an agent."""
    return issue_token(
        DEVELOPMENT_SECRET,
        user_id=user,
        clinic_id=clinic,
        role="agent",
        name=CLINICS[0].users[0].name,
        now=datetime.now(UTC),
        life=timedelta(hours=1),
    )


def _percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=1000)
    return {name: round(cuts[index] * 1e3, 2) for name, index in {"p50_ms": 499, "p99_ms": 989, "p999_ms": 998}.items()}
