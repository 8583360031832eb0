"""Sessions that are ended, and rights that change, while sockets are open: both take effect at once.

They are told on the user's own channel, whose events are numbered: a gateway that missed one has it healed, and one that
cannot tell what it missed asks about everybody concerned.
"""

import asyncio
from collections.abc import Callable

from pydantic_core import from_json

from services.realtime_gateway.authority import Authority
from services.realtime_gateway.backoff import jittered
from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.commands.joins import Joins
from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.protocol.close_codes import CloseCode
from services.realtime_gateway.protocol.positions import Frame
from services.realtime_gateway.protocol.refusal import Refusal
from shared.events.sessions import SESSION_CHANGED, SESSION_REVOKED

# Stands before an event's data, where nobody's words can be.
_SESSION = b'"type":"session:'
_HEAD = 128
_OWN = "atendente:"
# After a restart of Redis everybody is asked about, and the API is not to notice.
ASKED_AT_ONCE = 8
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30.0


class Revocation:
    """Watches users' own channels."""

    def __init__(
        self,
        connections_of: Callable[[int], list[AgentConnection]],
        authority: Authority,
        joins: Joins,
        tasks: asyncio.TaskGroup,
        end_polls: Callable[[int], None],
    ) -> None:
        self._connections_of = connections_of
        self._authority = authority
        self._joins = joins
        self._tasks = tasks
        self._end_polls = end_polls
        self._asking = asyncio.Semaphore(ASKED_AT_ONCE)

    def check_soon(self, connection: AgentConnection) -> None:
        """Ask whether a connection may stay, until it is known."""
        self._tasks.create_task(self._check(connection))

    # What the hub tells: this is one of its watchers

    def passed(self, channel: Channel, frame: Frame) -> None:
        """Act on what is told of a user's sessions."""
        if (user_id := _user_of(channel)) is not None and _SESSION in frame.payload[:_HEAD]:
            event = from_json(frame.payload)
            if event["type"] == SESSION_REVOKED:
                self._end(user_id, int(event["data"]["revoked_before"]))
            elif event["type"] == SESSION_CHANGED:
                self._authority.forget(user_id)
                self._check_all(user_id)

    def reset(self, channel: Channel) -> None:
        """Something about the user's sessions may have been missed."""
        if (user_id := _user_of(channel)) is not None:
            self._authority.forget(user_id)
            self._check_all(user_id)

    def opened(self, channel: Channel) -> None:
        """Nothing was told yet."""

    def closed(self, channel: Channel) -> None:
        """Nothing more is told."""

    def levelled(self, channel: Channel) -> None:
        """What was missed was told."""

    def whispered(self, _channel: Channel, _frame: Frame) -> bool:
        """Nothing of this is ephemeral."""
        return True

    def _end(self, user_id: int, before: int) -> None:
        self._authority.end_sessions(user_id, before)
        self._end_polls(user_id)
        for connection in self._connections_of(user_id):
            if connection.claims.auth_time < before:
                self._tasks.create_task(_close(connection))

    def _check_all(self, user_id: int) -> None:
        for connection in self._connections_of(user_id):
            self.check_soon(connection)

    async def _check(self, connection: AgentConnection) -> None:
        attempt = 0
        while self._is_open(connection):
            try:
                async with self._asking:
                    await self._authority.session(connection.claims, connection.token)
                    return await self._check_conversations(connection)
            except Refusal as refusal:
                if not refusal.temporary:
                    return await _close(connection)
            await asyncio.sleep(jittered(min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(attempt, 16))))
            attempt += 1
        return None

    def _is_open(self, connection: AgentConnection) -> bool:
        """Whether there is still somebody to ask about: a client that went away by itself has no parting."""
        return not connection.parting and connection in self._connections_of(connection.claims.user_id)

    async def _check_conversations(self, connection: AgentConnection) -> None:
        for channel in {channel for channel in connection.channels.values() if channel.name.startswith("conversa:")}:
            try:
                await self._authority.conversation(connection.claims, connection.token, channel.name.partition(":")[2])
            except Refusal as refusal:
                if refusal.temporary:
                    raise
                self._joins.expel(connection, channel)


async def _close(connection: AgentConnection) -> None:
    await connection.close(CloseCode.REVOKED, "the session was ended; sign in again", "revoked")


def _user_of(channel: Channel) -> int | None:
    return int(channel.name.removeprefix(_OWN)) if channel.name.startswith(_OWN) else None
