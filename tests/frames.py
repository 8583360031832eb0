"""What is really sent, held against the protocol's models, so that the documents cannot lag behind: a field or a type that
they do not know is a failure."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter

from services.realtime_gateway.protocol import errors
from services.realtime_gateway.protocol.events import EVENTS, KINDS
from services.realtime_gateway.protocol.notices import NOTICES
from services.realtime_gateway.protocol.replies import REPLIES, Refused
from shared.events.live import numbered_frame

Frame = Mapping[str, Any]

_ANY_REPLY = TypeAdapter[Any](reduce(or_, REPLIES.values()))

# A test's own events, of which nothing but the passage matters, have this and nothing else as their data. No service's do.
ARTIFICIAL = {"content"}


def check_frame(frame: Frame, asked: Mapping[Any, str]) -> None:
    """Hold a frame that a client received against its model; `asked` are the types of its commands, by their ids."""
    match frame.get("type"):
        case "reply":
            check_reply(frame, asked)
        case "reset" | "connected" | "token_expiring" | "going_away" as name:
            _check(NOTICES[name], frame)
        case _:
            check_event(frame)


def check_reply(reply: Frame, asked: Mapping[Any, str]) -> None:
    """Hold a reply against the model of its command's, or of what was refused."""
    if not reply["ok"]:
        _check(Refused, reply)
        assert reply["error"]["code"] in errors.MEANINGS, f"protocol/errors.py does not know {reply['error']}"
        assert reply["error"]["temporary"] == ("retry_ms" in reply["error"]), reply
        return
    events = reply["data"].get("events", ())
    for event in events:
        check_event(event)
    if any(_artificial(event) for event in events):
        reply = {**reply, "data": {**reply["data"], "events": []}}
    if reply["id"] is None:  # the command had none, so it may have been any
        _ANY_REPLY.validate_python(reply)
    else:
        _check(REPLIES[asked[reply["id"]]], reply)


def check_event(event: Frame) -> None:
    """Hold a live event as clients receive it against its model, and its channel against its kind."""
    if _artificial(event):
        return
    name = event.get("type")
    assert name in EVENTS, f"no kind of event: {dict(event)}"
    _check(EVENTS[name], event)
    target, _, target_id = event["channel"].partition(":")
    assert event["target"] == {"empresa": "global"}.get(target, target), event
    assert event["targetId"] == target_id, event


def check_published(channel: str, frame: str, *, ephemeral: bool) -> None:
    """The same of an event on its way out: durable ones get their position in Redis."""
    event = orjson.loads(frame if ephemeral else numbered_frame(frame, 1, "e"))
    check_event(event)
    if not _artificial(event):
        assert event["channel"] == channel
        [kind] = [kind for kind in KINDS if kind.name == event["type"]]
        assert kind.durable != ephemeral, f"{kind.name} is durable or not, but always the same"


def _artificial(event: Frame) -> bool:
    return isinstance(event.get("data"), dict) and event["data"].keys() == ARTIFICIAL


def _check(model: type[BaseModel], frame: Frame) -> None:
    model.model_validate(frame)
