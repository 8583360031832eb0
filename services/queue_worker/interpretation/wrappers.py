"""Envelopes WhatsApp puts around a message: disappearing, seen once, sent from another device, part of an album."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.queue_worker.facts import ShapeError
from services.queue_worker.interpretation.fields import mapping

_VIEW_ONCE = frozenset({"viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension"})
_WRAPPERS = _VIEW_ONCE | {
    "associatedChildMessage",
    "botInvokeMessage",
    "deviceSentMessage",
    "documentWithCaptionMessage",
    "ephemeralMessage",
    "groupMentionedMessage",
    "lottieStickerMessage",
    "pollCreationMessageV4",
}
_DEEPEST = 8


class Unwrapped(NamedTuple):
    """A message without its envelopes; `view_once` is what one of them said."""

    message: Mapping[str, Any]
    view_once: bool


def unwrapped(message: Mapping[str, Any]) -> Unwrapped:
    """The innermost message, of a bounded number of envelopes."""
    view_once = False
    for _ in range(_DEEPEST):
        name = next((key for key in message if key in _WRAPPERS and _inner(message[key])), None)
        if name is None:
            return Unwrapped(message, view_once)
        message, view_once = _inner(message[name]), view_once or name in _VIEW_ONCE
    raise ShapeError(f"data.message is wrapped more than {_DEEPEST} times")


def _inner(wrapper: Any) -> Mapping[str, Any]:
    return mapping(mapping(wrapper).get("message"))
