"""A stand-in for Evolution API: a real HTTP server that answers as the recorded one does, or as a test tells it to."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Answer = Callable[[dict[str, Any]], Awaitable[web.StreamResponse]]

KEY = "the-key"


def sent(body: dict[str, Any], provider_id: str, jid: str | None = None) -> web.Response:
    """The answer of 2.3.7 to what it took, in either version's words."""
    key = {"remoteJid": jid or f"{body['number']}@s.whatsapp.net", "fromMe": True, "id": provider_id}
    said = {"message": said_in(body), "messageType": "conversation", "messageTimestamp": 1795167319}
    return web.json_response({"key": key, "pushName": "Você", "status": "PENDING", **said}, status=201)


def said_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """What WhatsApp makes of a send's body."""
    flat = {**body, **body.get("textMessage", {}), **body.get("mediaMessage", {}), **body.get("audioMessage", {})}
    if "text" in flat:
        return {"conversation": flat["text"]}
    if "audio" in flat:
        return {"audioMessage": {"ptt": True}}
    return {f"{flat['mediatype']}Message": {"caption": flat.get("caption", ""), "fileName": flat.get("fileName")}}


def refused(*messages: Any, status: int = 400) -> web.Response:
    """An error of any version."""
    answer = {"status": status, "error": "Bad Request", "response": {"message": list(messages)}}
    return web.json_response(answer, status=status)


NOT_ON_WHATSAPP = {"jid": "5511000000000@s.whatsapp.net", "exists": False, "number": "5511000000000"}
LINE_DOWN = "Error: Connection Closed"
UNLICENSED = {"error": "service not activated", "code": "LICENSE_REQUIRED"}


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it came."""

    method: str
    path: str
    instance: str
    body: dict[str, Any]
    headers: Mapping[str, str]


class EvolutionStandIn:
    """Takes messages and remembers them. `answers` are given first, one a call; then everything is done, as SENT1, SENT2, …

    `accepted` is what WhatsApp got: number and text, in its order. Of those `chat/findMessages` tells.
    """

    def __init__(self) -> None:
        self.url = ""
        self.key = KEY
        self.requests: list[Request] = []
        self.calls: list[dict[str, Any]] = []
        self.answers: deque[Answer] = deque()
        self.finds: deque[Answer] = deque()
        self.accepted: list[dict[str, Any]] = []
        self.chooses: Callable[[Request], Answer | None] = lambda _: None
        self._numbers = itertools.count(1)

    @property
    def texts(self) -> list[str]:
        """The texts it was asked to send."""
        flat = ({**call, **call.get("textMessage", {})} for call in self.calls)
        return [call["text"] for call in flat if "text" in call]

    def then(self, answer: Answer | web.StreamResponse) -> None:
        """Give this answer to the next call that has none yet."""
        self.answers.append(answering(answer))

    def when_asked(self, answer: Answer | web.StreamResponse) -> None:
        """Give this answer to the next question for messages that has none yet."""
        self.finds.append(answering(answer))

    def accept(self, body: dict[str, Any], provider_id: str | None = None) -> str:
        """Send it to WhatsApp, whatever is answered."""
        number = next(self._numbers)
        taken = provider_id or f"SENT{len(self.calls)}"
        if any(record["key"]["id"] == taken for record in self.accepted):
            taken = f"{taken}-{number}"
        record = {
            "id": f"row-{number}",
            "key": {"id": taken, "fromMe": True, "remoteJid": f"{body['number']}@s.whatsapp.net"},
            "message": said_in(body),
            "messageTimestamp": int(time.time()),
        }
        self.accepted.append(record)
        return taken

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        path, instance = f"{request.match_info['group']}/{request.match_info['call']}", request.match_info["instance"]
        if request.headers.get("apikey") != self.key:
            return refused("Unauthorized", status=401)
        call = Request(request.method, path, instance, body, request.headers)
        self.requests.append(call)
        if path == "chat/findMessages":
            return await self.finds.popleft()(body) if self.finds else self._shown(body)
        if path.startswith("message/send") and path != "message/sendReaction":
            self.calls.append({"instance": instance, **body})
        if self.answers:
            return await self.answers.popleft()(body)
        chosen = self.chooses(call)
        return await chosen(body) if chosen else self._done(path, body)

    def _done(self, path: str, body: dict[str, Any]) -> web.StreamResponse:
        if path == "chat/markMessageAsRead":
            return web.json_response({"message": "Read messages", "read": "success"}, status=201)
        if path == "chat/sendPresence":
            return web.json_response({"presence": body.get("presence")}, status=201)
        if path.startswith("chat/") or path == "message/sendReaction":
            key = {"remoteJid": "x@s.whatsapp.net", "fromMe": True, "id": f"CHANGE{len(self.requests)}"}
            return web.json_response({"key": key, "messageTimestamp": 1795167319}, status=201)
        return sent(body, self.accept(body))

    def _shown(self, body: dict[str, Any]) -> web.Response:
        jid = body["where"]["key"]["remoteJid"]
        records = [record for record in reversed(self.accepted) if record["key"]["remoteJid"] == jid]
        page = {"total": len(records), "pages": 1, "currentPage": 1, "records": records[: body.get("offset", 50)]}
        return web.json_response({"messages": page} if "offset" in body else records)


def answering(answer: Answer | web.StreamResponse) -> Answer:
    """An answer that is the same whatever is asked."""

    async def always(_: dict[str, Any]) -> web.StreamResponse:
        assert isinstance(answer, web.StreamResponse)
        return answer

    return always if isinstance(answer, web.StreamResponse) else answer


async def hang(_: dict[str, Any]) -> web.StreamResponse:
    """Take the call and never answer."""
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def evolution_stand_in() -> AsyncIterator[EvolutionStandIn]:
    stand_in = EvolutionStandIn()
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_route("*", "/{group}/{call}/{instance}", stand_in.handle)
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
