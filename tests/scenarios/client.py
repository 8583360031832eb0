"""A dashboard as docs/realtime.md wants it: joins, resumes by position, comes back when it is told to, and keeps count."""

import asyncio
import json
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson

from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token
from tests.scenarios.returning import Next, after_close, wait_seconds
from tests.scenarios.truth import Address, Truth
from tests.scenarios.view import View
from tests.scenarios.wire import RefusedError, Wire, open_wire

Frame = dict[str, Any]
PATIENCE_SECONDS = 20.0
RETURNS_WITHIN_SECONDS = 30.0
CLOSES_WITHIN_SECONDS = 2.0
# The id of pings whose answer nobody waits for: any word will do.
ANYBODY = "anybody"


@dataclass
class Person:
    """Who sits before the client. `life` is their token's."""

    user_id: int
    clinic_id: int
    role: str = "agent"
    life: timedelta = timedelta(hours=1)

    def token(self) -> str:
        """As signing in gives it."""
        return issue_token(
            DEVELOPMENT_SECRET,
            user_id=self.user_id,
            clinic_id=self.clinic_id,
            role=self.role,
            name=f"Agent {self.user_id}",
            now=datetime.now(UTC),
            life=self.life,
        )


@dataclass
class Client:
    """One tab. `gateways` gives the ports to choose from, each time it connects."""

    person: Person
    gateways: Callable[[], list[int]]
    truth: Truth
    random: random.Random
    # After so long without a word from the gateway the client asks it for one, and leaves after as long again.
    suspicious_seconds: float | None = None
    receive_buffer: int | None = None
    returns: bool = True
    # How long, at most, a client that is new waits before it connects.
    spread_seconds: float = 0.0

    views: dict[str, View] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    heard: list[Frame] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    connection_id: str | None = None
    port: int | None = None
    wire: Wire | None = None
    online: bool = False
    connects: int = 0
    token: str = ""

    def __post_init__(self) -> None:
        self._ids = count(1)
        # What to do with each reply; None comes where the connection ends before it.
        self._replies: dict[str, Callable[[Frame | None], None]] = {}
        self._news = asyncio.Event()
        self._ended = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._return_seconds: float | None = None
        self._last_word = 0.0
        self._avoided: int | None = None

    # A life of connections

    def start(self) -> None:
        """Connect, and keep coming back."""
        self._life = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Close the tab."""
        if self._life:
            self._life.cancel()
            await asyncio.wait([self._life])
        if self.wire and self.online and self.wire.transport.is_reading():
            self.wire.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), CLOSES_WITHIN_SECONDS)
        self.drop()

    def drop(self) -> None:
        """Lose the connection, without a word to the gateway."""
        if self.wire:
            self.wire.drop()

    async def _live(self) -> None:
        attempt = 0
        await asyncio.sleep(self.random.random() * self.spread_seconds)
        while True:
            wait = None
            try:
                await self._connect()
                attempt, self._avoided = 0, None
                wait = await self._until_ended()
            except RefusedError as refused:
                self.refusals.append(refused.status)
                wait = self._after_refusal(refused)
            except (OSError, TimeoutError):
                self._avoided = self.port
            if wait is None:
                wait = wait_seconds(attempt, self.random.random())
            attempt += 1
            if not self.returns or wait < 0:
                return
            await asyncio.sleep(wait)

    async def _connect(self) -> None:
        self._ended.clear()
        self._return_seconds = None
        self.token = self.token or self.person.token()
        self.port = self._choose(self.gateways())
        wire = Wire(self._take_wire, self._take_text, self._take_end)
        offered = f"prosa.v1, bearer.{self.token}"
        await open_wire("127.0.0.1", self.port, wire, subprotocols=offered, receive_buffer=self.receive_buffer)

    def _choose(self, ports: list[int]) -> int:
        """As a load balancer does: not the one that was not there just now."""
        elsewhere = [port for port in ports if port != self._avoided]
        return self.random.choice(elsewhere or ports)

    async def _until_ended(self) -> float | None:
        """How long to wait before the next connection: None where that is the client's to choose, -1 for ever."""
        if self.suspicious_seconds is None:
            await self._ended.wait()
        else:
            await self._watch(self.suspicious_seconds)
        code = self.closes[-1]
        match after_close(code):
            case Next.SIGN_IN:
                self.token = ""
            case Next.GIVE_UP:
                return -1.0
        return self._return_seconds

    async def _watch(self, patience: float) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), patience)
            silent = asyncio.get_running_loop().time() - self._last_word
            if silent > 2 * patience:
                self.drop()
                await self._ended.wait()
            elif silent > patience and self.wire:
                self.send({"type": "ping", "id": ANYBODY})

    def _after_refusal(self, refused: RefusedError) -> float | None:
        if refused.status != 503:
            self.complaints.append(f"refused with HTTP {refused.status}")
            return -1.0
        seconds = float(refused.headers.get("retry-after", 1))
        return self.random.random() * min(seconds, 1.0)  # a scenario's time is short

    # What arrives

    def _take_wire(self, wire: Wire) -> None:
        self.wire = wire
        self._last_word = asyncio.get_running_loop().time()

    def _take_text(self, text: bytes) -> None:
        frame = orjson.loads(text)
        self._last_word = asyncio.get_running_loop().time()
        if frame["type"] == "reply":
            self._take_reply(frame)
        elif "seq" in frame:
            self._take_numbered(frame)
        else:
            self._take_word(frame)
        self._news.set()

    def _take_end(self, code: int) -> None:
        self.online = False
        self.closes.append(code)
        replies, self._replies = self._replies, {}
        for answer in replies.values():
            answer(None)
        self._ended.set()
        self._news.set()

    def _take_reply(self, frame: Frame) -> None:
        if take := self._replies.pop(str(frame["id"]), None):
            take(frame)
        elif frame["id"] != ANYBODY:
            self.complaints.append(f"a reply to nothing: {frame}"[:300])

    def _take_numbered(self, frame: Frame) -> None:
        if view := self.views.get(frame["channel"]):
            view.take_live(frame)
        else:
            self.complaints.append(f"uninvited: {frame['channel']} {frame['seq']}")

    def _take_word(self, frame: Frame) -> None:
        self.heard.append(frame)
        match frame["type"]:
            case "connected":
                self._take_connected(frame["data"])
            case "reset":
                if view := self.views.get(frame["data"]["channel"]):
                    view.take_reset(frame["data"]["seq"], frame["data"]["epoch"])
            case "going_away":
                self._return_seconds = frame["data"]["reconnect_ms"] / 1000
            case "token_expiring":
                pass

    def _take_connected(self, data: Frame) -> None:
        self.online = True
        self.connects += 1
        self.connection_id = data["connection_id"]
        for standing in data["channels"]:
            self._take_standing(**standing)
        for conversation in self.wanted:
            self._join(conversation)

    def _take_standing(self, channel: str, seq: int, epoch: str) -> None:
        view = self.view(channel)
        if channel.startswith("empresa:") and view.position:
            self._ask_join(view, "clinic:join", {})
        else:
            view.stand_at(seq, epoch)

    def _join(self, conversation: str) -> None:
        self._ask_join(self.view(f"conversa:{conversation}"), "conversation:join", {"conversation_id": conversation})

    def _ask_join(self, view: View, command_type: str, data: Frame) -> None:
        view.resuming = True
        since = {"since": view.since} if view.since else {}

        def take(reply: Frame | None) -> None:
            if reply and self.views.get(view.address.channel) is view:
                self._take_joined(view, command_type, data, reply)

        self._ask(command_type, {**data, **since}, take)

    def _take_joined(self, view: View, command_type: str, data: Frame, reply: Frame) -> None:
        if reply["ok"]:
            view.take_join(reply["data"])
        elif reply["error"]["temporary"]:
            again = min(reply["error"]["retry_ms"], 1000) / 1000 * (0.5 + self.random.random())
            asyncio.get_running_loop().call_later(again, self._join_again, view, command_type, data, self.wire)
        else:
            self.complaints.append(f"{command_type} {data}: {reply['error']['code']}")

    def _join_again(self, view: View, command_type: str, data: Frame, wire: Wire | None) -> None:
        if self.online and self.wire is wire and self.views.get(view.address.channel) is view:
            self._ask_join(view, command_type, data)

    # What is asked

    def view(self, channel: str) -> View:
        """The view of a channel; a new one where there was none."""
        if channel not in self.views:
            self.views[channel] = View(Address(self.person.clinic_id, channel), self.truth)
        return self.views[channel]

    def send(self, command: Frame) -> None:
        """Send a command as it is."""
        if self.wire and self.online:
            self.wire.send(json.dumps(command).encode())

    def ask(self, command_type: str, **data: Any) -> "asyncio.Future[Frame]":
        """Send a command; its reply, cancelled where the connection ends before."""
        reply: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()

        def take(frame: Frame | None) -> None:
            if not reply.done():
                reply.set_result(frame) if frame else reply.cancel()

        self._ask(command_type, data, take)
        return reply

    def _ask(self, command_type: str, data: Frame, take: Callable[[Frame | None], None]) -> None:
        command_id = f"c{next(self._ids)}"
        self._replies[command_id] = take
        self.send({"id": command_id, "type": command_type, "data": data})

    async def command(self, command_type: str, **data: Any) -> Frame:
        """The reply to a command on this connection."""
        return await asyncio.wait_for(self.ask(command_type, **data), PATIENCE_SECONDS)

    def follow(self, *conversations: str) -> None:
        """Have these conversations' events, now and after each return."""
        for conversation in conversations:
            self.wanted.add(conversation)
            if self.online:
                self._join(conversation)

    def leave(self, conversation: str) -> None:
        """Have a conversation's events no longer; after the reply, any is a complaint."""
        self.wanted.discard(conversation)
        left = self.views.get(f"conversa:{conversation}")

        def take(_reply: Frame | None) -> None:
            if left and self.views.get(left.address.channel) is left:
                self.forget(left)

        self._ask("conversation:leave", {"conversation_id": conversation}, take)

    def join_anew(self, conversation: str) -> None:
        """Join as if nothing were known of the conversation, also while leaving it is under way."""
        if old := self.views.get(f"conversa:{conversation}"):
            self.forget(old)
        self.follow(conversation)

    def forget(self, view: View) -> None:
        """Nothing may come of this channel any more."""
        self.complaints += view.complaints
        del self.views[view.address.channel]

    # What is waited for

    async def until(self, condition: Callable[[], object], what: str, within: float = PATIENCE_SECONDS) -> None:
        """Wait until something that arrived makes the condition true."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{what}: not within {within:g} s; heard {self.heard[-3:]}, {self.closes=}") from None

    async def returned(self, connects: int) -> None:
        """Wait until it has connected so many times, and has joined."""
        await self.until(lambda: self.connects >= connects and self.joined, "back", RETURNS_WITHIN_SECONDS)

    async def first(self, wanted: Callable[[Frame], object], what: str, within: float = PATIENCE_SECONDS) -> Frame:
        """The first such word, heard already or yet to come."""
        await self.until(lambda: any(map(wanted, self.heard)), what, within)
        return next(filter(wanted, self.heard))

    @property
    def joined(self) -> bool:
        """Whether it is connected and knows where each of its channels stands."""
        return self.online and all(view.position and not view.resuming for view in self.views.values())

    @property
    def complete(self) -> bool:
        """Whether it knows everything that was committed to its channels."""
        return self.joined and all(view.complete for view in self.views.values())

    def every_complaint(self) -> list[str]:
        """What the gateway did wrong to this client."""
        return self.complaints + [what for view in self.views.values() for what in view.complaints]


async def all_online(clients: Iterable[Client], within: float = PATIENCE_SECONDS) -> None:
    """Wait until all are connected and have joined."""
    for client in clients:
        await client.until(lambda client=client: client.joined, "joined", within)  # type: ignore[misc]
