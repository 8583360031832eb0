"""Leaving without a stampede: sockets are sent away one group after another, and told to return at different times."""

import asyncio
from collections.abc import Collection

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import spread_ms
from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.protocol.close_codes import CloseCode
from services.realtime_gateway.protocol.words import going_away

STEP_SECONDS = 0.05
LEAST_GROUP = 20
LEAST_SPREAD_MS = 500
# Handshakes that the remaining gateways can take without noticing.
RETURNS_PER_SECOND = 200


def group_size(sockets: int, seconds: float) -> int:
    """How many to send away per step so that all are gone in time."""
    return max(LEAST_GROUP, -int(-sockets * STEP_SECONDS // seconds))


def return_spread_ms(sockets: int) -> int:
    """Over how long the returns are spread."""
    return LEAST_SPREAD_MS + sockets * 1000 // RETURNS_PER_SECOND


async def drain(connections: Collection[AgentConnection], seconds: float) -> None:
    """Send every client away within about this time; those that do not answer are cut off."""
    metrics.DRAINING.set(1)
    leaving = list(connections)
    spread = return_spread_ms(len(leaving))
    size = group_size(len(leaving), seconds / 2)
    closing: set[asyncio.Task[None]] = set()
    for start in range(0, len(leaving), size):
        group = leaving[start : start + size]
        closing |= {asyncio.create_task(send_away(connection, spread, "restart")) for connection in group}
        await asyncio.wait(closing, timeout=STEP_SECONDS)
    if closing:
        await asyncio.wait(closing, timeout=seconds / 2)
    for connection in list(connections):
        connection.cut_off("restart")


async def send_away(connection: AgentConnection, spread: int, parting: str) -> None:
    """Tell a client to come back, to this gateway or another, within so many milliseconds."""
    connection.send_json(going_away(spread_ms(0, spread)))
    await connection.close(CloseCode.RESTART, "connect again", parting)
