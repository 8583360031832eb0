"""An agent's dashboard, as far as the socket goes: has conversations open and shows what comes."""

import asyncio
import itertools
import json
import time
from collections.abc import Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from deploy.demo.cast import ASSISTANT
from deploy.demo.desk import Desk
from deploy.demo.ledger import Ledger
from deploy.demo.sightings import Sightings
from deploy.demo.transcript import Transcript
from deploy.local.problem import Problem

Json = dict[str, Any]

# More than the day's dialogues, fewer than a connection may join.
_MOST_OPENED = 25
_REPLY_SECONDS = 10.0
_RETRY_SECONDS = 0.5

_TICKS = {"sent": "✓ sent", "delivered": "✓✓ delivered", "read": "✓✓ read", "played": "✓✓ played", "failed": "✗ failed"}


class Screen:
    """Watches until cancelled, and connects again when the connection ends. `ready` once it shows what there is."""

    def __init__(self, desk: Desk, url: str, sightings: Sightings, ledger: Ledger, transcript: Transcript) -> None:
        self._desk = desk
        self._url = url
        self._sightings = sightings
        self._ledger = ledger
        self._transcript = transcript
        self._wanted: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        self._opened: set[str] = set()
        self._names: dict[str, str] = {}
        self._statuses: dict[str, str] = {}
        self._command_ids = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Json]] = {}
        self.ready = asyncio.Event()

    async def watch(self) -> None:
        """Have the conversations open and print what happens in them."""
        protocols = [Subprotocol("prosa.v1"), Subprotocol(f"bearer.{self._desk.token}")]
        async for socket in connect(self._url, subprotocols=protocols, max_size=None):
            opener = asyncio.create_task(self._keep_open(socket))
            try:
                async for frame in socket:
                    self._take(json.loads(frame))
            except ConnectionClosed:
                pass
            finally:
                opener.cancel()
            self._transcript.tells(f"{self._name}'s connection ended ({socket.close_code}): she connects again")

    @property
    def _name(self) -> str:
        return self._desk.agent.name

    async def _keep_open(self, socket: ClientConnection) -> None:
        """Open what was active last, then what the list says is new."""
        self._opened.clear()
        try:
            for conversation_id in await self._recent():
                await self._open(socket, conversation_id, time.perf_counter())
            self.ready.set()
            while True:
                await self._open(socket, *await self._wanted.get())
        except ConnectionClosed:
            return

    async def _recent(self) -> list[str]:
        while True:
            try:
                return [conversation["id"] for conversation in await self._desk.conversations()][:_MOST_OPENED]
            except Problem as problem:
                await self._put_off("the list", problem)

    async def _open(self, socket: ClientConnection, conversation_id: str, told_at: float) -> None:
        """Join, then fetch: what happens between the two is in either. `told_at` is when the list told of it."""
        if conversation_id in self._opened:
            return
        try:
            await self._ask(socket, "conversation:join", {"conversation_id": conversation_id})
            self._opened.add(conversation_id)
            await self._fetch(conversation_id, told_at)
        except (Problem, TimeoutError) as problem:
            await self._put_off(f"conversation {conversation_id}", problem)
            self._wanted.put_nowait((conversation_id, told_at))

    async def _put_off(self, what: str, problem: Exception) -> None:
        self._transcript.tells(f"{self._name} cannot open {what} yet: {str(problem) or type(problem).__name__}")
        await asyncio.sleep(_RETRY_SECONDS)

    async def _fetch(self, conversation_id: str, told_at: float) -> None:
        detail = await self._desk.detail(conversation_id)
        self._names[conversation_id] = detail["conversation"]["contact_name"]
        for message in detail["messages"]:
            self._show_message(message, told_at)

    async def _ask(self, socket: ClientConnection, kind: str, data: Json) -> Json:
        command_id = str(next(self._command_ids))
        self._replies[command_id] = asyncio.get_running_loop().create_future()
        await socket.send(json.dumps({"id": command_id, "type": kind, "data": data}))
        try:
            reply = await asyncio.wait_for(self._replies[command_id], _REPLY_SECONDS)
        finally:
            del self._replies[command_id]
        if not reply["ok"]:
            raise Problem(f"{kind} was refused: {reply['error']['message']}", "Look: make logs ARGS=realtime_gateway")
        answer: Json = reply["data"]
        return answer

    def _take(self, frame: Json) -> None:
        match frame["type"]:
            case "reply":
                self._take_reply(frame)
            case "message:new":
                self._show_message(frame["data"], time.perf_counter())
            case "message:updated":
                self._show_status(frame["data"])
            case "conversation:updated":
                self._show_action(frame["data"])
            case "conversation:list:updated":
                self._wanted.put_nowait((frame["data"]["conversationId"], time.perf_counter()))
            case "reset":
                self._open_again(frame["data"]["channel"])

    def _take_reply(self, frame: Json) -> None:
        waiting = self._replies.get(frame["id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    def _show_message(self, message: Json, at: float) -> None:
        delay = self._ledger.is_on_screen(message["external_id"], at)
        self._sightings.note(message)
        if delay is not None:
            self._transcript.shows(self._speaker(message), f"on {self._name}'s screen after {delay * 1000:.0f} ms")

    def _show_status(self, message: Json) -> None:
        self._sightings.note(message)
        status = message["status"]
        if message["sender_type"] == "professional" and self._statuses.get(message["id"]) != status:
            self._statuses[message["id"]] = status
            self._transcript.shows(self._contact(message), _TICKS.get(str(status), str(status)))

    def _show_action(self, data: Mapping[str, Any]) -> None:
        if action := data.get("action"):
            whose = self._names.get(data["conversation_id"], "?")
            self._transcript.shows(whose, f"{action['action_type']} on {self._name}'s screen")

    def _speaker(self, message: Json) -> str:
        if message["sender_type"] == "ai":
            return ASSISTANT
        return str(message["sender_name"] or self._contact(message))

    def _contact(self, message: Json) -> str:
        return self._names.get(message["conversation_id"], "?")

    def _open_again(self, channel: str) -> None:
        kind, _, conversation_id = channel.partition(":")
        if kind == "conversa":
            self._opened.discard(conversation_id)
            self._wanted.put_nowait((conversation_id, time.perf_counter()))
