"""What happens around a conversation: typing, calls, labels, bots, people who join a group."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.queue_worker.facts import Address, Ignored, PresenceFact
from tests.unit.interpretation.events import (
    CHAT,
    LID,
    OWN,
    RECEIVED_AT,
    action_of,
    evolution_event,
    facts_of,
    refusal,
    webhook,
)

MARIA = (Address("phone", "5511955550001"), Address("jid", CHAT))
BY_LID = (Address("lid", LID),)
GROUP = "120363000000000001@g.us"
NOBODY = Ignored("presence_unknown", keep=False)


def presence(state: Any, jid: str = LID, who: str | None = None) -> dict[str, Any]:
    return webhook("presence.update", {"id": jid, "presences": {who or jid: {"lastKnownPresence": state}}})


@pytest.mark.parametrize("state", ["composing", "recording", "paused", "available", "unavailable"])
def test_what_a_patient_is_doing_is_told(state: Any) -> None:
    """Every state, though nothing but a LID names who it is."""
    assert facts_of(presence(state)) == (PresenceFact(BY_LID, state, RECEIVED_AT),)


def test_in_a_group_it_is_told_who() -> None:
    """Each participant apart; ourselves not at all."""
    states = {LID: {"lastKnownPresence": "composing"}, CHAT: {"lastKnownPresence": "paused"}}
    data = {"id": GROUP, "presences": {**states, OWN: {"lastKnownPresence": "available"}}}
    group = (Address("group", GROUP),)
    assert facts_of(webhook("presence.update", data)) == (
        PresenceFact(group, "composing", RECEIVED_AT, participant=BY_LID),
        PresenceFact(group, "paused", RECEIVED_AT, participant=MARIA),
    )
    assert facts_of(webhook("presence.update", data), accepts=()) == (Ignored("group", keep=False),)


@pytest.mark.parametrize(
    "payload",
    [
        presence("dancing"),
        presence(None),
        presence("composing", who=OWN),
        webhook("presence.update", {"id": LID, "presences": {}}),
        webhook("presence.update", {"id": "?", "presences": {LID: {"lastKnownPresence": "composing"}}}),
    ],
)
def test_what_nobody_does_is_not_kept(payload: Any) -> None:
    """Presence is gone in seconds: it is never stored."""
    assert facts_of(payload) == (NOBODY,)


def call(**data: Any) -> dict[str, Any]:
    offer = {"chatId": CHAT, "from": CHAT, "id": "CALL1", "date": "2026-11-20T09:40:00.000Z", "status": "offer"}
    return webhook("call", {**offer, "isVideo": False, "isGroup": False, **data})


@pytest.mark.parametrize("status", ["offer", "ringing", "accept", "reject", "timeout", "terminate", "OFFER"])
def test_each_state_of_a_call_is_an_action_once(status: str) -> None:
    """So that a missed call can be told from one that was taken."""
    fact = action_of(call(status=status, isVideo=True, latencyMs=120))
    assert (fact.party.addresses, fact.action_type, fact.dedupe_key) == (MARIA, "call", f"call:CALL1:{status.lower()}")
    assert fact.action_data == {
        "call_id": "CALL1", "status": status.lower(), "video": True, "group": False, "latency": 120,
    }  # fmt: skip
    assert fact.timestamp == datetime(2026, 11, 20, 9, 40, tzinfo=UTC)


@pytest.mark.parametrize("status", ["relaylatency", "preaccept", "transport", None, 7])
def test_the_signals_of_a_call_are_left_alone(status: Any) -> None:
    """Only what a person would tell of a call is told."""
    assert facts_of(call(status=status)) == (Ignored("call_signalling", keep=False),)


def test_who_calls_is_one_person_by_number_and_lid() -> None:
    """In an offer both names are the caller's."""
    assert action_of(call(**{"from": LID})).party.addresses == (*MARIA, *BY_LID)


def test_in_the_rest_of_a_call_the_caller_may_be_ourselves() -> None:
    """A LID that may be our own never becomes the contact's."""
    assert action_of(call(status="accept", **{"from": LID})).party.addresses == MARIA
    assert action_of(call(status="accept", chatId=OWN, **{"from": LID})).party.addresses == BY_LID


def test_a_call_in_a_group_is_the_group_s() -> None:
    """Whoever made it."""
    fact = action_of(call(chatId=GROUP, isGroup=True, **{"from": LID}))
    assert (fact.party.addresses, fact.action_data["group"]) == ((Address("group", GROUP),), True)
    assert facts_of(call(chatId=GROUP), accepts=()) == (Ignored("group"),)


@pytest.mark.parametrize(
    "date", [1795167600, "1795167600", "2026-11-20T09:40:00Z", {"low": 1795167600, "high": 0}], ids=repr
)
def test_a_call_has_its_own_time(date: Any) -> None:
    """In each way a date is written."""
    assert action_of(call(date=date)).timestamp == datetime(2026, 11, 20, 9, 40, tzinfo=UTC)


def test_a_call_without_a_time_was_made_when_it_was_told() -> None:
    """Nothing sensible in its place counts."""
    senseless: list[Any] = [None, "soon", [], -1]
    assert {action_of(call(date=date)).timestamp for date in senseless} == {RECEIVED_AT}


def test_a_label_on_a_chat_is_an_action() -> None:
    """Put on and taken off."""
    put = action_of(webhook("labels.association", {"type": "add", "chatId": CHAT, "labelId": "5"}))
    taken = action_of(webhook("labels.association", {"type": "remove", "chatId": CHAT, "labelId": "5"}))
    assert (put.action_type, taken.action_type) == ("label_added", "label_removed")
    assert (put.party.addresses, put.action_data) == (MARIA, {"label_id": "5"})


def test_what_has_no_id_is_the_same_when_it_is_told_twice() -> None:
    """An instance's webhook and its server's differ in their bytes, not in what they say, nor in when it was said."""
    label = {"type": "add", "chatId": CHAT, "labelId": "5"}
    at = {"date_time": "2026-11-20T09:40:00.000Z"}
    told = action_of(webhook("labels.association", label, **at, destination="https://a"))
    again = action_of(webhook("labels.association", label, **at, destination="https://b"))
    later = action_of(webhook("labels.association", label, date_time="2026-11-20T09:41:00.000Z"))
    undated = action_of(webhook("labels.association", label))
    assert told.dedupe_key == again.dedupe_key
    assert len({told.dedupe_key, later.dedupe_key, undated.dedupe_key}) == 3


def test_members_of_a_group_are_named_by_what_is_known_of_them() -> None:
    """Strings and objects; the field that Baileys 7 fills with garbage is not read."""
    garbage = [{"jid": {"id": LID}, "phoneNumber": "[object Object]"}]
    data = {"id": GROUP, "action": "add", "author": OWN, "participants": [LID, {"id": LID, "phoneNumber": CHAT}, 7, {}]}
    fact = action_of(webhook("group-participants.update", {**data, "participantsData": garbage}))
    maria = {"phone": "5511955550001", "jid": CHAT, "lid": LID}
    assert fact.action_data == {
        "action": "add",
        "participants": [{"lid": LID}, maria],
        "author": {"phone": "5511900000001", "jid": OWN},
    }
    assert facts_of(webhook("group-participants.update", data), accepts=()) == (Ignored("group"),)


def test_a_bot_s_session_is_told() -> None:
    """When it takes a conversation up, and what became of it."""
    started = {
        "remoteJid": CHAT,
        "typebot": "triagem",
        "sessionId": "s1",
        "url": "https://x",
        "variables": [{"name": "n"}],
    }
    fact = action_of(webhook("typebot.start", started))
    assert fact.action_data == {"typebot": "triagem", "session_id": "s1", "variables": [{"name": "n"}]}
    long: list[Any] = [
        {"name": "n", "value": "x" * 5_000},
        {"value": 7},
        {"value": {"deep": []}},
        3,
        {"value": 10**400},
    ]
    bounded = action_of(webhook("typebot.start", {**started, "variables": long})).action_data["variables"]
    assert bounded == [{"name": "n", "value": "x" * 1_024}, {"value": "7"}]
    closed = action_of(webhook("TYPEBOT_CHANGE_STATUS", {"remoteJid": CHAT, "status": "closed"}))
    assert (closed.action_type, closed.action_data) == ("typebot_status_changed", {"status": "closed"})


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (webhook("labels.association", {"type": "paint", "chatId": CHAT}), "data.type is neither add nor remove"),
        (webhook("labels.association", {"type": "add", "chatId": "?"}), "data.chatId has no usable address"),
        (webhook("typebot.start", {}), "data.remoteJid has no usable address"),
        (webhook("group-participants.update", {"id": "turma"}), "data.id has no usable address"),
        (call(chatId=OWN, **{"from": OWN}), "data.chatId has no usable address"),
        (webhook("presence.update", None), "data is missing or not an object"),
    ],
)
def test_what_names_nobody_is_for_an_operator_to_see(payload: Any, reason: str) -> None:
    """A happening that belongs to no conversation is refused with the field at fault."""
    assert refusal(evolution_event(payload)) == reason
