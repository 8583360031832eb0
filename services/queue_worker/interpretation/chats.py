"""Where a message was said: the person or the group a message key points to, under every address it gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.queue_worker.facts import Address, Ignored, ShapeError
from services.queue_worker.interpretation.addresses import addresses_of, group_address, phone_named, user_of
from services.queue_worker.interpretation.fields import text

# Where the versions put the other addresses of a chat: 2.3.4+, 2.3.1-2.3.3, 2.3.0. A field may hold a number or a LID.
_CHAT_ALIASES = ("remoteJidAlt", "previousRemoteJid", "senderPn", "senderLid")
_PARTICIPANT = ("participant", "participantAlt", "participantPn", "participantLid")


@dataclass(frozen=True, slots=True)
class Chat:
    """The addresses of a person or a group; `participant` is who spoke, where that is somebody else's chat."""

    addresses: tuple[Address, ...]
    is_group: bool = False
    participant: tuple[Address, ...] = ()


def chat_of(key: Mapping[str, Any], *, from_me: bool, own_jid: Any) -> Chat | Ignored:
    """The chat of a message. `own_jid` is the connected number: never an alias of the person it talks to."""
    jid = text(key.get("remoteJid"))
    if jid is None:
        raise ShapeError("data.key.remoteJid is missing or not a string")
    match jid.rpartition("@")[2]:
        case "g.us":
            return _group(jid, key, from_me=from_me)
        case "newsletter" | "bot" as nobody:
            return Ignored(nobody)
        case "broadcast":
            return _broadcast(jid, key, from_me=from_me)
    return _direct(jid, key, from_me=from_me, own=phone_named(own_jid))


def _group(jid: str, key: Mapping[str, Any], *, from_me: bool) -> Chat:
    group = group_address(jid)
    if group is None:
        raise ShapeError("data.key.remoteJid is not the id of a group")
    participant = () if from_me else addresses_of(_values(key, _PARTICIPANT))
    return Chat((group,), is_group=True, participant=participant)


def _broadcast(jid: str, key: Mapping[str, Any], *, from_me: bool) -> Chat | Ignored:
    if jid == "status@broadcast":
        return Ignored("status_broadcast")
    if from_me:
        # Said to many at once: each of them gets it in a chat of their own, none of which is named here.
        return Ignored("broadcast_list")
    return Chat(_known(addresses_of(_values(key, _PARTICIPANT)), "data.key.participant"))


def _direct(jid: str, key: Mapping[str, Any], *, from_me: bool, own: str | None) -> Chat:
    if user_of(jid) is None:
        raise ShapeError("data.key.remoteJid names neither a person nor a group")
    aliases = _outgoing_aliases(key, own) if from_me else _values(key, _CHAT_ALIASES)
    others = [alias for alias in aliases if own is None or phone_named(alias) != own]
    return Chat(_known(addresses_of([*_chat_itself(jid, key, own), *others]), "data.key.remoteJid"))


def _chat_itself(jid: str, key: Mapping[str, Any], own: str | None) -> list[str]:
    # 2.3.1-2.3.3 put senderPn over remoteJid, which on our own messages is our own number; the chat was moved aside.
    swapped_for_ours = own is not None and phone_named(jid) == own and user_of(key.get("previousRemoteJid"))
    return [] if swapped_for_ours else [jid]


def _outgoing_aliases(key: Mapping[str, Any], own: str | None) -> list[Any]:
    # On our own messages sender* describes us, and so may a LID in remoteJidAlt: were it taken for the contact's, every
    # contact we write to would become one and the same person.
    alias = key.get("remoteJidAlt")
    return [key.get("previousRemoteJid"), alias if phone_named(alias) not in (None, own) else None]


def _values(key: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    return [key.get(name) for name in names]


def _known(addresses: tuple[Address, ...], field: str) -> tuple[Address, ...]:
    if not addresses:
        raise ShapeError(f"{field} has no usable address")
    return addresses
