"""What a WhatsApp message says, whichever of its many kinds it is of."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from services.queue_worker.facts import Ignored, ShapeError
from services.queue_worker.interpretation.cards import album, contact, location, occasion, order, poll, product
from services.queue_worker.interpretation.choices import button_choice, form_choice, invitation, list_choice, offer
from services.queue_worker.interpretation.fields import prose, required_object, text
from services.queue_worker.interpretation.media import MEDIA_TYPES, has_file, media
from services.queue_worker.interpretation.spoken import Content, Spoken
from services.queue_worker.interpretation.wrappers import unwrapped

_KIND_LIMIT = 100


def _extended_text(spoken: Spoken) -> Content:
    return Content("text", prose(spoken.body.get("text")))


# Beside the kind other keys may stand, in any order; of two kinds the one named first here is the message.
_READERS: Mapping[str, Callable[[Spoken], Content | None]] = {
    "extendedTextMessage": _extended_text,
    **dict.fromkeys(MEDIA_TYPES, media),
    "locationMessage": location,
    "liveLocationMessage": location,
    "contactMessage": contact,
    "contactsArrayMessage": contact,
    "buttonsResponseMessage": button_choice,
    "templateButtonReplyMessage": button_choice,
    "listResponseMessage": list_choice,
    "interactiveResponseMessage": form_choice,
    **dict.fromkeys(("pollCreationMessage", *(f"pollCreationMessageV{n}" for n in range(2, 7))), poll),
    "albumMessage": album,
    "orderMessage": order,
    "productMessage": product,
    "eventMessage": occasion,
    "groupInviteMessage": invitation,
    **dict.fromkeys(("interactiveMessage", "templateMessage", "buttonsMessage", "listMessage"), offer),
}
# They change or serve another message and say nothing by themselves.
_SILENT = (
    "reactionMessage",
    "encReactionMessage",
    "editedMessage",
    "secretEncryptedMessage",
    "protocolMessage",
    "pollUpdateMessage",
    "pinInChatMessage",
    "keepInChatMessage",
    "encEventResponseMessage",
    "encCommentMessage",
    "stickerSyncRmrMessage",
)
# They travel with a message. Keys alone are no message; the rest is no kind either.
_KEY_DISTRIBUTIONS = ("senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage")
_COMPANIONS = frozenset({"messageContextInfo", "contextInfo", "base64", "mediaUrl", "speechToText", "conversation"})
_RANK = {kind: rank for rank, kind in enumerate(("conversation", *_READERS, *_SILENT, *_KEY_DISTRIBUTIONS))}
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def content_of(data: Mapping[str, Any], provider_id: str) -> tuple[Content | Ignored, Spoken]:
    """What the message in `data` says, and the message itself without its envelopes."""
    outer = required_object(data.get("message"), "data.message")
    message, view_once = unwrapped(outer)
    kind = _kind_of(message, data.get("messageType"))
    body = _body_of(kind, message)
    spoken = Spoken(kind, body, message, outer, provider_id, view_once)
    return _content(spoken), spoken


def _content(spoken: Spoken) -> Content | Ignored:
    if spoken.kind == "conversation":
        return Content("text", prose(spoken.message["conversation"]))
    if spoken.kind in _READERS:
        return _READERS[spoken.kind](spoken) or _unknown(spoken.kind)
    if spoken.kind in _RANK:
        return Ignored(_CAPITAL.sub("_", spoken.kind).lower())
    return _unknown(spoken.kind)


def _unknown(kind: str) -> Content:
    # Somebody said something: it is shown that they did, until a later version understands it.
    return Content("unknown", metadata={"kind": kind})


def _kind_of(message: Mapping[str, Any], message_type: Any) -> str:
    known = [key for key in message if key in _RANK and message[key] not in (None, "")]
    if spoken := [key for key in known if key not in _KEY_DISTRIBUTIONS]:
        return min(spoken, key=_RANK.__getitem__)
    if message_type in MEDIA_TYPES and has_file(message):
        return str(message_type)
    return _kind_unlisted(message) or _kind_empty(message, known, message_type)


def _kind_unlisted(message: Mapping[str, Any]) -> str | None:
    names = (key for key, value in message.items() if value is not None)
    return next((text(key, _KIND_LIMIT) for key in names if key not in _RANK and key not in _COMPANIONS), None)


def _kind_empty(message: Mapping[str, Any], known: list[str], message_type: Any) -> str:
    if message.get("conversation") == "":
        return "conversation"
    return known[0] if known else text(message_type, _KIND_LIMIT) or "none"


def _body_of(kind: str, message: Mapping[str, Any]) -> Mapping[str, Any]:
    if kind == "conversation":
        if not isinstance(message["conversation"], str):
            raise ShapeError("data.message.conversation is not a string")
        return {}
    if kind in _READERS:
        # The EVOLUTION channel writes a file's fields straight into the message.
        return required_object(message.get(kind, message), f"data.message.{kind}")
    return {}
