"""How long connections live: no longer than their token, and not for ever."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from services.realtime_gateway import metrics
from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.connections.deadlines import Deadlines
from services.realtime_gateway.protocol.words import token_expiring
from shared.auth.tokens import Claims

CHECK_SECONDS = 1.0
# What a page needs to fetch another token, with some tries.
WARNING_SECONDS = 60
# Around the age at which a connection is to begin anew, so that those opened together are not closed together.
AGE_SPREAD = 0.2

Ending = Callable[[AgentConnection], Coroutine[Any, Any, None]]


class Lifetimes:
    """When each connection is warned, expires, and has lived long enough. Seconds are those of the wall clock."""

    def __init__(self, most_age_seconds: float) -> None:
        self._most_age = most_age_seconds
        self._warnings: Deadlines[AgentConnection] = Deadlines()
        self._ends: Deadlines[AgentConnection] = Deadlines()
        self._rotations: Deadlines[AgentConnection] = Deadlines()
        self._rotates: dict[AgentConnection, int] = {}

    def add(self, connection: AgentConnection, now: float, fraction: float) -> None:
        """Count a connection's time from now; a fraction of 0 to 1 spreads the ages."""
        self._follow_token(connection)
        if self._most_age:
            second = int(now + self._most_age * (1 - AGE_SPREAD + 2 * AGE_SPREAD * fraction))
            self._rotates[connection] = second
            self._rotations.add(connection, second)

    def renew(self, connection: AgentConnection, token: str, claims: Claims) -> None:
        """Let it live as long as another token."""
        self._forget_token(connection)
        connection.token, connection.claims = token, claims
        self._follow_token(connection)

    def discard(self, connection: AgentConnection) -> None:
        """It is gone."""
        self._forget_token(connection)
        if (second := self._rotates.pop(connection, None)) is not None:
            self._rotations.discard(connection, second)

    def take_warned(self, now: float) -> list[AgentConnection]:
        """Those whose token ends soon, each once."""
        return self._warnings.take_due(now)

    def take_expired(self, now: float) -> list[AgentConnection]:
        """Those whose token has ended."""
        return self._ends.take_due(now)

    def take_aged(self, now: float) -> list[AgentConnection]:
        """Those that have lived long enough."""
        return self._rotations.take_due(now)

    def _follow_token(self, connection: AgentConnection) -> None:
        self._warnings.add(connection, connection.claims.expires_at - WARNING_SECONDS)
        self._ends.add(connection, connection.claims.expires_at)

    def _forget_token(self, connection: AgentConnection) -> None:
        self._warnings.discard(connection, connection.claims.expires_at - WARNING_SECONDS)
        self._ends.discard(connection, connection.claims.expires_at)


async def end_lifetimes(
    lifetimes: Lifetimes, tasks: asyncio.TaskGroup, clock: Callable[[], float], expire: Ending, rotate: Ending
) -> None:
    """Warn and end connections whose time has come, every second until cancelled."""
    while True:
        now = clock()
        for connection in lifetimes.take_warned(now):
            metrics.EXPIRING.inc()
            connection.send_json(token_expiring(connection.claims.expires_at))
        for connection in lifetimes.take_expired(now):
            tasks.create_task(expire(connection))
        for connection in lifetimes.take_aged(now):
            tasks.create_task(rotate(connection))
        await asyncio.sleep(CHECK_SECONDS)
