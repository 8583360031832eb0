"""Joining and leaving channels. A client is admitted at a known position, so that what follows is all there is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any, TypeVar

from redis.exceptions import RedisError

from services.realtime_gateway.authority import Authority
from services.realtime_gateway.backoff import spread_ms
from services.realtime_gateway.channels.channel import Channel, Listener
from services.realtime_gateway.channels.histories import HistoryReader
from services.realtime_gateway.channels.hub import Hub
from services.realtime_gateway.channels.resume import Standing, stand
from services.realtime_gateway.connections.caller import Caller
from services.realtime_gateway.presence.company import Company
from services.realtime_gateway.presence.place import Place
from services.realtime_gateway.protocol.commands import JoinClinic, JoinConversation, OneConversation, Since
from services.realtime_gateway.protocol.positions import Position
from services.realtime_gateway.protocol.refusal import Refusal
from services.realtime_gateway.protocol.words import joined, reset
from shared.auth.tokens import Claims
from shared.events.live import channel_name

MOST_CHANNELS = 200
JOIN_TIMEOUT_SECONDS = 5.0

Result = TypeVar("Result")
# What a reply says beside the position, at the moment of the reply.
More = Callable[[], Mapping[str, Any]]


class Joins:
    """Each method returns its reply's data; it must be sent before anything else is awaited, for it comes first."""

    def __init__(self, hub: Hub, histories: HistoryReader, authority: Authority, company: Company) -> None:
        self._hub = hub
        self._histories = histories
        self._authority = authority
        self._company = company

    async def own_channels(self, connection: Caller, check: Callable[[], Awaitable[None]]) -> list[dict[str, Any]]:
        """Join what every client has: its user's, its clinic's and presence. Raises Refusal.

        The check is made while the channels are followed and the client does not have them yet.
        """
        names = own_channel_names(connection.claims)
        with ExitStack() as reservations:
            channels = [
                reservations.enter_context(self._hub.reserved(connection.claims.clinic_id, name)) for name in names
            ]
            # All are being made level by now: to wait for one after the other takes no longer than for the slowest.
            await _in_time(_level(channels))
            await check()
            for channel in channels:
                connection.channels[channel.name] = channel
                self._hub.admit(channel, connection)
        return [{"channel": channel.name, **(channel.position or Position(0, ""))._asdict()} for channel in channels]

    async def conversation(self, connection: Caller, asked: JoinConversation) -> bytes:
        """Join a conversation that the API says the user may follow. Raises Refusal."""
        own_id = await self._authority.conversation(connection.claims, connection.token, asked.conversation_id)
        name = channel_name("conversa", own_id)
        called = channel_name("conversa", asked.conversation_id)
        with self._hub.reserved(connection.claims.clinic_id, name) as channel:
            typing, _ = await asyncio.gather(
                self._company.typists.now(channel.clinic_id, name), self._company.look(channel)
            )
            about = {"channel": name, "conversation_id": own_id, "typing": typing}
            data = await self._join(
                connection, name, called, asked.since, lambda: {**about, "viewers": self._company.viewers(channel)}
            )
            self._company.joined(connection, channel)
        return data

    async def clinic(self, connection: Caller, asked: JoinClinic) -> bytes:
        """Resume the clinic's channel. Raises Refusal."""
        name = channel_name("empresa", connection.claims.clinic_id)
        return await self._join(connection, name, name, asked.since, lambda: {"channel": name})

    async def place_of(self, connection: Caller, asked: OneConversation) -> Place:
        """The conversation as a place, if the user has it open or may. Raises Refusal."""
        if open_here := connection.channels.get(channel_name("conversa", asked.conversation_id)):
            return Place(open_here.clinic_id, open_here.name)
        own_id = await self._authority.conversation(connection.claims, connection.token, asked.conversation_id)
        return Place(connection.claims.clinic_id, channel_name("conversa", own_id))

    def leave_conversation(self, connection: Caller, asked: OneConversation) -> bytes:
        """Leave a conversation, by whichever of its names; leaving what was not joined is no error."""
        name = channel_name("conversa", asked.conversation_id)
        own = (channel for channel in connection.channels.values() if channel.name == name)
        if left := connection.channels.get(name) or next(own, None):
            self._leave(connection, left)
        return b"{}"

    def expel(self, connection: Caller, channel: Channel) -> None:
        """End a client's joining of a conversation that it may see no longer; it is told to fetch it, and so to learn why."""
        position = channel.position or Position(0, "")
        connection.send_json(reset(channel.name, position))
        self._leave(connection, channel)

    def _leave(self, connection: Caller, left: Channel) -> None:
        """Leave a conversation under every name it was joined by."""
        for called in [called for called, channel in connection.channels.items() if channel is left]:
            del connection.channels[called]
        self._company.closed_conversation(connection, left)
        self._hub.dismiss(left, connection)

    def leave_all(self, connection: Caller) -> None:
        """The client is gone."""
        for channel in set(connection.channels.values()):
            self._hub.dismiss(channel, connection)
        connection.channels.clear()

    async def _join(self, connection: Caller, name: str, called: str, since: Since | None, more: More) -> bytes:
        if called not in connection.channels and len(connection.channels) >= MOST_CHANNELS:
            raise Refusal("too_many_channels", f"a connection may join {MOST_CHANNELS} channels")
        channel, standing = await self.enter(connection.claims, name, since.position if since else None, connection)
        former = connection.channels.get(called)
        connection.channels[called] = channel
        if former and former not in connection.channels.values():  # the name has come to mean another conversation
            self._leave(connection, former)
        return joined(*standing, more())

    async def permitted(self, connection: Caller, name: str) -> str:
        """The own name of a channel, if the user may follow it: what is missing and what is forbidden is the same Refusal."""
        target, _, target_id = name.partition(":")
        if target == "conversa":
            own_id = await self._authority.conversation(connection.claims, connection.token, target_id)
            return channel_name("conversa", own_id)
        if name in own_channel_names(connection.claims):
            return name
        raise Refusal("not_found", "there is no such channel, or it is not yours to follow")

    async def enter(
        self, claims: Claims, name: str, since: Position | None, listener: Listener
    ) -> tuple[Channel, Standing]:
        """Let the listener have what follows the standing that this returns, and see to it before anything is awaited.

        Raises Refusal.
        """
        with self._hub.reserved(claims.clinic_id, name) as channel:
            standing = await _in_time(stand(self._histories, channel, since))
            self._hub.admit(channel, listener)
        return channel, standing

    @contextmanager
    def presence_followed(self, claims: Claims) -> Iterator[None]:
        """Follow the clinic's presence during the block, for a client that joins nothing."""
        with self._hub.reserved(claims.clinic_id, channel_name("presence", claims.clinic_id)):
            yield

    @asynccontextmanager
    async def own_followed(self, claims: Claims) -> AsyncIterator[None]:
        """Hear of the end of the user's sessions during the block, also where nothing else listens to it. Raises Refusal."""
        with self._hub.reserved(claims.clinic_id, channel_name("atendente", claims.user_id)) as channel:
            await _in_time(channel.level())
            yield

    def dismiss(self, channel: Channel, listener: Listener) -> None:
        """Let the listener have nothing more of the channel."""
        self._hub.dismiss(channel, listener)


def own_channel_names(claims: Claims) -> tuple[str, str, str]:
    """The channels that every client of this user has."""
    return (
        channel_name("atendente", claims.user_id),
        channel_name("empresa", claims.clinic_id),
        channel_name("presence", claims.clinic_id),
    )


async def _level(channels: Iterable[Channel]) -> None:
    for channel in channels:
        await channel.level()


async def _in_time(waiting: Awaitable[Result]) -> Result:
    try:
        async with asyncio.timeout(JOIN_TIMEOUT_SECONDS):
            return await waiting
    except (TimeoutError, RedisError):
        raise Refusal("unavailable", "live events are not available now", retry_ms=spread_ms(1000, 3000)) from None
