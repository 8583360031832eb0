"""messages.update: how far a message has come, what it says now, who chose what."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.queue_worker.facts import ChangeFact, DeliveryStatus, Ignored, StatusFact
from tests.unit.interpretation.events import CHAT, LID, OWN, RECEIVED_AT, evolution_event, facts_of, refusal, webhook

VOCABULARIES: list[tuple[Any, DeliveryStatus]] = [
    ("ERROR", "failed"), ("PENDING", "pending"), ("SERVER_ACK", "sent"), ("DELIVERY_ACK", "delivered"),
    ("READ", "read"), ("PLAYED", "played"), ("SENT", "sent"), ("DELIVERED", "delivered"), ("FAILED", "failed"),
    ("read", "read"), (0, "failed"), (1, "pending"), (2, "sent"), (3, "delivered"), (4, "read"), (5, "played"),
    ("4", "read"), (3.0, "delivered"),
]  # fmt: skip
GROUP = "120363000000000001@g.us"


def update(**data: Any) -> dict[str, Any]:
    return webhook("messages.update", {"keyId": "A1", "remoteJid": CHAT, "fromMe": True, **data})


@pytest.mark.parametrize(("status", "reached"), VOCABULARIES, ids=repr)
@pytest.mark.parametrize("form", ["v2", "v1", "key and update", "array"])
def test_a_status_is_understood_in_every_form_and_vocabulary(form: str, status: Any, reached: DeliveryStatus) -> None:
    """Evolution's words, the Cloud channel's and Baileys' numbers, in each shape a version or a relay sends."""
    raw = {"key": {"id": "A1", "remoteJid": CHAT, "fromMe": True}, "update": {"status": status}}
    data = {
        "v2": {"keyId": "A1", "messageId": "cmx", "remoteJid": CHAT, "status": status},
        "v1": {"id": "A1", "remoteJid": CHAT, "status": status, "owner": "loja-01"},
        "key and update": raw,
        "array": [raw],
    }[form]
    assert facts_of(webhook("messages.update", data)) == (StatusFact("A1", reached, RECEIVED_AT),)


def test_a_status_has_the_time_v1_gives_it() -> None:
    """v1 says when, in milliseconds; nobody else does."""
    moment = datetime(2024, 5, 1, 10, 40, 0, 123000, tzinfo=UTC)
    assert facts_of(update(status="READ", datetime=1714560000123)) == (StatusFact("A1", "read", moment),)


@pytest.mark.parametrize(
    "where",
    [
        {"remoteJid": LID},
        {"remoteJid": None},
        {"remoteJid": "?"},
        {"fromMe": False, "participant": CHAT},
        {"fromMe": 7},
    ],
)
def test_a_status_depends_on_nothing_but_the_id(where: dict[str, Any]) -> None:
    """One message's chat is named by number now and by LID then; the Cloud channel calls our own messages the contact's."""
    assert facts_of(update(status="READ", **where)) == (StatusFact("A1", "read", RECEIVED_AT),)


@pytest.mark.parametrize(
    ("news", "reason"),
    [
        ({}, "status_missing"),
        ({"status": None}, "status_missing"),
        ({"status": ""}, "status_missing"),
        ({"status": "DELETED"}, "deletion_not_trusted"),
        ({"status": "EDITED"}, "status_unknown"),
        ({"status": 6}, "status_unknown"),
        ({"status": {}}, "status_unknown"),
        ({"message": {}}, "edit_without_content"),
        ({"message": {"editedMessage": {"message": {"imageMessage": {}}}}}, "edit_without_content"),
        ({"pollUpdates": [{"vote": {"selectedOptions": [{}]}}]}, "vote_encrypted"),
        ({"pollUpdates": [{"name": "Sim", "voters": []}]}, "vote_without_voter"),
        ({"pollUpdates": []}, "status_missing"),
    ],
)
def test_an_update_without_news_is_left_alone(news: dict[str, Any], reason: str) -> None:
    """A missing status is no status; a deletion told here was an edit in four versions."""
    assert facts_of(update(**news)) == (Ignored(reason),)


def test_an_edited_text_comes_beside_a_status() -> None:
    """2.3.7 puts the text where the status is made up: both are told, and the edit's time is not known."""
    edited = {"editedMessage": {"message": {"conversation": "novo"}}}
    change = ChangeFact("A1", "edit", "undated", RECEIVED_AT, value="novo", dated=False)
    assert facts_of(update(status="SERVER_ACK", message=edited)) == (StatusFact("A1", "sent", RECEIVED_AT), change)
    assert facts_of(update(message={"conversation": "novo"})) == (change,)


def test_an_unreadable_edit_does_not_hide_the_status_beside_it() -> None:
    """What is understood counts."""
    assert facts_of(update(status="READ", message={"x": {}})) == (StatusFact("A1", "read", RECEIVED_AT),)


def test_votes_are_told_by_option_and_kept_by_voter() -> None:
    """Who chose what, ourselves and every participant apart."""
    votes = [
        {"name": "Manha", "voters": ["me", LID]},
        {"name": "Tarde", "voters": [CHAT, LID, OWN, 7, "?"]},
        {"name": 7, "voters": [CHAT]},
    ]
    facts = facts_of(update(remoteJid=GROUP, pollUpdates=votes))
    assert {fact.slot: fact.data["options"] for fact in facts if isinstance(fact, ChangeFact)} == {
        "me": ["Manha", "Tarde"],
        LID: ["Manha", "Tarde"],
        "5511955550001": ["Tarde"],
    }
    assert all(isinstance(fact, ChangeFact) and not fact.dated for fact in facts)


def test_between_two_people_a_voter_needs_no_name() -> None:
    """Whoever votes and is not us is the other one, by number or by LID."""
    for voter in (CHAT, LID):
        [fact] = facts_of(update(pollUpdates=[{"name": "Sim", "voters": [voter]}]))
        assert isinstance(fact, ChangeFact)
        assert (fact.slot, fact.value) == ("them", "Sim")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "data.keyId is missing or empty"),
        ({"keyId": ""}, "data.keyId is missing or empty"),
        ({"keyId": 7}, "data.keyId is not a string"),
        ({"key": {"remoteJid": CHAT}}, "data.key.id is missing or empty"),
        ("READ", "data is missing or not an object"),
    ],
)
def test_an_update_of_no_message_is_for_an_operator_to_see(data: Any, reason: str) -> None:
    """Without an id there is nothing it could mean."""
    assert refusal(evolution_event(webhook("messages.update", data))) == reason


def test_updates_of_our_mailings_are_left_alone() -> None:
    """What was said to many at once is in no conversation, so nothing waits for its statuses."""
    assert facts_of(update(remoteJid="1795160000@broadcast", status="READ")) == (Ignored("broadcast_list"),)


def test_several_updates_in_one_event_are_all_told() -> None:
    """A list that the intake did not take apart says the same."""
    data = [{"keyId": "A1", "status": "READ"}, {"keyId": "A2", "status": 3}]
    assert facts_of(webhook("messages.update", data)) == (
        StatusFact("A1", "read", RECEIVED_AT),
        StatusFact("A2", "delivered", RECEIVED_AT),
    )
