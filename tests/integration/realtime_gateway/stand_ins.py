"""What stands on the gateway's other sides: the API's answer about access, and a cable to Redis that can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from shared.auth.tokens import DEVELOPMENT_SECRET, verify_token


class AccessApi:
    """The API's access endpoint: conversations by clinic, found by their own or an external id."""

    def __init__(self) -> None:
        self.conversations: dict[int, dict[str, str]] = {1: {}, 2: {}}
        self.asked: list[str] = []
        self.status = 200
        self.url = ""
        # Where set: the first event is set when somebody asks, and the answer waits for the second.
        self.gate: tuple[asyncio.Event, asyncio.Event] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        claims = verify_token(DEVELOPMENT_SECRET, request.headers["Authorization"].removeprefix("Bearer "))
        self.asked.append(request.match_info["id"])
        if self.gate:
            self.gate[0].set()
            await self.gate[1].wait()
        own_id = self.conversations[claims.clinic_id].get(request.match_info["id"])
        if self.status != 200 or own_id is None:
            return web.json_response({}, status=self.status if self.status != 200 else 404)
        return web.json_response({"conversation_id": own_id, "added_later": True})


@asynccontextmanager
async def access_api() -> AsyncIterator[AccessApi]:
    api = AccessApi()
    app = web.Application()
    app.router.add_get("/api/conversations-simple/{id}/access", api.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield api
    await runner.cleanup()


class Cable:
    """A TCP connection to Redis that can be cut, held still, and joined again."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._refusing = False
        self.port = 0

    def freeze(self) -> None:
        """Let nothing pass, and say nothing about it."""
        self._flowing.clear()

    def thaw(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """End what is connected and refuse what comes."""
        self._refusing = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        self._refusing = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, far_writer}
        pumps = [asyncio.create_task(self._pump(*ends)) for ends in ((reader, far_writer), (far_reader, writer))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        for end in (writer, far_writer):
            self._writers.discard(end)
            end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def cable(host: str, port: int) -> AsyncIterator[Cable]:
    line = Cable(host, port)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    yield line
    server.close()
    line.cut()
