"""A dashboard's side of the socket, over a real WebSocket client that knows the protocol: nothing else may arrive."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.frames import check_frame

PATIENCE_SECONDS = 40.0

Frame = dict[str, Any]


class Client:
    """Keeps every frame it received, in order. One that is not as the protocol says fails the test that waits or ends."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.received: list[Frame] = []
        self.close_code: int | None = None
        self.close_reason = ""
        self._ids = count(1)
        self._asked: dict[Any, str] = {}
        self._wrong: Exception | None = None
        self._news = asyncio.Event()

    async def read(self) -> None:
        """Receive until the socket ends."""
        try:
            while True:
                frame = json.loads(await self.socket.recv())
                self._check(frame)
                self.received.append(frame)
                self._news.set()
        except ConnectionClosed as closed:
            self.close_code = closed.rcvd.code if closed.rcvd else 1006
            self.close_reason = closed.rcvd.reason if closed.rcvd else ""
            self._news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something that was received makes the condition true."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._news.clear()
                await self._news.wait()
                self.complain()

    async def first(self, wanted: Callable[[Frame], object]) -> Frame:
        """The first such frame, received already or yet to come."""
        await self.until(lambda: any(map(wanted, self.received)))
        return next(filter(wanted, self.received))

    async def command(self, command_type: str, **data: Any) -> Frame:
        """Send a command and return its reply."""
        command_id = str(next(self._ids))
        await self.send({"id": command_id, "type": command_type, "data": data})
        return await self.first(lambda frame: frame["type"] == "reply" and frame["id"] == command_id)

    def complain(self) -> None:
        """Raise what was wrong with a frame."""
        if self._wrong:
            raise self._wrong

    def _check(self, frame: Frame) -> None:
        try:
            check_frame(frame, self._asked)
        except Exception as wrong:  # noqa: BLE001 - raised where the test sees it
            self._wrong = self._wrong or AssertionError(f"not as the protocol says: {frame}")
            self._wrong.__cause__ = self._wrong.__cause__ or wrong

    async def send(self, frame: Any) -> None:
        if isinstance(frame, dict) and isinstance(frame.get("id"), str | int):
            self._asked[frame["id"]] = str(frame.get("type"))
        await self.socket.send(json.dumps(frame))

    async def closed(self) -> int:
        """The code that the socket was closed with."""
        await self.until(lambda: self.close_code is not None)
        assert self.close_code is not None
        return self.close_code

    async def connected(self) -> Frame:
        """Data of the first word of the gateway."""
        frame = await self.first(lambda frame: frame["type"] == "connected")
        data: Frame = frame["data"]
        return data

    def events(self, channel: str) -> list[Frame]:
        """The live events of a channel, in the order in which they came."""
        return [frame for frame in self.received if frame.get("channel") == channel and "seq" in frame]

    async def sequence(self, channel: str, last: int) -> list[int]:
        """The sequences received live on a channel, once the last of them is there."""
        await self.until(lambda: any(event["seq"] == last for event in self.events(channel)))
        return [event["seq"] for event in self.events(channel)]


@asynccontextmanager
async def dashboard(url: str, token: str | None = None, **options: Any) -> AsyncIterator[Client]:
    """A client that offers its token as a subprotocol, and reads."""
    offered = [Subprotocol("prosa.v1"), *([Subprotocol(f"bearer.{token}")] if token else [])]
    async with connect(url, subprotocols=offered, compression=None, **options) as socket:
        client = Client(socket)
        reading = asyncio.create_task(client.read())
        try:
            yield client
            client.complain()
        finally:
            reading.cancel()
