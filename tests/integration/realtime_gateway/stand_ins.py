"""What stands on the gateway's other sides: the API's answers about access and effects, a cable to Redis that can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import web

from services.realtime_gateway.examples import REPLY_DATA
from shared.auth.tokens import DEVELOPMENT_SECRET, verify_token

LINK_NAME = b"prosa-realtime-gateway-events"


class AccessApi:
    """The API's endpoints for gateways: conversations by clinic, found by their own or an external id.

    `done` is what it was asked to do, in order; `refusal` is what it says to that, if anything.
    """

    def __init__(self) -> None:
        self.conversations: dict[int, dict[str, str]] = {1: {}, 2: {}}
        self.asked: list[str] = []
        self.status = 200
        self.done: list[tuple[str, str, dict[str, Any]]] = []
        self.request_ids: set[str] = set()
        self.refusal: tuple[int, dict[str, Any], dict[str, str]] | None = None
        self.answering = asyncio.Event()
        self.answering.set()
        self.url = ""
        # Of whom it says that their sessions are over, and whether it says anything of sessions.
        self.signed_out: set[int] = set()
        self.knows_sessions = True
        # As `gate`, of the question about a session.
        self.session_gate: tuple[asyncio.Event, asyncio.Event] | None = None
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

    async def me(self, request: web.Request) -> web.Response:
        claims = verify_token(DEVELOPMENT_SECRET, request.headers["Authorization"].removeprefix("Bearer "))
        if not self.knows_sessions:
            return web.json_response({}, status=503)
        over = claims.user_id in self.signed_out
        if self.session_gate:
            self.session_gate[0].set()
            await self.session_gate[1].wait()
        return web.json_response({} if over else {"user": {"id": str(claims.user_id)}}, status=401 if over else 200)

    async def carry_out(self, request: web.Request) -> web.Response:
        claims = verify_token(DEVELOPMENT_SECRET, request.headers["Authorization"].removeprefix("Bearer "))
        reference, what = request.match_info["id"], request.match_info["what"]
        self.done.append((reference, what, await request.json()))
        self.request_ids.add(request.headers["X-Request-Id"])
        await self.answering.wait()
        own_id = self.conversations[claims.clinic_id].get(reference)
        if self.refusal is not None:
            status, problem, headers = self.refusal
            return web.json_response(problem, status=status, headers=headers)
        if own_id is None:
            return web.json_response({"detail": "There is no such conversation."}, status=404)
        return web.json_response(done(what, own_id))


def done(what: str, own_id: str) -> dict[str, Any]:
    """What the API says to what it has done."""
    if what == "read":
        return REPLY_DATA["message:read"] | {"conversation_id": own_id}
    transferred = REPLY_DATA["conversation:transfer"]
    return transferred | {"conversation": transferred["conversation"] | {"id": own_id}}


@asynccontextmanager
async def access_api() -> AsyncIterator[AccessApi]:
    api = AccessApi()
    app = web.Application()
    app.router.add_get("/api/conversations-simple/{id}/access", api.answer)
    app.router.add_get("/api/auth/me", api.me)
    app.router.add_post("/api/conversations-simple/{id}/{what:read|transfer}", api.carry_out)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield api
    api.answering.set()
    await runner.cleanup()


class Cable:
    """A TCP connection to Redis that can be cut, held still, and joined again."""

    def __init__(self, host: str, port: int) -> None:
        self._target = self._links_target = host, port
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

    def lead_to(self, host: str, port: int, *, links: tuple[str, int]) -> None:
        """Let new connections end elsewhere: the gateway's links for events at one server, all others at another."""
        self._target, self._links_target = (host, port), links

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        first = await reader.read(65536)
        target = self._links_target if LINK_NAME in first else self._target
        far_reader, far_writer = await asyncio.open_connection(*target)
        far_writer.write(first)
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
