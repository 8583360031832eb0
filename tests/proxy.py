"""A TCP proxy on loopback that fails on command: what a test puts between a service and a server to part them."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yarl import URL

CHUNK_BYTES = 64 * 1024
TURNS_UNTIL_SERVED = 4  # of the loop, by what was accepted: transport, protocol, `accept`, task
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER, no time: closing sends a RST and forgets what was not sent


@asynccontextmanager
async def open_proxy(url: str) -> AsyncIterator["Proxy"]:
    """A proxy in front of the server of a URL. It passes everything until it is told otherwise."""
    proxy = Proxy(URL(url))
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0, backlog=1024)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()


@dataclass(slots=True)
class Direction:
    """One way through the proxy. Where `left` is a number, only so many bytes pass, and then comes the `fault`."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    passed: int = 0
    left: int | None = None
    fault: Callable[[], None] = lambda: None

    def count(self, passed: int) -> None:
        """Note what passed."""
        self.passed += passed
        if self.left is not None:
            self.left -= passed
            if not self.left:
                self.left = None
                self.fault()


class Proxy:
    """Passes bytes between clients and a server, or holds them back, or cuts everybody off."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusing = False
        self.port = 0
        self.accepted = 0
        self.requests = Direction()
        self.answers = Direction()
        self.resume()

    @property
    def url(self) -> str:
        """The server's URL, by way of the proxy."""
        return str(self._server.with_host("127.0.0.1").with_port(self.port))

    def resume(self) -> None:
        """Pass everything again, first what was held back."""
        self._refusing = False
        self.requests.left = None
        self.requests.open.set()
        self.answers.open.set()

    def cut(self) -> None:
        """Reset every connection. New ones work."""
        for writer in list(self._writers):
            reset(writer)

    def hang_up(self) -> None:
        """Close every connection in good order, as a server that shuts down does. New ones work."""
        for writer in list(self._writers):
            writer.close()

    def refuse(self) -> None:
        """Reset every connection, and every new one."""
        self._refusing = True
        self.cut()

    def hold(self) -> None:
        """A black hole: connections stand, new ones are accepted, and nothing passes."""
        self.requests.open.clear()
        self.answers.open.clear()

    def hold_answers(self) -> None:
        """The server hears its clients, they don't hear it."""
        self.answers.open.clear()

    def strand(self) -> None:
        """Connections stand and nothing will ever pass on them. New ones work: what a failover leaves behind."""
        self.hold()
        self.requests, self.answers = Direction(), Direction()
        self.resume()

    def after(self, request_bytes: int, fault: Callable[[], None]) -> None:
        """Let exactly so many more bytes through to the server, then fail: `proxy.after(100, proxy.cut)`."""
        self.requests.left, self.requests.fault = request_bytes, fault

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a new client."""
        self.accepted += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        async with self._resetting(to_client):
            if self._refusing:
                return
            server, to_server = await asyncio.open_connection(self._server.host, self._server.port)
            async with self._resetting(to_server):
                await self._both(
                    self._pump(client, to_server, self.requests), self._pump(server, to_client, self.answers)
                )

    @asynccontextmanager
    async def _resetting(self, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
        self._writers.add(writer)
        try:
            yield
        except OSError:
            pass  # one side was reset, by itself or by us: so is the other
        finally:
            self._writers.discard(writer)
            reset(writer)

    async def _both(self, *pumps: Coroutine[None, None, None]) -> None:
        """Until both sides have said everything, or one of them is gone."""
        tasks = [asyncio.create_task(pump) for pump in pumps]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, direction: Direction) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            while chunk:
                await direction.open.wait()
                passing = chunk[: direction.left]
                sink.write(passing)
                await sink.drain()
                chunk = chunk[len(passing) :]
                direction.count(len(passing))
        await direction.open.wait()
        sink.write_eof()

    async def close(self) -> None:
        """Cut everybody off and wait until they are gone."""
        self.refuse()
        # A connection whose task is cancelled before it began would stay open.
        for _ in range(TURNS_UNTIL_SERVED):
            await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with a RST, as a peer that died does, not with a FIN."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
