"""The connections of this process, in every order in which they are looked for."""

import asyncio
import time

from services.realtime_gateway import metrics
from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.connections.keepalive import Keepalive
from services.realtime_gateway.connections.lifetimes import Lifetimes
from services.realtime_gateway.connections.writer import Writer
from services.realtime_gateway.sockets.census import Census
from services.realtime_gateway.tally import Tally


class Register:
    """Who is open, whom each belongs to, when it is pinged, how long it lives, whether it keeps up."""

    def __init__(
        self, census: Census, keepalive: Keepalive[AgentConnection], lifetimes: Lifetimes, tally: Tally
    ) -> None:
        self.census = census
        self.keepalive = keepalive
        self.lifetimes = lifetimes
        self.writer: Writer[AgentConnection] = Writer(tally)
        self._loop = asyncio.get_running_loop()

    def add(self, connection: AgentConnection, fraction: float) -> AgentConnection | None:
        """Take a connection in; returns the one that must make room for it. A fraction of 0 to 1 spreads the ages."""
        self.keepalive.add(connection)
        self.lifetimes.add(connection, time.time(), fraction)
        oldest = self.census.add(connection, self._loop.time())
        metrics.CONNECTIONS.set(len(self.census))
        return oldest

    def discard(self, connection: AgentConnection) -> None:
        """It is gone."""
        self.keepalive.discard(connection)
        self.lifetimes.discard(connection)
        self.writer.caught_up(connection)
        self.census.discard(connection)
        metrics.CONNECTIONS.set(len(self.census))
