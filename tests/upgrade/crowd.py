"""Who uses the product while it is upgraded: senders of webhooks, an agent who replies, and one who follows."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from tests.e2e.ledger import Ledger, webhook
from tests.integration.webhook_receiver.receiver import EVOLUTION, JSON
from tests.product import Product

AGAIN_SECONDS = 0.05
TRANSIENT = (0, 502, 503)


@dataclass
class Front:
    """As a load balancer: asks any of the products that it has just now."""

    products: list[Product]

    def any(self) -> Product:
        return random.choice(self.products)


@dataclass
class Answers:
    """What was answered in a phase: how often which status (0: no answer), and how long the slowest took."""

    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0

    def __str__(self) -> str:
        counted = ", ".join(f"{status or 'no answer'}: {times}" for status, times in sorted(self.statuses.items()))
        return f"{counted}; the slowest took {self.slowest * 1000:.0f} ms"


@dataclass
class Crowd:
    """`replies` are those that were accepted, by what they say; `answers` those of the phase that is on."""

    front: Front
    patients: int
    ledger: Ledger = field(default_factory=Ledger)
    replies: list[str] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def send_webhooks(self, connections: int) -> None:
        """One after the other until `ending` is set, each until it is accepted."""
        bodies = self._bodies()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http, asyncio.TaskGroup() as tasks:
            for _ in range(connections):
                tasks.create_task(self._send(http, bodies))

    def _bodies(self) -> Iterator[dict[str, Any]]:
        for index in count():
            if self.ending.is_set():
                return
            yield webhook(index, self.patients)

    async def _send(self, http: aiohttp.ClientSession, bodies: Iterator[dict[str, Any]]) -> None:
        for body in bodies:
            raw = json.dumps(body).encode()
            await self._insist(http, "receiver", EVOLUTION, raw, JSON)
            self.ledger.accepted[body["data"]["key"]["id"]] = body["data"]["message"]["conversation"]

    async def reply(self, token: str, conversation: str) -> None:
        """Reply until `ending` is set, each reply until it is accepted, as a page does: under one id."""
        path = f"/api/conversations-simple/{conversation}/messages"
        headers = {**JSON, "Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as http:
            for number in count():
                text = f"resposta {number}"
                raw = json.dumps({"content": text, "client_message_id": text}).encode()
                await self._insist(http, "api", path, raw, headers)
                self.replies.append(text)
                if self.ending.is_set():
                    return
                await asyncio.sleep(AGAIN_SECONDS)

    async def _insist(
        self, http: aiohttp.ClientSession, service: str, path: str, raw: bytes, headers: dict[str, str]
    ) -> None:
        while True:
            if await self._answered(http, service, path, raw, headers):
                return
            await asyncio.sleep(AGAIN_SECONDS)

    async def _answered(
        self, http: aiohttp.ClientSession, service: str, path: str, raw: bytes, headers: dict[str, str]
    ) -> bool:
        began = time.monotonic()
        try:
            async with http.post(getattr(self.front.any(), service) + path, data=raw, headers=headers) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.answers.statuses[status] += 1
        self.answers.slowest = max(self.answers.slowest, time.monotonic() - began)
        assert status in (200, 201, *TRANSIENT), f"a transient fault was answered {status} by the {service}"
        return status in (200, 201)


@dataclass
class Follower:
    """Follows a conversation, at another gateway whenever the one it is at ends, and keeps what it has seen."""

    front: Front
    token: str
    conversation: str
    seen: list[int] = field(default_factory=list)
    gateways: list[str] = field(default_factory=list)
    since: dict[str, Any] | None = None
    faults: list[str] = field(default_factory=list)

    async def run(self) -> None:
        while True:
            product = self.front.any()
            offered = [Subprotocol("prosa.v1"), Subprotocol(f"bearer.{self.token}")]
            try:
                async with connect(product.socket, subprotocols=offered) as socket:
                    self.gateways.append(product.socket)
                    await self._follow(socket)
            except (WebSocketException, InvalidHandshake, OSError):
                await asyncio.sleep(AGAIN_SECONDS)

    async def _follow(self, socket: ClientConnection) -> None:
        data = {"conversation_id": self.conversation} | ({"since": self.since} if self.since else {})
        await socket.send(json.dumps({"id": "1", "type": "conversation:join", "data": data}))
        async for raw in socket:
            frame = json.loads(raw)
            match frame:
                case {"type": "reply", "ok": True, "data": joined}:
                    if self.since and not joined["recovered"]:
                        self.faults.append("not recovered")
                    for event in joined["events"]:
                        self.seen.append(event["seq"])
                    self.since = {"seq": joined["seq"], "epoch": joined["epoch"]}
                case {"type": "reply"}:
                    await asyncio.sleep(AGAIN_SECONDS)
                    return
                case {"type": "reset", "channel": channel} if channel.startswith("conversa:"):
                    self.faults.append("reset")
                case {"channel": channel, "seq": seq, "epoch": epoch} if channel.startswith("conversa:"):
                    self.seen.append(seq)
                    self.since = {"seq": seq, "epoch": epoch}
