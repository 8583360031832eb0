"""Asks every client for a sign of life, with one timer for all of them instead of a task for each.

Connections stand on a wheel (Varghese and Lauck, 1987) of which one spoke comes up at each tick, so that pings are
spread evenly. Whatever a client sends is a sign of life.
"""

import asyncio
from collections.abc import Callable
from itertools import cycle
from typing import Generic, Protocol, TypeVar

SPOKES = 16


class Pinged(Protocol):
    """Somebody who may have gone away without a word."""

    @property
    def heard(self) -> float:
        """When anything came from it."""

    def ping(self, now: float) -> None:
        """Ask for a sign of life."""

    def cut_off(self, parting: str) -> None:
        """End it at once."""


Connection = TypeVar("Connection", bound=Pinged)


class Keepalive(Generic[Connection]):
    """Pings each connection every `interval` seconds; ends one that is silent for `timeout` after a ping."""

    def __init__(self, interval: float, timeout: float) -> None:
        self.tick_seconds = interval / SPOKES
        self._timeout = timeout
        self._spokes: list[dict[Connection, None]] = [{} for _ in range(SPOKES)]
        self._next = cycle(range(SPOKES))
        self._at = 0
        # Since when each is asked, the longest first.
        self._asked: dict[Connection, float] = {}

    def __len__(self) -> int:
        return sum(map(len, self._spokes))

    def add(self, connection: Connection) -> None:
        """Ping it, a whole interval from now for the first time."""
        self._spokes[self._at][connection] = None

    def discard(self, connection: Connection) -> None:
        """Ping it no more."""
        for spoke in self._spokes:
            spoke.pop(connection, None)
        self._asked.pop(connection, None)

    def tick(self, now: float) -> None:
        """Ping those whose turn it is, and end those that were asked in vain."""
        self._at = next(self._next)
        for connection in self._spokes[self._at]:
            self._ask(connection, now)
        self._end_silent(now)

    def _ask(self, connection: Connection, now: float) -> None:
        asked = self._asked.get(connection)
        if asked is None or connection.heard >= asked:
            self._asked.pop(connection, None)
            self._asked[connection] = now
        connection.ping(now)

    def _end_silent(self, now: float) -> None:
        while self._asked:
            connection, asked = next(iter(self._asked.items()))
            if asked + self._timeout > now:
                return
            del self._asked[connection]
            if connection.heard < asked:
                connection.cut_off("silent")


async def keep_alive(keepalive: Keepalive[Connection], *each_tick: Callable[[float], None]) -> None:
    """Turn the wheel, until cancelled; `each_tick` are due as often, and get the loop's time."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(keepalive.tick_seconds)
        now = loop.time()
        keepalive.tick(now)
        for due in each_tick:
            due(now)
