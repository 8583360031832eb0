"""Evolution API's webhooks, of every version from 1.8 to 2.4 and of all its channels: which event is read by what."""

from collections.abc import Callable, Mapping
from typing import Any

from services.queue_worker.facts import Fact, Ignored, InboundEvent, ShapeError
from services.queue_worker.interpretation import happenings, ignoring, lines, people
from services.queue_worker.interpretation.changes import edited_event
from services.queue_worker.interpretation.event_names import event_name
from services.queue_worker.interpretation.fields import required_object
from services.queue_worker.interpretation.lists import FROM_LIST, LISTING, MAX_ELEMENTS
from services.queue_worker.interpretation.messages import message
from services.queue_worker.interpretation.presences import presence
from services.queue_worker.interpretation.updates import delete, update
from services.queue_worker.interpretation.webhooks import Webhook

Reader = Callable[[Webhook], tuple[Fact, ...]]


def _always(ignored: Ignored) -> Reader:
    return lambda _webhook: (ignored,)


READERS: Mapping[str, Reader] = {
    "application.startup": lines.started,
    "call": happenings.call,
    "chama-ai.action": _always(ignoring.CHAMA_AI),
    "chats.delete": _always(ignoring.CHAT_DELETED),
    "chats.set": people.chat,
    "chats.update": people.chat,
    "chats.upsert": people.chat,
    "connection.update": lines.connection,
    "contacts.set": people.contact,
    "contacts.update": people.contact,
    "contacts.upsert": people.contact,
    "error": _always(ignoring.API_ERROR),
    "group-participants.update": happenings.group_participants,
    "groups.update": people.group,
    "groups.upsert": people.group,
    "instance.create": lines.created,
    "instance.delete": lines.removed,
    "labels.association": happenings.label,
    "labels.edit": _always(ignoring.LABEL_EDITED),
    "logout.instance": lines.logged_out,
    "messages.delete": delete,
    "messages.edited": edited_event,
    "messages.set": message,
    "messages.update": update,
    "messages.upsert": message,
    "messaging-history.set": _always(ignoring.HISTORY_PROGRESS),
    "new.jwt": _always(ignoring.TOKEN),
    "presence.update": presence,
    "qrcode.updated": lines.pairing,
    "remove.instance": lines.removed,
    "send.message": message,
    "send.message.update": edited_event,
    "status.instance": lines.connection,
    "typebot.change-status": happenings.typebot_status,
    "typebot.start": happenings.typebot_started,
}
# The server's own report of a failed call: it belongs to no instance.
WITHOUT_INSTANCE = frozenset({"error"})
# What they hold opens a line to whoever reads it: where they are not understood they are forgotten, not kept.
SECRET = frozenset({"new.jwt", "qrcode.updated"})


def own_facts(event: InboundEvent) -> tuple[Fact, ...]:
    """What an instance's own webhook says. An instance speaks only through the token made for it."""
    payload = required_object(event.payload, "the event")
    belongs = payload.get("instance") == event.source.name
    if not belongs and not (payload.get("instance") is None and event_name(payload) in WITHOUT_INSTANCE):
        raise ShapeError("instance does not belong to this token")
    return relayed_facts(event)


def relayed_facts(event: InboundEvent) -> tuple[Fact, ...]:
    """What a webhook says that may have come by another way, whose token vouches for it."""
    payload = required_object(event.payload, "the event")
    if not isinstance(payload.get("event"), str):
        raise ShapeError("event is missing or not a string")
    name = event_name(payload)
    read = READERS.get(name)
    if read is None:
        raise ShapeError("no version of Evolution API is known to send this event")
    return tuple(fact for webhook in _webhooks(event, payload, name) for fact in read(webhook)) or (
        ignoring.EMPTY_LIST,
    )


def _webhooks(event: InboundEvent, payload: Mapping[str, Any], name: str) -> list[Webhook]:
    """One for each element that is listed; the intake has taken lists apart, but for those that it could not."""
    data, digest = payload.get("data"), event.digest
    if not isinstance(data, list) or name not in LISTING:
        return [Webhook(name, data, payload, event, digest, listed=payload.get(FROM_LIST) is True)]
    if len(data) > MAX_ELEMENTS:
        raise ShapeError(f"data lists more than {MAX_ELEMENTS} elements")
    return [
        Webhook(name, element, payload, event, f"{digest}-{index}" if index else digest, listed=True)
        for index, element in enumerate(data)
    ]
