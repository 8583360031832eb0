"""A stand-in for Evolution API: a real HTTP server that answers as the recorded one does, or as a test tells it to."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[dict[str, Any]], Awaitable[web.StreamResponse]]

KEY = "the-key"


def sent(body: dict[str, Any], provider_id: str, jid: str | None = None) -> web.Response:
    """The answer of 2.3.7 to a text it took."""
    key = {"remoteJid": jid or f"{body['number']}@s.whatsapp.net", "fromMe": True, "id": provider_id}
    said = {"message": {"conversation": body["text"]}, "messageType": "conversation", "messageTimestamp": 1795167319}
    return web.json_response({"key": key, "pushName": "Você", "status": "PENDING", **said}, status=201)


def refused(*messages: Any, status: int = 400) -> web.Response:
    """An error of any version."""
    answer = {"status": status, "error": "Bad Request", "response": {"message": list(messages)}}
    return web.json_response(answer, status=status)


NOT_ON_WHATSAPP = {"jid": "5511000000000@s.whatsapp.net", "exists": False, "number": "5511000000000"}
LINE_DOWN = "Error: Connection Closed"


class EvolutionStandIn:
    """Takes texts and remembers them. `answers` are given first, one a call; then everything is sent, as SENT1, SENT2, …"""

    def __init__(self) -> None:
        self.url = ""
        self.texts: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.answers: deque[Answer] = deque()

    def then(self, answer: Answer | web.StreamResponse) -> None:
        """Give this answer to the next call that has none yet."""

        async def always(_: dict[str, Any]) -> web.StreamResponse:
            assert isinstance(answer, web.StreamResponse)
            return answer

        self.answers.append(always if isinstance(answer, web.StreamResponse) else answer)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if request.headers.get("apikey") != KEY:
            return refused("Unauthorized", status=401)
        self.texts.append(body["text"])
        self.calls.append({"instance": request.match_info["instance"], **body})
        number = len(self.calls)
        return await self.answers.popleft()(body) if self.answers else sent(body, f"SENT{number}")


@asynccontextmanager
async def evolution_stand_in() -> AsyncIterator[EvolutionStandIn]:
    stand_in = EvolutionStandIn()
    app = web.Application()
    app.router.add_post("/message/sendText/{instance}", stand_in.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [address] = runner.addresses
    stand_in.url = f"http://127.0.0.1:{address[1]}"
    try:
        yield stand_in
    finally:
        await runner.cleanup()
