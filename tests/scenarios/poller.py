"""A client without a socket: it polls any gateway, with nothing but where it stands."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

import aiohttp

from tests.scenarios.client import Person
from tests.scenarios.truth import Address, Truth
from tests.scenarios.view import View

WAIT_SECONDS = 2
TIMEOUT = aiohttp.ClientTimeout(total=10)


class Poller:
    """Polls again and again while `run` runs; its views are held against the same promises as a socket's."""

    def __init__(
        self, person: Person, rooms: Sequence[Address], ports: Callable[[], list[int]], truth: Truth, seed: float
    ) -> None:
        self._ports = ports
        self._random = random.Random(seed)
        self._headers = {"Authorization": f"Bearer {person.token()}"}
        self._tab = f"poller-{person.user_id}"
        self.views = {room.channel: View(room, truth) for room in rooms}
        self.answers = 0
        self.failures = 0

    @property
    def complete(self) -> bool:
        """Whether it knows everything that was committed to its channels."""
        return all(view.position and view.complete for view in self.views.values())

    async def run(self) -> None:
        """Poll until cancelled."""
        async with aiohttp.ClientSession(timeout=TIMEOUT, headers=self._headers) as http:
            while True:
                try:
                    await self._poll(http)
                except (aiohttp.ClientError, TimeoutError):
                    self.failures += 1
                    await asyncio.sleep(self._random.random() * 0.3)

    async def _poll(self, http: aiohttp.ClientSession) -> None:
        url = f"http://127.0.0.1:{self._random.choice(self._ports())}/realtime/poll"
        asked: dict[str, Any] = {
            "channels": ",".join(map(_asked, self.views.values())),
            "wait": WAIT_SECONDS,
            "connection": self._tab,
        }
        async with http.get(url, params=asked) as response:
            response.raise_for_status()
            answer = await response.json()
        self.answers += 1
        for entry in answer["channels"]:
            if "error" not in entry:
                self.views[entry["channel"]].take_join(entry)


def _asked(view: View) -> str:
    """A channel, and where the client stands."""
    return (
        f"{view.address.channel}@{view.position.seq}.{view.position.epoch}" if view.position else view.address.channel
    )
