"""Ends sockets whose token has expired: a token that no request would be answered for must not go on being served."""

import asyncio
from collections.abc import Callable

from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.connections.deadlines import Deadlines
from services.realtime_gateway.protocol.close_codes import CloseCode

CHECK_SECONDS = 1.0


async def expire(deadlines: Deadlines[AgentConnection], tasks: asyncio.TaskGroup, clock: Callable[[], float]) -> None:
    """Close what is due, every second until cancelled."""
    while True:
        for connection in deadlines.take_due(clock()):
            tasks.create_task(connection.close(CloseCode.TOKEN_EXPIRED, "the token has expired", "expired"))
        await asyncio.sleep(CHECK_SECONDS)
