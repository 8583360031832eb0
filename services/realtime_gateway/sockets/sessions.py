"""A socket's life after the HTTP request: token, own channels, `connected`, commands, end."""

import asyncio

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from services.realtime_gateway import metrics
from services.realtime_gateway.commands.answering import Commands
from services.realtime_gateway.commands.joins import Joins
from services.realtime_gateway.connections.connection import AgentConnection, parting
from services.realtime_gateway.connections.deadlines import Deadlines
from services.realtime_gateway.connections.writer import Writer
from services.realtime_gateway.presence.company import Company
from services.realtime_gateway.protocol.close_codes import CloseCode
from services.realtime_gateway.protocol.refusal import Refusal
from services.realtime_gateway.protocol.words import connected, server_time
from services.realtime_gateway.sockets.handshake import Door, RejectedError

log = structlog.get_logger(__name__)


class Sessions:
    """The sockets that are open, each attended by one task that does nothing but read."""

    def __init__(
        self,
        door: Door,
        joins: Joins,
        commands: Commands,
        company: Company,
        deadlines: Deadlines[AgentConnection],
        tasks: asyncio.TaskGroup,
        ping_interval_ms: int,
    ) -> None:
        self._door = door
        self._joins = joins
        self._commands = commands
        self._company = company
        self._deadlines = deadlines
        self._tasks = tasks
        self._ping_interval_ms = ping_interval_ms
        self._writer = Writer()
        self._loop = asyncio.get_running_loop()
        self.open: set[AgentConnection] = set()

    async def attend(self, socket: ServerConnection) -> None:
        """Serve a socket until it ends, whatever ends it."""
        try:
            if connection := await self._receive(socket):
                await self._converse(socket, connection)
        except Exception:
            log.exception("session_failed")
            raise  # the library closes the socket with 1011

    async def _receive(self, socket: ServerConnection) -> AgentConnection | None:
        try:
            with metrics.HANDSHAKE.time():
                return await self._welcome(socket)
        except RejectedError as rejection:
            metrics.REJECTED.labels(rejection.label).inc()
            await socket.close(rejection.code, rejection.reason)
        except ConnectionClosed:
            metrics.REJECTED.labels("gone").inc()
        return None

    async def _welcome(self, socket: ServerConnection) -> AgentConnection:
        admission = await self._door.admit(socket)
        _forget_headers(socket)
        connection = AgentConnection(socket, self._writer, *admission, self._loop.time())
        try:
            channels = await self._joins.own_channels(connection)
        except Refusal as refusal:
            raise RejectedError(CloseCode.OVERLOAD, refusal.message, "events_unavailable") from None
        connection.send_json(connected(self._introduction(connection, channels)))
        self._enter(connection)
        return connection

    def _introduction(self, connection: AgentConnection, channels: list[dict[str, object]]) -> dict[str, object]:
        return {
            "connection_id": connection.id,
            "user_id": str(connection.claims.user_id),
            "clinic_id": str(connection.claims.clinic_id),
            "ping_interval": self._ping_interval_ms,
            "server_time": server_time(),
            "channels": channels,
        }

    async def _converse(self, socket: ServerConnection, connection: AgentConnection) -> None:
        try:
            while True:
                await self._take(connection, await socket.recv())
        except ConnectionClosed as closed:
            self._leave(connection, parting(connection, closed))
        except BaseException:
            self._leave(connection, "fault")
            raise

    async def _take(self, connection: AgentConnection, text: str | bytes) -> None:
        if connection.parting:
            return  # the client's answer to our close frame stands behind what it went on sending
        wait = connection.limit.take(self._loop.time())
        if wait == "abuse":
            connection.parting = "abuse"
            reason = "too many events for too long"
            self._tasks.create_task(connection.close(CloseCode.RATE_LIMITED, reason, connection.parting))
        elif wait:
            self._commands.put_off(connection, text, wait)
        else:
            await self._commands.answer(connection, text)

    def _enter(self, connection: AgentConnection) -> None:
        self.open.add(connection)
        self._deadlines.add(connection, connection.claims.expires_at)
        self._company.arrived(connection)
        metrics.OPENED.inc()

    def _leave(self, connection: AgentConnection, why: str) -> None:
        self.open.discard(connection)
        self._deadlines.discard(connection, connection.claims.expires_at)
        self._company.left(connection, why)
        self._joins.leave_all(connection)
        metrics.CLOSED.labels(why).inc()


def _forget_headers(socket: ServerConnection) -> None:
    """The library's parser keeps the request for as long as the socket lives: the token in it, and 3 KiB of memory."""
    if socket.request:
        socket.request.headers.clear()
    socket.response = None
