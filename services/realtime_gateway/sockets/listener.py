"""The WebSocket server: accepts sockets while it is open, and sends them away in order when it closes."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.typing import Origin

from services.realtime_gateway.connections.socket import AgentSocket
from services.realtime_gateway.settings import Settings
from services.realtime_gateway.sockets.census import Census
from services.realtime_gateway.sockets.drain import drain
from services.realtime_gateway.sockets.handshake import Door
from services.realtime_gateway.sockets.sessions import Sessions

LARGEST_MESSAGE_BYTES = 32 * 1024
MOST_UNREAD_MESSAGES = 8
# What the transport may hold before a client counts as slow, and how little before it no longer does.
WRITE_LIMIT_BYTES = (64 * 1024, 16 * 1024)
CLOSE_TIMEOUT_SECONDS = 5.0
LAST_MOMENTS_SECONDS = 1.0


class NotAcceptingError(Exception):
    """No socket can be opened here now."""


class Listener:
    """Whether sockets can be opened, for readiness."""

    def __init__(self) -> None:
        self.server: Server | None = None

    async def check(self) -> None:
        """Raise NotAcceptingError where a load balancer must send nobody."""
        if self.server is None or not self.server.is_serving():
            raise NotAcceptingError("not accepting sockets")


@asynccontextmanager
async def listening(
    listener: Listener, settings: Settings, door: Door, sessions: Sessions, census: Census
) -> AsyncIterator[None]:
    """Accept sockets during the block; after it, drain and cut off what is left."""
    # The library logs every abnormal drop with its traceback: a thousand of them would stall the loop for seconds.
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    server = listener.server = await _serve(settings, door, sessions)
    try:
        yield
    finally:
        server.close(close_connections=False)
        await drain(list(census), settings.drain_time / 1000)
        for socket in list(server.all_connections):
            socket.transport.abort()
        with suppress(TimeoutError):  # a client may have sent half a request and keep quiet
            await asyncio.wait_for(server.wait_closed(), LAST_MOMENTS_SECONDS)


async def _serve(settings: Settings, door: Door, sessions: Sessions) -> Server:
    async def attend(socket: ServerConnection) -> None:
        await sessions.attend(cast(AgentSocket, socket))  # what `create_connection` made it

    return await serve(
        attend,
        settings.host,
        settings.websocket_port,
        process_request=door.refuse,
        select_subprotocol=door.select_subprotocol,
        # A client without an origin is no browser: no page abuses its user's session. And the token is no cookie.
        origins=[*map(Origin, settings.allowed_origins), None] if settings.allowed_origins else None,
        compression=None,  # it would cost 34 KiB and twice the CPU per socket, and frames could not be shared
        server_header=None,
        ping_interval=None,  # it would cost a task per connection: see connections/keepalive.py
        create_connection=AgentSocket,
        close_timeout=CLOSE_TIMEOUT_SECONDS,
        max_size=LARGEST_MESSAGE_BYTES,
        max_queue=MOST_UNREAD_MESSAGES,
        write_limit=WRITE_LIMIT_BYTES,
        backlog=1024,
        reuse_port=settings.reuse_port or None,
    )
