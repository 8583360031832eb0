"""A receiver to be tested: in this process, or in one of its own."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from services.webhook_receiver.app import serve
from services.webhook_receiver.settings import Settings
from tests.ending import end
from tests.ports import free_port

EVOLUTION = "/webhooks/evolution/demo-evolution-token"
N8N = "/webhooks/n8n/demo-n8n-token"
DEADLINE_SECONDS = 30.0
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sender is told."""

    status: int
    content_type: str
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def correlation_id(self) -> UUID:
        """The id of an event that was accepted."""
        assert self.status == 200, self
        assert self.json["status"] == "queued"
        return UUID(self.json["correlation_id"])

    def assert_problem(self, status: int) -> None:
        """It is that error, told as every error is told."""
        assert (self.status, self.content_type) == (status, "application/problem+json"), self
        assert self.json["status"] == status
        assert self.json["detail"]


@dataclass(frozen=True, slots=True)
class Receiver:
    """What senders and probes see of a receiver."""

    client: aiohttp.ClientSession
    port: int

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        async with self.client.request(method, path, **options) as response:
            text = await response.text()
            return Answer(response.status, response.content_type, dict(response.headers), text)

    async def get(self, path: str) -> Answer:
        return await self.request("GET", path)

    async def post(self, path: str, body: Any, **headers: str) -> Answer:
        return await self.request("POST", path, data=body, headers=JSON | headers)

    @asynccontextmanager
    async def wire(self, raw: bytes) -> AsyncIterator["Wire"]:
        """A connection on which a request was begun as no well-behaved client would."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            yield Wire(reader)
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async def ready(self) -> None:
        """Wait until it takes webhooks."""
        await eventually(self._is_ready)

    async def _is_ready(self) -> bool:
        try:
            return (await self.get("/readyz")).status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def alive(self) -> None:
        """Wait until it answers at all."""
        await eventually(self._is_alive)

    async def _is_alive(self) -> bool:
        try:
            return (await self.get("/healthz")).status == 200
        except aiohttp.ClientConnectionError:
            return False


@dataclass(frozen=True, slots=True)
class Wire:
    """What comes back on a connection, byte by byte."""

    reader: asyncio.StreamReader

    async def answer(self) -> str:
        """The answer, whether or not the receiver closes the connection after it."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
            return (head + await self.reader.readexactly(int(length.split(b":")[1]))).decode()


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - what is waited for happens in a server, which sets no event
            await asyncio.sleep(0.01)


async def sending(receiver: Receiver, body: bytes) -> asyncio.Task[Answer]:
    """A sender whose webhook waits for its confirm, while nothing is confirmed."""
    before = await _pending_bytes(receiver)
    sender = asyncio.create_task(receiver.post(EVOLUTION, body))

    async def waits() -> bool:
        return await _pending_bytes(receiver) > before

    await eventually(waits)
    return sender


async def _pending_bytes(receiver: Receiver) -> float:
    metrics = (await receiver.get("/metrics")).text
    line = next(line for line in metrics.splitlines() if line.startswith("webhook_receiver_pending_bytes"))
    return float(line.split()[1])


def begun(*headers: str, path: str = EVOLUTION) -> bytes:
    """The head of a webhook's request."""
    lines = [f"POST {path} HTTP/1.1", "Host: receiver", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode()


@asynccontextmanager
async def receiver_here(environment: dict[str, str]) -> AsyncIterator[Receiver]:
    """A receiver in this process, with the very wiring it is started with."""
    port = free_port()
    serving = asyncio.create_task(serve(Settings.model_validate(environment | {"RECEIVER_PORT": str(port)})))
    try:
        async with client_of(port) as receiver:
            await receiver.alive()
            yield receiver
            assert not serving.done(), "the receiver ended by itself"
    finally:
        await end(serving)


@asynccontextmanager
async def client_of(port: int) -> AsyncIterator[Receiver]:
    timeout = aiohttp.ClientTimeout(total=DEADLINE_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=timeout, connector=connector) as client:
        yield Receiver(client, port)


@dataclass(frozen=True, slots=True)
class Process:
    """A receiver in a process of its own, started as it is in production."""

    receiver: Receiver
    process: asyncio.subprocess.Process
    log: Path

    def stop(self) -> None:
        """What a supervisor does."""
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Its exit code."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def receiver_process(environment: dict[str, str], log: Path) -> AsyncIterator[Process]:
    """A receiver started as `python -m services.webhook_receiver`."""
    port = free_port()
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "services.webhook_receiver"),
            env={"PATH": os.environ["PATH"], "RECEIVER_PORT": str(port), **environment},
            stdout=output,
            stderr=output,
        )
    try:
        async with client_of(port) as receiver:
            yield Process(receiver, process, log)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def metric(receiver: Receiver, name: str) -> float:
    """What the receiver says of a metric without labels."""
    text = (await receiver.get("/metrics")).text
    return float(next(line for line in text.splitlines() if line.startswith(f"{name} ")).split()[1])
