"""Where a message was said: the person, the group or the channel a message key points to, under every address it gives."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.queue_worker.facts import Address, Ignored, ShapeError
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.addresses import addresses_of, group_address, phone_named, user_of
from services.queue_worker.interpretation.fields import text

# Where the versions put the other addresses of a chat: 2.3.4+, 2.3.1-2.3.3, 2.3.0. A field may hold a number or a LID.
_CHAT_ALIASES = ("remoteJidAlt", "previousRemoteJid", "senderPn", "senderLid")
_PARTICIPANT = ("participant", "participantAlt", "participantPn", "participantLid")
_NEWSLETTER = re.compile(r"[0-9]{1,64}@newsletter")
_STATUSES = "status@broadcast"


@dataclass(frozen=True, slots=True)
class Chat:
    """The addresses of a person, a group or a channel; `participant` is who spoke, where that is somebody else's chat.

    In a `shared` chat the speaker's name is not the chat's. A `quiet` one is shown and alarms nobody.
    """

    addresses: tuple[Address, ...]
    shared: bool = False
    participant: tuple[Address, ...] = ()
    quiet: bool = False
    status_broadcast: bool = False


@dataclass(frozen=True, slots=True)
class Perspective:
    """Whose eyes a message key is read with: `own_jid` is the connected number, never an alias of whom it talks to."""

    from_me: bool
    own_jid: Any
    accepts: frozenset[str]


def chat_of(key: Mapping[str, Any], seen: Perspective, speaker: Any = None) -> Chat | Ignored:
    """The chat of a message. `speaker` is who spoke in a group where the key doesn't say, as in history."""
    jid = text(key.get("remoteJid"))
    if jid is None:
        raise ShapeError("data.key.remoteJid is missing or not a string")
    if refused := barred(jid, seen.accepts):
        return refused
    match jid.rpartition("@")[2]:
        case "g.us":
            return _group(jid, [*_values(key, _PARTICIPANT), speaker], from_me=seen.from_me)
        case "newsletter":
            return _newsletter(jid)
        case "broadcast":
            return _broadcast(jid, key, seen)
    return _direct(jid, key, from_me=seen.from_me, own=phone_named(seen.own_jid))


def barred(jid: Any, accepts: frozenset[str]) -> Ignored | None:
    """Why a source takes no part in what happens in a chat; None where it does, or where the chat is not known."""
    jid = text(jid) or ""
    match jid.rpartition("@")[2]:
        case "g.us":
            return None if "groups" in accepts else ignoring.GROUP
        case "newsletter":
            return None if "newsletters" in accepts else ignoring.NEWSLETTER
        case "broadcast" if jid == _STATUSES:
            return None if "statuses" in accepts else ignoring.STATUS_BROADCAST
        case "bot":
            return ignoring.BOT
    return None


def place_of(candidates: Iterable[Any], own_jid: Any) -> tuple[Address, ...]:
    """The addresses of the person, group or channel that JIDs name, our own number left out; empty where none does."""
    jids = [jid for candidate in candidates if (jid := text(candidate)) and "@" in jid]
    shared = next((address for jid in jids if (address := group_address(jid) or _channel(jid))), None)
    return (shared,) if shared else person_of(jids, own_jid)


def person_of(candidates: Iterable[Any], own_jid: Any) -> tuple[Address, ...]:
    """The addresses of one person, our own number left out."""
    own = phone_named(own_jid)
    return addresses_of(jid for jid in candidates if own is None or phone_named(jid) != own)


def _group(jid: str, speakers: Iterable[Any], *, from_me: bool) -> Chat:
    group = group_address(jid)
    if group is None:
        raise ShapeError("data.key.remoteJid is not the id of a group")
    return Chat((group,), shared=True, participant=() if from_me else addresses_of(speakers))


def _newsletter(jid: str) -> Chat:
    channel = _channel(jid)
    if channel is None:
        raise ShapeError("data.key.remoteJid is not the id of a channel")
    return Chat((channel,), shared=True, quiet=True)


def _channel(jid: str) -> Address | None:
    return Address("channel", jid) if _NEWSLETTER.fullmatch(jid) else None


def _broadcast(jid: str, key: Mapping[str, Any], seen: Perspective) -> Chat | Ignored:
    statuses = jid == _STATUSES
    if seen.from_me:
        # Said to many at once: each of them gets it in a chat of their own, none of which is named here.
        return ignoring.STATUS_BROADCAST if statuses else ignoring.BROADCAST_LIST
    speaker = _known(person_of(_values(key, _PARTICIPANT), seen.own_jid), "data.key.participant")
    return Chat(speaker, quiet=statuses, status_broadcast=statuses)


def _direct(jid: str, key: Mapping[str, Any], *, from_me: bool, own: str | None) -> Chat:
    if user_of(jid) is None:
        raise ShapeError("data.key.remoteJid names neither a person nor a group")
    aliases = _outgoing_aliases(key, own) if from_me else _values(key, _CHAT_ALIASES)
    others = [alias for alias in aliases if own is None or phone_named(alias) != own]
    return Chat(_known(addresses_of([*_chat_itself(jid, key, own, from_me=from_me), *others]), "data.key.remoteJid"))


def _chat_itself(jid: str, key: Mapping[str, Any], own: str | None, *, from_me: bool) -> list[str]:
    # 2.3.1-2.3.3 put senderPn over remoteJid, which on our own messages is our own number; the chat was moved aside. Where
    # our number is not known it may be that: taken for the contact's, it would make one person of all we write to.
    may_be_ours = from_me if own is None else phone_named(jid) == own
    return [] if may_be_ours and user_of(key.get("previousRemoteJid")) else [jid]


def _outgoing_aliases(key: Mapping[str, Any], own: str | None) -> list[Any]:
    # On our own messages sender* describes us, and so may a LID or, where ours is not known, a number in remoteJidAlt.
    alias = key.get("remoteJidAlt")
    is_theirs = own is not None and phone_named(alias) not in (None, own)
    return [key.get("previousRemoteJid"), alias if is_theirs else None]


def _values(key: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    return [key.get(name) for name in names]


def _known(addresses: tuple[Address, ...], field: str) -> tuple[Address, ...]:
    if not addresses:
        raise ShapeError(f"{field} has no usable address")
    return addresses
