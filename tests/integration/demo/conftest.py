"""A stand-in for Evolution, and somebody it reports to."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.demo.evolution.courier import RetryPolicy
from deploy.demo.evolution.instances import Instance, Webhook
from deploy.demo.evolution.routes import StandIn
from deploy.demo.evolution.server import HOST, serving
from tests.ports import free_port

KEY = "the-server's-key"
AT_ONCE = RetryPolicy(attempts=4, first_wait=0, longest_wait=0)


@dataclass(frozen=True, slots=True)
class Received:
    path: str
    headers: dict[str, str]
    content: bytes
    body: Any


@dataclass(slots=True)
class Receiver:
    """Takes webhooks. It answers with `answers` as long as there are any, then with 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    arrived: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    async def take(self, request: web.Request) -> web.Response:
        content = await request.read()
        received = Received(request.path, dict(request.headers), content, await request.json())
        self.arrived.put_nowait(received)
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def next(self) -> Received:
        return await asyncio.wait_for(self.arrived.get(), 10)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/hook"))
        yield receiver


@dataclass(frozen=True, slots=True)
class Evolution:
    """The stand-in as its clients reach it."""

    stand_in: StandIn
    http: aiohttp.ClientSession
    url: str

    @property
    def instance(self) -> Instance:
        return self.stand_in.instances["demo-wa"]

    async def call(self, method: str, path: str, body: Any = None, key: str = KEY) -> tuple[int, Any]:
        """Status and JSON of an answer. A body that is text is sent as it is."""
        content = {"data": body} if isinstance(body, str) else {"json": body}
        async with self.http.request(method, self.url + path, headers={"apikey": key}, **content) as response:
            return response.status, await response.json()


@pytest.fixture
async def evolution(receiver: Receiver) -> AsyncIterator[Evolution]:
    """A stand-in without delays, whose two instances report to the receiver."""
    instances = {
        "demo-wa": Instance("demo-wa", "5511955559001", Webhook(receiver.url)),
        "outra-wa": Instance("outra-wa", "5511955559002", Webhook(receiver.url)),
    }
    port = free_port()
    async with (
        serving(instances, port=port, api_key=KEY, pace=0, seed=1, policy=AT_ONCE) as stand_in,
        aiohttp.ClientSession() as http,
    ):
        yield Evolution(stand_in, http, f"http://{HOST}:{port}")
