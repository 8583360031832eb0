"""One publish/subscribe connection to Redis, on the wire.

redis-py's PubSub reconnects by itself and says nothing, so that a gap passes unnoticed; it also takes five times the CPU
for a message. This link lives once: it ends when Redis goes away or falls silent, and its owner decides what follows.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import hiredis
import structlog

from shared.pubsub.raw_connection import connect

log = structlog.get_logger(__name__)

CLIENT_NAME = "prosa-realtime-gateway-events"
OPEN_TIMEOUT_SECONDS = 3.0
# A frozen Redis or a cut cable sends nothing at all, not even the answer to a ping.
PING_SECONDS = 3.0
SILENCE_SECONDS = 8.0

# Takes the kind ("message", "subscribe", "unsubscribe", or these with an "s" for sharded channels), the channel, and the
# payload or a count; or "moved", the slot, and the address of the node that has it now.
OnReply = Callable[[bytes, bytes, Any], None]
# Called when everything was told that came together.
OnRest = Callable[[], None]


class RedisLinkError(Exception):
    """The link could not be opened: Redis refused it, or did not answer as Redis does."""


class RedisLink(asyncio.Protocol):
    """A link that is open until `ended` returns."""

    def __init__(self, on_reply: OnReply, on_rest: OnRest) -> None:
        self._on_reply = on_reply
        self._on_rest = on_rest
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._answered: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._heard = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def send(self, *commands: Sequence[str | bytes]) -> None:
        """Send commands at once; what Redis says about channels comes to `on_reply`."""
        if not self._transport.is_closing():  # between the link's end and the word of it; the next one asks anew
            self._transport.write(b"".join(hiredis.pack_command(cast(Any, tuple(command))) for command in commands))

    async def greet(self, username: str | None, password: str | None) -> None:
        """Introduce this client and wait until Redis answers. Raises RedisLinkError."""
        if password:
            self.send(("AUTH", *filter(None, [username]), password))
        self.send(("CLIENT", "SETNAME", f"{CLIENT_NAME}:{socket.gethostname()}:{os.getpid()}"))
        self._watch_over()
        await self._answered

    async def ended(self) -> None:
        """Return when the link is no more."""
        await asyncio.shield(self._ended)

    def end(self) -> None:
        """Drop the link."""
        self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not False:
                self._dispatch(reply)
        finally:
            self._on_rest()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch:
            self._watch.cancel()
        if not self._answered.done():
            self._answered.set_exception(RedisLinkError(f"the link was closed: {exc}"))
            self._answered.exception()  # whoever opens it may have given up before
        self._ended.set_result(None)

    # Replies

    def _dispatch(self, reply: Any) -> None:
        if isinstance(reply, list):
            if reply[0] != b"pong":
                self._on_reply(*reply)
        elif isinstance(reply, hiredis.ReplyError):
            self._refused(reply)
        elif reply == b"PONG" and not self._answered.done():
            self._answered.set_result(None)

    def _refused(self, error: Exception) -> None:
        kind, *where = str(error).encode().split()
        if kind == b"MOVED":
            self._on_reply(b"moved", *where)
            return
        log.warning("redis_link_refused", error=str(error))
        if not self._answered.done():
            self._answered.set_exception(RedisLinkError(str(error)))
        self.end()

    def _watch_over(self) -> None:
        if self._loop.time() - self._heard > SILENCE_SECONDS:
            log.warning("redis_link_silent")
            self.end()
            return
        self.send(("PING",))
        self._watch = self._loop.call_later(PING_SECONDS, self._watch_over)


@asynccontextmanager
async def open_link(options: Mapping[str, Any], on_reply: OnReply, on_rest: OnRest) -> AsyncIterator[RedisLink]:
    """A link that Redis has answered on; `options` as in redis-py. Raises OSError, TimeoutError or RedisLinkError."""
    async with asyncio.timeout(OPEN_TIMEOUT_SECONDS):
        link = await connect(options, partial(RedisLink, on_reply, on_rest))
        try:
            await link.greet(options.get("username"), options.get("password"))
        except BaseException:
            link.end()
            raise
    try:
        yield link
    finally:
        link.end()
