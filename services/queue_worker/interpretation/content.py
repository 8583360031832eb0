"""What a WhatsApp message says, whichever of its many kinds it is of."""

from collections.abc import Callable, Mapping
from typing import Any

from services.queue_worker.facts import ShapeError
from services.queue_worker.interpretation.cards import album, contact, location, occasion, order, poll, product
from services.queue_worker.interpretation.choices import button_choice, form_choice, invitation, list_choice, offer
from services.queue_worker.interpretation.fields import prose, required_object, text
from services.queue_worker.interpretation.ignoring import SILENT
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
# They say something of another message, which services/queue_worker/interpretation/changes.py reads.
CHANGING = ("reactionMessage", "editedMessage", "protocolMessage", "pollUpdateMessage")
# They travel with a message. Keys alone are no message; the rest is no kind either.
_KEY_DISTRIBUTIONS = ("senderKeyDistributionMessage", "fastRatchetKeySenderKeyDistributionMessage")
_COMPANIONS = frozenset({"messageContextInfo", "contextInfo", "base64", "mediaUrl", "speechToText", "conversation"})
_RANK = {kind: rank for rank, kind in enumerate(("conversation", *_READERS, *CHANGING, *SILENT))}


def spoken_of(data: Mapping[str, Any], provider_id: str) -> Spoken:
    """The message in `data` without its envelopes. Its kind is empty where it is none that is known."""
    return spoken_in(data.get("message"), data.get("messageType"), provider_id)


def spoken_in(outer: Any, message_type: Any, provider_id: str) -> Spoken:
    """The same, of a message that may stand anywhere."""
    outer = required_object(outer, "data.message")
    message, view_once = unwrapped(outer)
    kind = _kind_of(message, message_type)
    return Spoken(kind or "", _body_of(kind, message), message, outer, provider_id, view_once)


def content_of(spoken: Spoken, message_type: Any = None) -> Content:
    """What a message says to who reads the conversation."""
    if spoken.kind == "conversation":
        return _conversation(spoken.message["conversation"])
    if spoken.kind in _READERS:
        return _READERS[spoken.kind](spoken) or _unknown(spoken.kind)
    return _unknown(spoken.kind or _unknown_kind(spoken.message, message_type))


def _conversation(said: Any) -> Content:
    if not isinstance(said, str):
        raise ShapeError("data.message.conversation is not a string")
    return Content("text", prose(said))


def _unknown(kind: str) -> Content:
    # Somebody said something: it is shown that they did, until a later version understands it.
    return Content("unknown", metadata={"kind": kind})


def _kind_of(message: Mapping[str, Any], message_type: Any) -> str | None:
    known = [key for key in message if key in _RANK and _is_there(message, key)]
    if said := [key for key in known if key not in _KEY_DISTRIBUTIONS]:
        return min(said, key=_RANK.__getitem__)
    if isinstance(message_type, str) and message_type in MEDIA_TYPES and has_file(message):
        return message_type
    if _unlisted_kind(message):
        return None
    return "conversation" if message.get("conversation") == "" else next(iter(known), None)


def _unlisted_kind(message: Mapping[str, Any]) -> str | None:
    names = (key for key, value in message.items() if value is not None)
    return next((text(key, _KIND_LIMIT) for key in names if key not in _RANK and key not in _COMPANIONS), None)


def _unknown_kind(message: Mapping[str, Any], message_type: Any) -> str:
    return _unlisted_kind(message) or text(message_type, _KIND_LIMIT) or "none"


def _body_of(kind: str | None, message: Mapping[str, Any]) -> Mapping[str, Any]:
    if kind is None or (kind not in _READERS and kind not in CHANGING):
        return {}
    # The EVOLUTION channel writes a file's fields straight into the message.
    return required_object(message[kind], f"data.message.{kind}") if _is_there(message, kind) else message


def _is_there(message: Mapping[str, Any], key: str) -> bool:
    # A null or an empty text in place of a kind is how some serialisers say that it is not that kind.
    return message.get(key) is not None and message[key] != ""
