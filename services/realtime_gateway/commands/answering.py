"""Answers clients' commands, one of a connection after the other: each once, with what it gave or with why not."""

from collections.abc import Callable
from typing import assert_never

from services.realtime_gateway import metrics
from services.realtime_gateway.commands.effects import Effects
from services.realtime_gateway.commands.joins import Joins
from services.realtime_gateway.connections.caller import Caller
from services.realtime_gateway.presence.company import Company
from services.realtime_gateway.protocol.commands import (
    COMMAND_TYPES,
    ClinicJoin,
    Command,
    ConversationJoin,
    ConversationLeave,
    ConversationTransfer,
    MessageRead,
    Ping,
    PresenceList,
    PresenceUpdate,
    Refresh,
    TypingStart,
    TypingStop,
    read_command,
)
from services.realtime_gateway.protocol.envelope import UNREADABLE, Envelope, read_envelope, refused, reply
from services.realtime_gateway.protocol.refusal import Refusal
from services.realtime_gateway.protocol.words import pong

Renew = Callable[[Caller, str], bytes]


class Commands:
    """What a client may ask for."""

    def __init__(self, joins: Joins, effects: Effects, company: Company, renew: Renew) -> None:
        self._joins = joins
        self._effects = effects
        self._company = company
        self._renew = renew

    async def answer(self, connection: Caller, text: str | bytes) -> None:
        """Carry out what a client's frame asks for, and reply."""
        envelope, outcome = UNREADABLE, "ok"
        try:
            envelope = read_envelope(text)
            data = await self._carry_out(connection, read_command(envelope))
            connection.send_json(reply(envelope.id, data))
        except Refusal as refusal:
            outcome = refusal.code
            connection.send_json(refused(envelope.id, refusal))
        _count(envelope, outcome)

    def put_off(self, connection: Caller, text: str | bytes, wait_seconds: float) -> None:
        """Reply to a client that sends too much when to send again."""
        try:
            envelope = read_envelope(text)
        except Refusal:
            envelope = UNREADABLE
        metrics.RATE_LIMITED.inc()
        refusal = Refusal("rate_limited", "too many events in a minute", retry_ms=int(wait_seconds * 1000) + 1)
        connection.send_json(refused(envelope.id, refusal))
        _count(envelope, refusal.code)

    async def _carry_out(self, connection: Caller, command: Command) -> bytes:
        match command:
            case Ping():
                return pong()
            case ConversationJoin():
                return await self._joins.conversation(connection, command.data)
            case ConversationLeave():
                return self._joins.leave_conversation(connection, command.data)
            case ClinicJoin():
                return await self._joins.clinic(connection, command.data)
            case TypingStart():
                self._company.typists.start(connection, await self._joins.place_of(connection, command.data))
                return b"{}"
            case TypingStop():
                self._company.typists.stop(connection, await self._joins.place_of(connection, command.data))
                return b"{}"
            case PresenceUpdate():
                return await self._company.set_status(connection, command.data.status)
            case PresenceList():
                return await self._company.present(connection)
            case MessageRead():
                return await self._effects.read(connection, command.data)
            case ConversationTransfer():
                return await self._effects.transfer(connection, command.data)
            case Refresh():
                return self._renew(connection, command.data.token)
            case _:
                assert_never(command)


def _count(envelope: Envelope, outcome: str) -> None:
    metrics.COMMANDS.labels(envelope.type if envelope.type in COMMAND_TYPES else "unknown", outcome).inc()
