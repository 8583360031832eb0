"""A gateway in this process with everything real around it but the API, of which it needs one endpoint."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from services.realtime_gateway.app import serve
from services.realtime_gateway.examples import EVENT_DATA
from services.realtime_gateway.settings import Settings
from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token
from shared.events.live import LiveEvent, Target, live_event
from shared.pubsub.channels import history_key, position_key
from shared.pubsub.history import OutboxEntry, publish
from tests.ending import end
from tests.integration.realtime_gateway.gateway_client import PATIENCE_SECONDS, Client, dashboard
from tests.integration.realtime_gateway.stand_ins import AccessApi, Cable, access_api, cable
from tests.ports import free_port


def token_for(user_id: int = 7, clinic_id: int = 1, life: timedelta = timedelta(hours=1), secret: str = "") -> str:
    return issue_token(
        secret or DEVELOPMENT_SECRET,
        user_id=user_id,
        clinic_id=clinic_id,
        role="agent",
        name="Ana",
        now=datetime.now(UTC),
        life=life,
    )


def metric(name: str, **labels: str) -> float:
    """A metric of this process, 0 where it was never touched."""
    return REGISTRY.get_sample_value(f"realtime_gateway_{name}", labels) or 0.0


async def eventually(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait for something that announces itself to nobody."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)


@dataclass
class Gateway:
    """A running gateway."""

    url: str
    http: str
    task: asyncio.Task[None]

    def dashboard(self, token: str | None = None, **options: Any) -> AbstractAsyncContextManager[Client]:
        """A client of it; Ana of clinic 1 unless told otherwise."""
        return dashboard(self.url, token or token_for(), **options)

    async def readiness(self) -> tuple[int, dict[str, Any]]:
        async with aiohttp.ClientSession() as http, http.get(f"{self.http}/readyz") as response:
            return response.status, await response.json()

    async def alive(self) -> bool:
        """Whether it answers at all."""
        try:
            return bool((await self.readiness())[0])
        except aiohttp.ClientError:
            return False

    async def until_ready(self) -> None:
        await eventually(self._ready_or_ended)
        if self.task.done():
            await self.task

    async def _ready_or_ended(self) -> bool:
        return self.task.done() or (await self.alive() and (await self.readiness())[0] == 200)


StartGateway = Callable[..., AbstractAsyncContextManager[Gateway]]


@pytest.fixture
async def api() -> AsyncIterator[AccessApi]:
    async with access_api() as stand_in:
        stand_in.conversations[1] = {"12": "12", "13": "13", "5511965860124551150391104": "12"}
        stand_in.conversations[2] = {"90": "90"}
        yield stand_in


@pytest.fixture
async def start_gateway(redis: Redis, redis_url: str, api: AccessApi) -> StartGateway:
    """Starts a gateway with settings named as in the environment."""

    @asynccontextmanager
    async def start(*, ready: bool = True, **environment: Any) -> AsyncIterator[Gateway]:
        settings = {
            "REDIS_URL": redis_url,
            "PROSA_API_URL": api.url,
            # A port that is free here may be some connection's on another address of this machine.
            "PROSA_BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": free_port(),
            "GATEWAY_WS_PORT": free_port(),
            "PROSA_ENV": "test",
            "GATEWAY_DRAIN_TIME": 1000,
            "GATEWAY_CONNECTIONS_PER_USER": 1000,
            **environment,
        }
        task = asyncio.create_task(serve(Settings.model_validate(settings)))
        ws, http = settings["GATEWAY_WS_PORT"], settings["GATEWAY_PORT"]
        gateway = Gateway(f"ws://127.0.0.1:{ws}/ws", f"http://127.0.0.1:{http}", task)
        try:
            if ready:
                await gateway.until_ready()
            yield gateway
        finally:
            await end(task)

    return start


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> AsyncIterator[Gateway]:
    async with start_gateway() as running:
        yield running


@pytest.fixture
async def redis_cable(redis_url: str) -> AsyncIterator[Cable]:
    parts = urlsplit(redis_url)
    async with cable(parts.hostname or "127.0.0.1", parts.port or 6379) as line:
        yield line


@pytest.fixture
async def cabled_gateway(start_gateway: StartGateway, redis_cable: Cable) -> AsyncIterator[Gateway]:
    """A gateway that reaches Redis through the cable; the test's own `redis` does not."""
    async with start_gateway(REDIS_URL=f"redis://127.0.0.1:{redis_cable.port}/0") as running:
        yield running


class Publisher:
    """Publishes numbered events as the worker's relay does."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ids = count(1)

    async def publish(
        self, target_id: int | str = 12, times: int = 1, clinic_id: int = 1, target: Target = "conversa", size: int = 10
    ) -> list[int]:
        """Publish events on a channel; returns their sequences."""
        entries = [
            OutboxEntry(
                next(self._ids),
                clinic_id,
                live_event("message:new", target, target_id, {"content": "á" * size}, datetime.now(UTC)),
            )
            for _ in range(times)
        ]
        return await publish(self._redis, entries)


def typing_event(conversation_id: int = 12) -> LiveEvent:
    """Somebody types."""
    data = EVENT_DATA["conversation:typing"] | {"conversation_id": str(conversation_id)}
    return live_event("conversation:typing", "conversa", conversation_id, data, datetime.now(UTC), ephemeral=True)


async def number_unsent_event(redis: Redis, seq: int, epoch: str) -> None:
    """Give conversation 12 its next event as the publish script does, but let no subscriber have it."""
    event = '"type":"message:new","channel":"conversa:12","data":{"content":""}'
    frame = f'{{"seq":{seq},"epoch":"{epoch}",{event}}}'
    await redis.hset(position_key(1, "conversa:12"), "seq", str(seq))
    await redis.xadd(history_key(1, "conversa:12"), {"f": frame}, id=f"{seq}-0")


@pytest.fixture
def publisher(redis: Redis) -> Publisher:
    return Publisher(redis)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """For what a test opens in a loop."""
    async with AsyncExitStack() as opened:
        yield opened
