"""Calls to Evolution API: what is asked of it, in the words of its second version and of its first. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Version = Literal["v1", "v2"]
MediaType = Literal["image", "video", "audio", "document"]

# How long the patient sees that somebody types, if nothing renews it.
TYPING_MILLISECONDS = 3000
NEWEST = 50


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP call; the instance's name comes after `path`."""

    method: str
    path: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """How WhatsApp names a message. In a group `participant` is who said it."""

    id: str
    remote_jid: str
    from_me: bool
    participant: str | None = None

    def object(self) -> dict[str, Any]:
        """The key as JSON."""
        key = {"id": self.id, "remoteJid": self.remote_jid, "fromMe": self.from_me}
        return key | ({"participant": self.participant} if self.participant else {})


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that is answered. Its text is shown above the answer; without it Evolution looks for its own copy."""

    key: Key
    text: str | None

    def object(self) -> dict[str, Any]:
        """As JSON."""
        return {"key": self.key.object()} | ({"message": {"conversation": self.text}} if self.text else {})


@dataclass(frozen=True, slots=True)
class File:
    """A file on its way out: its bytes as base64."""

    media_type: MediaType
    base64: str
    mimetype: str | None
    name: str | None


def text_call(version: Version, number: str, text: str, quoted: Quoted | None = None) -> Call:
    """A text."""
    return _message(version, "message/sendText", number, quoted, "textMessage", {"text": text})


def media_call(version: Version, number: str, file: File, caption: str, quoted: Quoted | None = None) -> Call:
    """A picture, film, sound or paper, with its caption."""
    said = {"mediatype": file.media_type, "media": file.base64, "mimetype": file.mimetype, "fileName": file.name}
    present = {name: value for name, value in (said | {"caption": caption}).items() if value}
    return _message(version, "message/sendMedia", number, quoted, "mediaMessage", present)


def audio_call(version: Version, number: str, file: File, quoted: Quoted | None = None) -> Call:
    """A voice message."""
    return _message(version, "message/sendWhatsAppAudio", number, quoted, "audioMessage", {"audio": file.base64})


def _message(
    version: Version, path: str, number: str, quoted: Quoted | None, wrapper: str, said: Mapping[str, Any]
) -> Call:
    answering = {"quoted": quoted.object()} if quoted else {}
    if version == "v1":
        return Call("POST", path, {"number": number, "options": answering, wrapper: dict(said)})
    return Call("POST", path, {"number": number, **said, **answering})


def reaction_call(version: Version, key: Key, emoji: str) -> Call:
    """An emoji on a message; an empty one takes it back."""
    reaction = {"key": key.object(), "reaction": emoji}
    return Call("POST", "message/sendReaction", reaction if version == "v2" else {"reactionMessage": reaction})


def delete_call(_: Version, key: Key) -> Call:
    """A message taken back, for everybody."""
    return Call("DELETE", "chat/deleteMessageForEveryone", key.object())


def edit_call(version: Version, number: str, key: Key, text: str) -> Call:
    """Other words for a message."""
    method = "POST" if version == "v2" else "PUT"
    return Call(method, "chat/updateMessage", {"number": number, "key": key.object(), "text": text})


def read_call(version: Version, keys: Sequence[Key]) -> Call:
    """Messages as read, which their author sees. The first version changed the field's name on its way."""
    named = [key.object() for key in keys]
    if version == "v1":
        return Call("PUT", "chat/markMessageAsRead", {"read_messages": named, "readMessages": named})
    return Call("POST", "chat/markMessageAsRead", {"readMessages": named})


def typing_call(version: Version, number: str, *, typing: bool) -> Call:
    """Somebody types, or stopped. Evolution holds the call for as long as it shows that."""
    presence = {"presence": "composing" if typing else "paused", "delay": TYPING_MILLISECONDS if typing else 0}
    body = {"number": number, **presence} if version == "v2" else {"number": number, "options": presence}
    return Call("POST", "chat/sendPresence", body)


def find_call(version: Version, remote_jid: str) -> Call:
    """The newest messages of ours in a chat."""
    where = {"where": {"key": {"remoteJid": remote_jid, "fromMe": True}}}
    limit = {"page": 1, "offset": NEWEST} if version == "v2" else {"limit": NEWEST}
    return Call("POST", "chat/findMessages", where | limit)
