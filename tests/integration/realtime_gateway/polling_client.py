"""A dashboard's side of the fallback: polls with the positions that the answer before gave it, as a client would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp

from tests.frames import check_event, check_reply

Frame = dict[str, Any]


class PollingClient:
    """Keeps every event it was told, by channel and in order, and every channel's last answer."""

    def __init__(self, http: aiohttp.ClientSession, url: str, connection: str) -> None:
        self.http = http
        self.url = url
        self.connection = connection
        self.next = ""
        self.events: dict[str, list[Frame]] = {}
        self.ephemeral: list[Frame] = []
        self.refetches: list[str] = []
        self._ids = count(1)

    @property
    def _named(self) -> dict[str, str]:
        return {"connection": self.connection} if self.connection else {}

    def polling(self, channels: str, wait: float = 25, **more: str) -> Any:
        """A poll's request."""
        params = {"channels": channels, "wait": f"{wait:g}", **self._named, **more}
        return self.http.get(f"{self.url}/realtime/poll", params=params)

    async def poll(self, channels: str = "", wait: float = 25) -> Frame:
        """Poll once, from where the answer before led to unless told otherwise."""
        async with self.polling(channels or self.next, wait) as response:
            answer: Frame = await response.json()
            assert response.status == 200, answer
        self._take(answer)
        return answer

    def _take(self, answer: Frame) -> None:
        self.next = answer["next"]
        self.ephemeral += answer["ephemeral"]
        for channel in answer["channels"]:
            if "error" in channel:
                continue
            if not channel["recovered"]:
                self.refetches.append(channel["channel"])
            self.events.setdefault(channel["channel"], []).extend(channel["events"])
        for event in (
            *answer["ephemeral"],
            *(event for channel in answer["channels"] for event in channel.get("events", ())),
        ):
            check_event(event)

    async def poll_until(self, channel: str, last: int) -> list[int]:
        """Poll until the event with this sequence was told; returns the channel's sequences."""
        while not any(event["seq"] == last for event in self.events.get(channel, [])):
            await self.poll()
        return [event["seq"] for event in self.events[channel]]

    async def command(self, command_type: str, **data: Any) -> Frame:
        """Post a command and return its reply."""
        frame = {"id": str(next(self._ids)), "type": command_type, "data": data}
        async with self.http.post(f"{self.url}/realtime/command", params=self._named, json=frame) as response:
            reply: Frame = await response.json()
            assert response.status == 200, reply
        check_reply(reply, {frame["id"]: command_type})
        return reply


@asynccontextmanager
async def polling_client(
    url: str, token: str | None, connection: str = "", **options: Any
) -> AsyncIterator[PollingClient]:
    """A client with its own connections and its token in the header; without a name it is not among those present."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(headers=headers, **options) as http:
        yield PollingClient(http, url, connection)


def entry(answer: Frame, asked: str) -> Frame:
    """What an answer says of a channel that was asked for under this name."""
    [found] = [channel for channel in answer["channels"] if channel["asked"] == asked]
    return dict(found)
