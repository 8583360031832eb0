"""A stand-in for a clinic's own system: a real HTTP server that takes webhooks, and answers as a test tells it to."""

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as it came."""

    headers: CIMultiDict[str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def signed_with(self, secret: str) -> bool:
        """By what the specification says, not by the code under test."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass
class HookStandIn:
    """Takes webhooks and remembers them. `answers` are given first, one a call; then 204."""

    url: str = ""
    hooks: list[Hook] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)

    def then(self, *statuses: int, **headers: str) -> None:
        """Answer so next."""
        for status in statuses:
            self.answers.append(_answer(status, headers))

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.hooks.append(Hook(CIMultiDict(request.headers), await request.read()))
        return await self.answers.popleft()(request) if self.answers else web.Response(status=204)


def _answer(status: int, headers: dict[str, str]) -> Answer:
    async def answering(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text="o que o paciente disse", headers=named)

    return answering


@asynccontextmanager
async def hook_stand_in() -> AsyncIterator[HookStandIn]:
    stand_in = HookStandIn()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", stand_in.take)
    async with TestServer(app) as server:
        stand_in.url = str(server.make_url("/webhook/a"))
        yield stand_in
