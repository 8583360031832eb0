"""Agents at the gateway: each follows some conversations and the clinic's list, and comes back, whatever breaks."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import aiohttp
import orjson
from yarl import URL

from tests.chaos.journal import Journal
from tests.scenarios.returning import Next, after_close, wait_seconds
from tests.scenarios.wire import RefusedError, Wire, open_wire

PAGE = 200
LONGEST_RETRY_SECONDS = 5.0
FETCH_TIMEOUT_SECONDS = 10.0
CONNECTED = b'"type":"connected"'
ELSEWHERE = (b'"channel":"empresa:', b'"channel":"presence:')


class Listener:
    """One tab. Without `lists` it is one of a crowd, and reads nothing but its conversations."""

    def __init__(
        self,
        socket: str,
        api: str,
        token: str,
        conversations: list[str],
        journal: Journal,
        chance: random.Random,
        *,
        lists: bool = True,
        receive_buffer: int | None = None,
    ) -> None:
        self._socket = URL(socket)
        self._api = api
        self._token = token
        self._conversations = conversations
        self._chance = chance
        self._lists = lists
        self._receive_buffer = receive_buffer
        self._ids = count(1)
        self._asked: dict[str, Callable[[dict[str, Any]], None]] = {}
        self._lapsed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.journal = journal
        self.wire: Wire | None = None
        self.connects = 0

    @property
    def settled(self) -> bool:
        """Whether it is there, and knows what each channel shows."""
        return self.connects > 0 and self.wire is not None and not self._asked and self.journal.transcript.settled

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._live()), asyncio.create_task(self._fetch())]

    async def stop(self) -> None:
        """Close the tab."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.drop()
        self.journal.flush()

    def drop(self) -> None:
        """Lose the connection, without a word."""
        if self.wire:
            self.wire.drop()

    async def _live(self) -> None:
        attempt = 0
        while True:
            with suppress(OSError, TimeoutError, RefusedError):
                code = await self._connected()
                attempt = 0
                if after_close(code) is not Next.RETURN:
                    self.journal.transcript.complaints.append(f"closed with {code}, which is for ever")
                    return
            await asyncio.sleep(wait_seconds(attempt, self._chance.random()))
            attempt += 1

    async def _connected(self) -> int:
        """One connection, to its close code."""
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def end(code: int) -> None:
            if not ended.done():
                ended.set_result(code)

        wire = Wire(lambda _wire: None, self._take_text, end)
        offered = f"prosa.v1, bearer.{self._token}"
        host, port = str(self._socket.host), int(self._socket.port or 0)
        self.wire = wire
        try:
            await open_wire(host, port, wire, subprotocols=offered, receive_buffer=self._receive_buffer)
            code = await ended
        finally:
            self.wire = None
            self._asked.clear()
        self.journal.write({"closed": code})
        return code

    def _take_text(self, text: bytes) -> None:
        if not self._lists and CONNECTED not in text and any(channel in text for channel in ELSEWHERE):
            return
        frame = orjson.loads(text)
        if frame["type"] == "reply":
            if take := self._asked.pop(frame["id"], None):
                take(frame)
        else:
            self.journal.write({"frame": frame})
            if frame["type"] == "connected":
                self.connects += 1
                self._join_all(frame["data"]["clinic_id"])
        self._wake()

    def _wake(self) -> None:
        if self.journal.transcript.stale:
            self._lapsed.set()

    def _join_all(self, clinic_id: str) -> None:
        if self._lists:
            self._join(f"empresa:{clinic_id}", "clinic:join", {})
        else:
            self.journal.transcript.rooms.pop(f"empresa:{clinic_id}", None)
        for conversation in self._conversations:
            self._join(f"conversa:{conversation}", "conversation:join", {"conversation_id": conversation})

    def _join(self, channel: str, command: str, data: dict[str, Any], attempt: int = 0) -> None:
        wire, position = self.wire, self.journal.transcript.room(channel).position
        since = {"since": position._asdict()} if position else {}

        def take(reply: dict[str, Any]) -> None:
            if reply["ok"]:
                self.journal.write({"joined": channel, "data": reply["data"]})
            elif reply["error"]["temporary"]:
                wait = min(reply["error"].get("retry_ms", 200) / 1000 * 2**attempt, LONGEST_RETRY_SECONDS)
                asyncio.get_running_loop().call_later(wait * (0.5 + self._chance.random() / 2), again)
            else:
                self.journal.transcript.complaints.append(f"{channel} was refused: {reply['error']['code']}")

        def again() -> None:
            if self.wire is wire and wire is not None:
                self._join(channel, command, data, min(attempt + 1, 10))

        self.journal.write({"asked": channel, **since})
        command_id = f"c{next(self._ids)}"
        self._asked[command_id] = take
        if wire is not None:
            wire.send(orjson.dumps({"id": command_id, "type": command, "data": {**data, **since}}))

    async def _fetch(self) -> None:
        """Fetch what channels show that have lapsed, until the API gives it."""
        timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_SECONDS)
        headers = {"Authorization": f"Bearer {self._token}"}
        async with aiohttp.ClientSession(timeout=timeout, headers=headers) as http:
            while True:
                await self._lapsed.wait()
                self._lapsed.clear()
                for channel in self.journal.transcript.stale:
                    lapse = self.journal.transcript.room(channel).lapses
                    try:
                        shown = await self._shown(http, channel)
                    except (aiohttp.ClientError, TimeoutError):
                        asyncio.get_running_loop().call_later(self._chance.random(), self._lapsed.set)
                        continue
                    self.journal.write({"fetched": channel, "lapse": lapse, "shown": shown})

    async def _shown(self, http: aiohttp.ClientSession, channel: str) -> list[dict[str, Any]]:
        kind, _, name = channel.partition(":")
        if kind == "empresa":
            return list((await _get(http, f"{self._api}/api/conversations-simple?limit=100"))["conversations"])
        url = f"{self._api}/api/conversations-simple/{name}"
        detail = await _get(http, url)
        shown, more = list(detail["messages"]), detail["has_more"]
        before = shown[0]["id"] if shown else None
        while more:
            page = await _get(http, f"{url}/messages?limit={PAGE}&before={before}")
            shown += page["messages"]
            more, before = page["has_more"], page["next_before"]
        return shown


async def _get(http: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with http.get(url) as response:
        response.raise_for_status()
        answer: dict[str, Any] = await response.json()
        return answer
