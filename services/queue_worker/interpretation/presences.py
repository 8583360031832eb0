"""What somebody is doing right now: presence.update."""

from typing import Any, get_args

from services.queue_worker.facts import Fact, PresenceFact, PresenceState
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.addresses import addresses_of, phone_named
from services.queue_worker.interpretation.chats import barred, place_of
from services.queue_worker.interpretation.fields import mapping, required_object
from services.queue_worker.interpretation.webhooks import Webhook

_STATES: tuple[PresenceState, ...] = get_args(PresenceState)
_MOST = 100


def presence(webhook: Webhook) -> tuple[Fact, ...]:
    """Who of a chat is typing, recording, there or away. Often nobody is named by anything but a LID."""
    data = required_object(webhook.data, "data")
    if refused := barred(data.get("id"), webhook.accepts):
        return (ignoring.unkept(refused),)
    chat = place_of([data.get("id")], None)
    if not chat:
        return (ignoring.PRESENCE_UNKNOWN,)
    shared = chat[0].kind in ("group", "channel")
    told = list(mapping(data.get("presences")).items())[:_MOST]
    return tuple(
        PresenceFact(chat, state, webhook.received_at, participant=addresses_of([jid]) if shared else ())
        for jid, doing in told
        if not _ours(jid, webhook.own_jid) and (state := _state(mapping(doing).get("lastKnownPresence")))
    ) or (ignoring.PRESENCE_UNKNOWN,)


def _state(value: Any) -> PresenceState | None:
    return next((state for state in _STATES if state == value), None)


def _ours(jid: Any, own_jid: Any) -> bool:
    own = phone_named(own_jid)
    return own is not None and phone_named(jid) == own
