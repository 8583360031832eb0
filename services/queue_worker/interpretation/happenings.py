"""What happens around a conversation without being said: calls, labels, bots, who joins and leaves a group."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.queue_worker.facts import Address, Fact, Party, ShapeError
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.addresses import addresses_of, group_address
from services.queue_worker.interpretation.chats import barred, person_of, place_of
from services.queue_worker.interpretation.fields import (
    count,
    identifier,
    mapping,
    numeral,
    present,
    required_object,
    sequence,
    text,
)
from services.queue_worker.interpretation.timestamps import stated_time, unix_time
from services.queue_worker.interpretation.webhooks import Webhook, action

_CALL_STATES = frozenset({"offer", "ringing", "accept", "reject", "timeout", "terminate"})
_CALLS_WHO_CALLS = frozenset({"offer"})
_LABELS = {"add": "label_added", "remove": "label_removed"}
_MOST_PARTICIPANTS = 1_024
_MOST_VARIABLES = 50
_VALUE_LIMIT = 1_024


def call(webhook: Webhook) -> tuple[Fact, ...]:
    """One state of a call. Each is an action of its own, so that a missed call can be told from one that was taken."""
    data = required_object(webhook.data, "data")
    if refused := barred(data.get("chatId"), webhook.accepts):
        return (refused,)
    status, call_id = (text(data.get("status")) or "").lower(), identifier(data.get("id"), "data.id")
    if status not in _CALL_STATES:
        return (ignoring.CALL_SIGNALLING,)
    party = _party(_call_addresses(webhook, data, status), "data.chatId")
    details = present(
        call_id=call_id,
        status=status,
        video=data.get("isVideo") is True,
        group=data.get("isGroup") is True,
        latency=count(data.get("latencyMs")),
    )
    key = f"call:{call_id}:{status}" if call_id else None
    return (action(webhook, party, "call", details, dedupe_key=key, timestamp=_moment(data.get("date"))),)


def _call_addresses(webhook: Webhook, data: Mapping[str, Any], status: str) -> tuple[Address, ...]:
    chat = data.get("chatId")
    group = group_address(chat) if isinstance(chat, str) else None
    if group:
        return (group,)
    # `from` is who called. That is whom the chat is with in an offer; in what follows it may be ourselves, by a LID.
    caller = [data.get("from"), data.get("callerPn")]
    together = person_of([chat, *caller], webhook.own_jid) if status in _CALLS_WHO_CALLS else ()
    return together or person_of([chat], webhook.own_jid) or person_of(caller, webhook.own_jid)


def label(webhook: Webhook) -> tuple[Fact, ...]:
    """A label was put on a chat, or taken off."""
    data = required_object(webhook.data, "data")
    action_type = _LABELS.get(text(data.get("type")) or "")
    if action_type is None:
        raise ShapeError("data.type is neither add nor remove")
    label_id = identifier(data.get("labelId"), "data.labelId")
    return _in_chat(webhook, data.get("chatId"), "data.chatId", action_type, present(label_id=label_id))


def typebot_started(webhook: Webhook) -> tuple[Fact, ...]:
    """A bot has taken up the conversation."""
    data = required_object(webhook.data, "data")
    variables = [_variable(mapping(value)) for value in sequence(data.get("variables"), _MOST_VARIABLES)]
    details = present(
        typebot=text(data.get("typebot")),
        session_id=text(data.get("sessionId")),
        variables=[variable for variable in variables if variable] or None,
    )
    return _in_chat(webhook, data.get("remoteJid"), "data.remoteJid", "typebot_started", details)


def _variable(variable: Mapping[str, Any]) -> dict[str, str]:
    value = variable.get("value")
    said = text(value, _VALUE_LIMIT) if isinstance(value, str) else numeral(value)
    return present(name=text(variable.get("name")), value=said)


def typebot_status(webhook: Webhook) -> tuple[Fact, ...]:
    """A bot was opened, paused or closed."""
    data = required_object(webhook.data, "data")
    details = present(
        status=text(data.get("status")),
        session_id=text(data.get("sessionId")) or text(mapping(data.get("session")).get("sessionId")),
    )
    return _in_chat(webhook, data.get("remoteJid"), "data.remoteJid", "typebot_status_changed", details)


def group_participants(webhook: Webhook) -> tuple[Fact, ...]:
    """Who joined, left or was made an administrator.

    `participants` are JIDs or objects. `participantsData` is not read: with Baileys 7 it says "[object Object]".
    """
    data = required_object(webhook.data, "data")
    people = [_person(value) for value in sequence(data.get("participants"), _MOST_PARTICIPANTS)]
    details = present(
        action=text(data.get("action"), 50),
        participants=[person for person in people if person],
        author=_person(data.get("author")) or None,
    )
    return _in_chat(webhook, data.get("id"), "data.id", "group_participants_changed", details)


def _person(value: Any) -> dict[str, str]:
    body = mapping(value)
    jids = [body.get(name) for name in ("phoneNumber", "jid", "id", "lid")] if body else [value]
    return {address.kind: address.value for address in addresses_of(jids)}


def _in_chat(webhook: Webhook, jid: Any, field: str, action_type: str, details: Mapping[str, Any]) -> tuple[Fact, ...]:
    if refused := barred(jid, webhook.accepts):
        return (refused,)
    # A note to ourselves is a chat like any other.
    addresses = place_of([jid], webhook.own_jid) or place_of([jid], None) or addresses_of([jid])
    return (action(webhook, _party(addresses, field), action_type, details),)


def _party(addresses: tuple[Address, ...], field: str) -> Party:
    if not addresses:
        raise ShapeError(f"{field} has no usable address")
    return Party(addresses)


def _moment(value: Any) -> datetime | None:
    try:
        return unix_time(value) or stated_time(value, "UTC")
    except ShapeError:
        return None
