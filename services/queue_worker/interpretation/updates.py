"""What became of a message, told by its id: messages.update and messages.delete, in the forms of all versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker.facts import Fact, Ignored, ShapeError, StatusFact
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.addresses import addresses_of, phone_named
from services.queue_worker.interpretation.changes import OURS, deletion, edit, edited_text, speaker_slot, vote
from services.queue_worker.interpretation.chats import barred
from services.queue_worker.interpretation.fields import identifier, mapping, required_object, sequence, text
from services.queue_worker.interpretation.statuses import delivery_status
from services.queue_worker.interpretation.timestamps import unix_time
from services.queue_worker.interpretation.webhooks import Webhook

_MOST_VOTERS = 1_024


@dataclass(frozen=True, slots=True)
class _Update:
    """The same in all versions: the message's id, its chat as it is named this time, and what is new of it."""

    webhook: Webhook
    target: str
    remote_jid: Any
    from_me: bool
    news: Mapping[str, Any]


def update(webhook: Webhook) -> tuple[Fact, ...]:
    """A status, an edited text, votes, or several of these. The message is found by its id alone.

    Its chat is named by number once and by LID another time, and on the Cloud channel `fromMe` is false on our own.
    """
    told = _update(webhook)
    if refused := _refused(told):
        return (refused,)
    found = [*_status(told), *_edit(told), *_votes(told)]
    effects = [fact for fact in found if not isinstance(fact, Ignored)]
    return tuple(effects or found[:1]) or (_nothing(told.news.get("status")),)


def delete(webhook: Webhook) -> tuple[Fact, ...]:
    """A message was deleted for everybody: its key, or the whole row where it was deleted through the API."""
    data = required_object(webhook.data, "data")
    key = mapping(data.get("key")) or data
    if refused := barred(key.get("remoteJid"), webhook.accepts):
        return (refused,)
    return (deletion(_target(key.get("id"), "data.id"), None, webhook.received_at),)


def _update(webhook: Webhook) -> _Update:
    data = required_object(webhook.data, "data")
    key = mapping(data.get("key"))
    if key:
        news = mapping(data.get("update")) or data
        return _Update(webhook, _target(key.get("id"), "data.key.id"), *_place(key), news)
    given = data.get("keyId") if data.get("keyId") is not None else data.get("id")
    return _Update(webhook, _target(given, "data.keyId"), *_place(data), data)


def _place(key: Mapping[str, Any]) -> tuple[Any, bool]:
    return key.get("remoteJid"), key.get("fromMe") is True


def _target(value: Any, field: str) -> str:
    target = identifier(value, field)
    if target is None:
        raise ShapeError(f"{field} is missing or empty")
    return target


def _refused(told: _Update) -> Ignored | None:
    if told.from_me and _domain(told.remote_jid) == "broadcast" and text(told.remote_jid) != "status@broadcast":
        return ignoring.BROADCAST_LIST
    return barred(told.remote_jid, told.webhook.accepts)


def _domain(jid: Any) -> str:
    return (text(jid) or "").rpartition("@")[2]


def _status(told: _Update) -> list[Fact]:
    status = delivery_status(told.news.get("status"))
    return [StatusFact(told.target, status, _moment(told.news) or told.webhook.received_at)] if status else []


def _moment(news: Mapping[str, Any]) -> datetime | None:
    return unix_time(news.get("datetime"))


def _nothing(status: Any) -> Ignored:
    match status:
        case None | "":
            return ignoring.STATUS_MISSING
        case str() if status.strip().upper() == "DELETED":
            # 2.3.3 to 2.3.6 say so of every edit.
            return ignoring.DELETION_NOT_TRUSTED
    return ignoring.STATUS_UNKNOWN


def _edit(told: _Update) -> list[Fact]:
    message = told.news.get("message")
    if message is None:
        return []
    words = edited_text(message)
    return [edit(told.target, words, None, told.webhook.received_at) if words else ignoring.EDIT_WITHOUT_CONTENT]


def _votes(told: _Update) -> list[Fact]:
    updates = told.news.get("pollUpdates")
    if not isinstance(updates, list) or not updates:
        return []
    if not any(text(mapping(option).get("name")) for option in updates):
        return [ignoring.VOTE_ENCRYPTED]
    chosen = _by_voter(told, updates)
    received_at = told.webhook.received_at
    votes: list[Fact] = [vote(told.target, slot, options, None, received_at) for slot, options in chosen.items()]
    return votes or [ignoring.VOTE_WITHOUT_VOTER]


def _by_voter(told: _Update, updates: list[Any]) -> dict[str, list[str]]:
    """From who chose each option to what each voter chose."""
    chosen: dict[str, list[str]] = {}
    for option in map(mapping, updates[:100]):
        name = text(option.get("name"))
        for voter in sequence(option.get("voters"), _MOST_VOTERS) if name else ():
            if name and (slot := _slot(told, voter)) and name not in chosen.setdefault(slot, []):
                chosen[slot].append(name)
    return chosen


def _slot(told: _Update, voter: Any) -> str | None:
    if voter == OURS:
        return OURS
    addresses = addresses_of([voter])
    if not addresses:
        return None
    own = phone_named(told.webhook.own_jid)
    if own is not None and phone_named(voter) == own:
        return OURS
    return speaker_slot(addresses if _domain(told.remote_jid) == "g.us" else ())
