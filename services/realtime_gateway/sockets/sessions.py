"""A socket's life after the HTTP request: token, own channels, `connected`, commands, end."""

import asyncio
from random import random

import structlog
from websockets.exceptions import ConnectionClosed

from services.realtime_gateway import metrics
from services.realtime_gateway.authority import Authority
from services.realtime_gateway.commands.answering import Commands
from services.realtime_gateway.commands.joins import Joins
from services.realtime_gateway.connections.connection import AgentConnection, parting
from services.realtime_gateway.connections.socket import AgentSocket
from services.realtime_gateway.presence.company import Company
from services.realtime_gateway.protocol.close_codes import CloseCode
from services.realtime_gateway.protocol.refusal import Refusal
from services.realtime_gateway.protocol.words import connected, server_time
from services.realtime_gateway.sockets.drain import send_away
from services.realtime_gateway.sockets.handshake import Door, RejectedError
from services.realtime_gateway.sockets.register import Register
from services.realtime_gateway.sockets.revocation import Revocation
from services.realtime_gateway.sockets.session_check import SessionCheck

log = structlog.get_logger(__name__)

# Clients that are sent away because their connection is old come back within so many milliseconds.
ROTATION_SPREAD_MS = 5000


class Sessions:
    """Attends each socket with one task that does nothing but read."""

    def __init__(
        self,
        door: Door,
        joins: Joins,
        commands: Commands,
        register: Register,
        authority: Authority,
        revocation: Revocation,
        company: Company,
        tasks: asyncio.TaskGroup,
        ping_interval_ms: int,
    ) -> None:
        self._door = door
        self._joins = joins
        self._commands = commands
        self._register = register
        self._authority = authority
        self._revocation = revocation
        self._company = company
        self._tasks = tasks
        self._ping_interval_ms = ping_interval_ms
        self._loop = asyncio.get_running_loop()

    async def attend(self, socket: AgentSocket) -> None:
        """Serve a socket until it ends, whatever ends it."""
        try:
            if connection := await self._receive(socket):
                await self._converse(socket, connection)
        except Exception:
            log.exception("session_failed")
            raise  # the library closes the socket with 1011

    async def expire(self, connection: AgentConnection) -> None:
        """End a connection whose token has ended: what no request would be answered for must not go on being served."""
        await connection.close(CloseCode.TOKEN_EXPIRED, "the token has expired", "expired")

    async def rotate(self, connection: AgentConnection) -> None:
        """End a connection that has lived long enough."""
        await send_away(connection, ROTATION_SPREAD_MS, "rotated")

    async def _receive(self, socket: AgentSocket) -> AgentConnection | None:
        try:
            with metrics.HANDSHAKE.time():
                return await self._welcome(socket)
        except RejectedError as rejection:
            metrics.REJECTED.labels(rejection.label).inc()
            await socket.close(rejection.code, rejection.reason)
        except ConnectionClosed:
            metrics.REJECTED.labels("gone").inc()
        return None

    async def _welcome(self, socket: AgentSocket) -> AgentConnection:
        token, claims = await self._door.admit(socket)
        socket.slim()
        if self._register.census.full(claims.clinic_id):
            raise RejectedError(CloseCode.OVERLOAD, "too many connections of this clinic", "clinic_full")
        connection = AgentConnection(socket, self._register.writer, token, claims, self._loop.time())
        check = SessionCheck(self._authority, connection)
        try:
            channels = await self._joins.own_channels(connection, check)
        except Refusal as refusal:
            raise RejectedError(CloseCode.OVERLOAD, refusal.message, "events_unavailable") from None
        connection.send_json(connected(self._introduction(connection, channels)))
        self._enter(connection)
        if check.unanswered:
            self._revocation.check_soon(connection)
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

    async def _converse(self, socket: AgentSocket, connection: AgentConnection) -> None:
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
            self._close_soon(connection, CloseCode.RATE_LIMITED, "too many events for too long", "abuse")
        elif wait:
            self._commands.put_off(connection, text, wait)
        else:
            await self._commands.answer(connection, text)

    def _close_soon(self, connection: AgentConnection, code: CloseCode, reason: str, parting: str) -> None:
        connection.parting = parting
        self._tasks.create_task(connection.close(code, reason, parting))

    def _enter(self, connection: AgentConnection) -> None:
        if oldest := self._register.add(connection, random()):  # noqa: S311 - spreads ages, keeps no secret
            self._close_soon(oldest, CloseCode.REPLACED, "the user opened too many connections", "replaced")
        self._company.arrived(connection)
        metrics.OPENED.inc()

    def _leave(self, connection: AgentConnection, why: str) -> None:
        self._register.discard(connection)
        self._company.left(connection, why)
        self._joins.leave_all(connection)
        metrics.CLOSED.labels(why).inc()
