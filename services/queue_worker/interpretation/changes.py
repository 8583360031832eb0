"""What is said of another message: reactions, edits, deletions, votes. They come as messages, and as events of their own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker.facts import Address, ChangeFact, Fact, Party
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.chats import Chat, barred, place_of
from services.queue_worker.interpretation.content import content_of, spoken_in
from services.queue_worker.interpretation.fields import (
    count,
    identifier,
    integer,
    mapping,
    present,
    required_object,
    sequence,
    text,
)
from services.queue_worker.interpretation.message_text import BoundedText, bounded
from services.queue_worker.interpretation.spoken import Spoken
from services.queue_worker.interpretation.timestamps import unix_time
from services.queue_worker.interpretation.webhooks import Webhook, action

UNDATED = "undated"
OURS, THEIRS = "me", "them"
_EMOJI_LIMIT = 64
_MOST_OPTIONS = 100
# Of protocol messages, by Baileys' number or by name.
_REVOKE, _TIMER, _EDIT = "REVOKE", "EPHEMERAL_SETTING", "MESSAGE_EDIT"
_PROTOCOL = {0: _REVOKE, 3: _TIMER, 14: _EDIT}


@dataclass(frozen=True, slots=True)
class Change:
    """A message that changes another: `said_at` is its own time, where it has one."""

    webhook: Webhook
    chat: Chat
    spoken: Spoken
    data: Mapping[str, Any]
    said_at: datetime | None
    from_me: bool

    @property
    def slot(self) -> str:
        return OURS if self.from_me else speaker_slot(self.chat.participant)


def change(said: Change) -> tuple[Fact, ...]:
    """What a changing message says."""
    match said.spoken.kind:
        case "reactionMessage":
            return (_reaction(said),)
        case "pollUpdateMessage":
            return (_vote(said),)
        case "protocolMessage":
            return (_protocol(said, said.spoken.body),)
    inner = mapping(mapping(said.spoken.body.get("message")).get("protocolMessage"))
    return (_protocol(said, inner) if inner else ignoring.EDIT_WITHOUT_TARGET,)


def edited_event(webhook: Webhook) -> tuple[Fact, ...]:
    """messages.edited and send.message.update: a protocol message without its envelope, so without the envelope's time.

    Its key's id is the target's; who and where, in the same key, versions up to 2.2.3 get wrong.
    """
    data = required_object(webhook.data, "data")
    protocol = _protocol_in(mapping(data.get("message"))) or mapping(data.get("protocolMessage")) or data
    key = mapping(protocol.get("key"))
    if refused := barred(key.get("remoteJid"), webhook.accepts):
        return (refused,)
    chat = Chat(place_of([key.get("remoteJid")], webhook.own_jid))
    return (_protocol(Change(webhook, chat, _NOTHING, data, None, from_me=False), protocol),)


def edit(target: str, words: BoundedText, edited_at: datetime | None, received_at: datetime) -> ChangeFact:
    """A new text. Every version is kept, so each has a slot of its own; of undated ones only the last."""
    return ChangeFact(
        target=target,
        kind="edit",
        slot=_version(words.text, edited_at) if edited_at else UNDATED,
        timestamp=edited_at or received_at,
        value=words.text,
        dated=edited_at is not None,
        data=words.metadata,
    )


def edited_text(message: Any) -> BoundedText | None:
    """The text, or the caption, of an edited message, with or without the envelope of an edit; None where it has none."""
    if not isinstance(message, dict):
        return None
    edited = mapping(mapping(mapping(message).get("editedMessage")).get("message")) or message
    edited = mapping(mapping(edited.get("protocolMessage")).get("editedMessage")) or edited
    said = content_of(spoken_in(edited, None, "")).text
    return bounded(said) if said.strip() else None


def deletion(target: str, deleted_at: datetime | None, received_at: datetime) -> ChangeFact:
    """A message was taken back, for everybody."""
    return ChangeFact(target, "delete", "", deleted_at or received_at, dated=deleted_at is not None)


def vote(target: str, slot: str, options: list[str], voted_at: datetime | None, received_at: datetime) -> ChangeFact:
    """What somebody has chosen now, in place of what they chose before; nothing takes it back."""
    return ChangeFact(
        target=target,
        kind="vote",
        slot=slot,
        timestamp=voted_at or received_at,
        value=", ".join(options) or None,
        dated=voted_at is not None,
        data={"options": options},
    )


def speaker_slot(participant: tuple[Address, ...]) -> str:
    """Who, among those in a chat: in a group by the surest address there is."""
    return participant[0].value if participant else THEIRS


def _reaction(said: Change) -> Fact:
    body = said.spoken.body
    target = _target(body.get("key"))
    if target is None:
        return ignoring.REACTION_WITHOUT_TARGET
    at = unix_time(body.get("senderTimestampMs")) or said.said_at
    return ChangeFact(
        target=target,
        kind="reaction",
        slot=said.slot,
        timestamp=at or said.webhook.received_at,
        value=text(body.get("text"), _EMOJI_LIMIT) or "",
        dated=at is not None,
    )


def _vote(said: Change) -> Fact:
    body = said.spoken.body
    target = _target(body.get("pollCreationMessageKey"))
    if target is None:
        return ignoring.VOTE_WITHOUT_TARGET
    options = _options(mapping(body.get("vote")).get("selectedOptions"))
    options = _chosen(said.data.get("pollUpdates")) if options is None else options
    if options is None:
        return ignoring.VOTE_ENCRYPTED
    at = unix_time(body.get("senderTimestampMs")) or said.said_at
    return vote(target, said.slot, options, at, said.webhook.received_at)


def _options(selected: Any) -> list[str] | None:
    # Decrypted they are words, else hashes.
    if not isinstance(selected, list) or not all(isinstance(option, str) for option in selected):
        return None
    return [name for option in selected[:_MOST_OPTIONS] if (name := text(option))]


def _chosen(updates: Any) -> list[str] | None:
    """The same as it stands beside the message: every option, with its voters."""
    options = [mapping(option) for option in sequence(updates, _MOST_OPTIONS)]
    return [name for option in options if option.get("voters") and (name := text(option.get("name")))] or None


def _protocol(said: Change, protocol: Mapping[str, Any]) -> Fact:
    match _protocol_type(protocol):
        case "MESSAGE_EDIT":
            return _edit(said, protocol)
        case "REVOKE":
            target = _target(protocol.get("key"))
            if target is None:
                return ignoring.DELETION_WITHOUT_TARGET
            return deletion(target, said.said_at, said.webhook.received_at)
        case "EPHEMERAL_SETTING":
            return _timer(said, protocol)
    return ignoring.PROTOCOL_MESSAGE


def _protocol_type(protocol: Mapping[str, Any]) -> str | None:
    given = protocol.get("type")
    if given is None:
        # Without a word for it only an edit shows what it is. Nothing is deleted on a guess.
        return _EDIT if protocol.get("editedMessage") is not None else None
    number = integer(given)
    return _PROTOCOL.get(number) if number is not None else text(given)


def _edit(said: Change, protocol: Mapping[str, Any]) -> Fact:
    target, words = _target(protocol.get("key")), edited_text(protocol.get("editedMessage"))
    if words is None:
        return ignoring.EDIT_WITHOUT_CONTENT
    if target is None:
        return ignoring.EDIT_WITHOUT_TARGET
    edited_at = unix_time(protocol.get("timestampMs")) or said.said_at
    return edit(target, words, edited_at, said.webhook.received_at)


def _timer(said: Change, protocol: Mapping[str, Any]) -> Fact:
    if not said.chat.addresses:
        return ignoring.TIMER_WITHOUT_CHAT
    seconds = count(protocol.get("ephemeralExpiration")) or 0
    return action(
        said.webhook,
        Party(said.chat.addresses),
        "disappearing_timer_changed",
        present(seconds=seconds, by=OURS if said.from_me else None),
        dedupe_key=f"timer:{said.spoken.provider_id}" if said.spoken.provider_id else None,
        timestamp=said.said_at,
    )


def _target(key: Any) -> str | None:
    return identifier(mapping(key).get("id"), "the changed message's key.id")


def _protocol_in(message: Mapping[str, Any]) -> Mapping[str, Any]:
    edited = mapping(mapping(message.get("editedMessage")).get("message"))
    return mapping(message.get("protocolMessage")) or mapping(edited.get("protocolMessage"))


def _version(words: str, edited_at: datetime) -> str:
    # The digest keeps two edits of one moment apart.
    return f"{edited_at.isoformat(timespec='milliseconds')}:{hashlib.sha256(words.encode()).hexdigest()[:8]}"


_NOTHING = Spoken("", {}, {}, {}, "")
