"""One connection to Redis on which commands are answered in their order.

There is one, not a pool: what is answered on it after something else was executed after it, and a Redis that went away and
came back, perhaps with yesterday's data, cannot be mistaken for one that was there all the time.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis.asyncio.connection import parse_url

from shared.pubsub.raw_connection import connect

CLIENT_NAME = "prosa_api_cache"
MOST_WAITING = 10_000
Argument = str | bytes | int


class WireError(Exception):
    """Redis cannot be asked, or did not answer as it should."""


class RefusedError(WireError):
    """Redis answered that it will not."""


class Wire(asyncio.Protocol):
    """A connection until `ended`. `proved` is when the newest command was sent that has been answered.

    An answer that comes after a longer silence than `trust_seconds` ends it: what was held up meanwhile, and in which order
    it is carried out now, nobody knows.
    """

    def __init__(self, clock: Callable[[], float], trust_seconds: float) -> None:
        self._clock = clock
        self._trust_seconds = trust_seconds
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._unsent: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self.ended = self._loop.create_future()
        self.proved = clock()
        self._never_answered_since: float | None = None

    async def call(self, *command: Argument) -> Any:
        """Redis' reply. Raises WireError. Who stops waiting leaves the command as it is."""
        if self._transport is None or self._transport.is_closing() or len(self._waiting) >= MOST_WAITING:
            raise WireError("not connected, or too much is under way")
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(hiredis.pack_command(cast(Any, command)))
        reply: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append((self._clock(), reply))
        return await reply

    @property
    def unanswered_since(self) -> float | None:
        """When the oldest command was sent that waits for its answer. Since then Redis has executed nothing for anybody,
        or this connection is broken."""
        return self._waiting[0][0] if self._waiting else self._never_answered_since

    def trusted(self) -> bool:
        """Whether Redis has not been silent for too long."""
        return self._clock() - self.proved <= self._trust_seconds

    def end(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    def _send(self) -> None:
        """What was asked for in one turn of the loop leaves in one write."""
        unsent, self._unsent = self._unsent, []
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(unsent))

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            if not self._waiting or not self.trusted():
                self.end()
                return
            self.proved, waiting = self._waiting.popleft()
            if waiting.done():
                continue
            if isinstance(reply, hiredis.ReplyError):
                waiting.set_exception(RefusedError(str(reply)))
            else:
                waiting.set_result(reply)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._never_answered_since = self.unanswered_since
        for _, waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(WireError("the connection was lost"))
        self._waiting.clear()
        if not self.ended.done():
            self.ended.set_result(None)


async def dial(url: str, clock: Callable[[], float], trust_seconds: float) -> Wire:
    """A connection that Redis has let in. Raises OSError or WireError."""
    options: dict[str, Any] = dict(parse_url(url))
    wire = await connect(options, lambda: Wire(clock, trust_seconds))
    try:
        if options.get("password"):
            await wire.call("AUTH", *filter(None, [options.get("username")]), options["password"])
        if options.get("db"):
            await wire.call("SELECT", int(options["db"]))
        await wire.call("CLIENT", "SETNAME", CLIENT_NAME)
    except BaseException:
        wire.end()
        raise
    return wire
