"""Evolution's messages: whose they are, in which chat, and when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.queue_worker.facts import Address, DeliveryStatus, Ignored
from services.queue_worker.interpretation.interpret import interpret
from tests.unit.interpretation.events import (
    CHAT,
    DIGEST,
    LID,
    OWN,
    RECEIVED_AT,
    evolution_event,
    message_of,
    recorded,
    refusal,
    upsert,
)

PHONE = Address("phone", "5511955550001")
JID = Address("jid", CHAT)


def ours(**key: Any) -> dict[str, Any]:
    return upsert(key={"remoteJid": CHAT, "fromMe": True, "id": "3EB0A2", **key}, pushName="Loja")


def test_instance_speaks_only_through_its_own_token() -> None:
    """A webhook whose instance is not the token's is refused, whatever it says."""
    assert refusal(evolution_event(upsert(), "outra")) == "instance does not belong to this token"


def test_instance_may_be_named_anything() -> None:
    """Instance names are free text and compared as they are."""
    assert refusal(evolution_event({**upsert(), "instance": "+55 11 Clínica 🏥"}, "+55 11 Clínica 🏥")) is None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ([], "the event is missing or not an object"),
        ({**upsert(), "event": 7}, "event is missing or not a string"),
        ({**upsert(), "data": None}, "data is missing or not an object"),
        ({**upsert(), "data": [{}, {}]}, "data.key is missing or not an object"),
        (upsert(key="3EB0"), "data.key is missing or not an object"),
        (upsert(key={"id": "A1"}), "data.key.remoteJid is missing or not a string"),
        (upsert(key={"remoteJid": "someone@example.com"}), "data.key.remoteJid names neither a person nor a group"),
        (upsert(key={"remoteJid": "friends@g.us"}), "data.key.remoteJid is not the id of a group"),
        (upsert(key={"remoteJid": "1795160000@broadcast"}), "data.key.participant has no usable address"),
        (upsert(key={"remoteJid": CHAT, "fromMe": "no"}), "data.key.fromMe is not a boolean"),
        (upsert(key={"remoteJid": CHAT, "id": 7}), "data.key.id is not a string"),
        (upsert(key={"remoteJid": CHAT, "id": "A" * 256}), "data.key.id is longer than 255 characters"),
        (upsert([]), "data.message is missing or not an object"),
        (upsert({"conversation": 7}), "data.message.conversation is not a string"),
        (upsert({"imageMessage": "cat"}), "data.message.imageMessage is missing or not an object"),
    ],
)
def test_unexpected_shape_is_named(payload: Any, reason: str) -> None:
    """What is not understood is refused with the field at fault, and nothing of what it holds."""
    if isinstance(payload, list):
        assert refusal(evolution_event(payload)) == reason
    else:
        assert refusal(evolution_event(payload, payload["instance"])) == reason


def test_single_message_in_a_list_is_understood() -> None:
    """A list around the one message is tolerated."""
    payload = upsert()
    assert message_of({**payload, "data": [payload["data"]]}).content == "oi"


@pytest.mark.parametrize("event", ["something.new", "no spaces please"])
def test_unknown_event_is_for_an_operator_to_see(event: str) -> None:
    """An event that no version is known to send is refused, so that it is seen among the dead letters."""
    assert refusal(evolution_event(upsert(event=event))) == "no version of Evolution API is known to send this event"


@pytest.mark.parametrize("event", ["MESSAGES_UPSERT", "messages-upsert", "Messages_Upsert"])
def test_event_name_is_understood_in_every_spelling(event: str) -> None:
    """The subscription's and the address's spellings of an event mean that event."""
    assert message_of(upsert(event=event)).content == "oi"


def test_missing_id_is_replaced_by_the_digest() -> None:
    """A message without an id of its own is named after its event, so that a retry is the same message."""
    assert message_of(upsert(key={"remoteJid": CHAT, "id": ""})).provider_id == f"digest:{DIGEST}"


@pytest.mark.parametrize(
    "alias",
    [{"remoteJidAlt": LID}, {"senderLid": LID}, {"previousRemoteJid": LID}, {"senderLid": LID, "senderPn": CHAT}],
)
def test_lid_is_learned_from_every_version(alias: dict[str, str]) -> None:
    """Wherever a version puts the contact's LID, the contact becomes reachable under it."""
    fact = message_of(upsert(key={"remoteJid": CHAT, "id": "A1", **alias}))
    assert fact.party.addresses == (PHONE, JID, Address("lid", LID))


@pytest.mark.parametrize("alias", ["remoteJidAlt", "senderPn", "previousRemoteJid"])
def test_phone_is_learned_for_a_lid_chat(alias: str) -> None:
    """Wherever a version puts the contact's number, it comes first."""
    fact = message_of(upsert(key={"remoteJid": LID, "id": "A1", alias: CHAT}))
    assert fact.party.addresses == (PHONE, JID, Address("lid", LID))


def test_alias_that_names_somebody_else_is_left_out() -> None:
    """A second, different number in a key never joins two people."""
    fact = message_of(upsert(key={"remoteJid": CHAT, "id": "A1", "senderPn": "5521988887777@s.whatsapp.net"}))
    assert fact.party.addresses == (PHONE, JID)


@pytest.mark.parametrize(
    "alias", [{"senderPn": OWN}, {"senderLid": LID}, {"remoteJidAlt": OWN}, {"remoteJidAlt": LID}, {"senderPn": CHAT}]
)
def test_our_own_address_never_becomes_the_contact_s(alias: dict[str, str]) -> None:
    """On a message of ours, what describes its sender describes us and is not taken for the contact's."""
    assert message_of(ours(**alias)).party.addresses == (PHONE, JID)


def test_our_message_to_a_lid_chat_learns_the_contact_s_number() -> None:
    """A number beside the LID we write to is the contact's, unless it is our own."""
    assert message_of(ours(remoteJid=LID, remoteJidAlt=CHAT)).party.addresses == (PHONE, JID, Address("lid", LID))
    assert message_of(ours(remoteJid=LID, remoteJidAlt=OWN)).party.addresses == (Address("lid", LID),)


def test_chat_overwritten_with_our_own_number_is_found_again() -> None:
    """Where 2.3.1 put our number over the chat, the chat is the one it moved aside."""
    assert message_of(ours(remoteJid=OWN, previousRemoteJid=LID)).party.addresses == (Address("lid", LID),)


def test_note_to_self_is_a_chat_with_ourselves() -> None:
    """A message to our own number stays in the chat with that number."""
    assert message_of(ours(remoteJid=OWN)).party.addresses[0] == Address("phone", "5511900000001")


def test_group_is_the_party_and_the_speaker_is_told() -> None:
    """In a group the conversation is the group's; who spoke is beside the message."""
    key = {"remoteJid": "5511955550001-1600000000@g.us", "id": "A1", "participant": LID, "participantAlt": CHAT}
    fact = message_of(upsert(key=key))
    assert fact.party.addresses == (Address("group", "5511955550001-1600000000@g.us"),)
    assert (fact.party.name, fact.sender_name) == (None, "Maria")
    assert fact.metadata["participant"] == {"phone": "5511955550001", "jid": CHAT, "lid": LID}


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ({"remoteJid": "status@broadcast", "participant": CHAT}, "status_broadcast"),
        ({"remoteJid": "120363111111111111@newsletter"}, "newsletter"),
        ({"remoteJid": "867051314767696@bot"}, "bot"),
        ({"remoteJid": "1795160000@broadcast", "fromMe": True}, "broadcast_list"),
    ],
)
def test_what_is_no_conversation_is_left_alone(key: dict[str, Any], reason: str) -> None:
    """Statuses, channels, bots and our own mailings belong to no one's conversation."""
    assert interpret(evolution_event(upsert(key={"id": "A1", **key}))) == (Ignored(reason),)


@pytest.mark.parametrize("name", [None, "", "  ", "5511955550001", "+55 11 95555-0001", "201122334455667", "Você", 7])
def test_what_is_no_name_is_not_taken_for_one(name: Any) -> None:
    """A number, nothing, or Evolution's word for ourselves never becomes a contact's name."""
    fact = message_of(upsert(pushName=name))
    assert (fact.party.name, fact.sender_name) == (None, None)


def test_our_name_never_becomes_the_contact_s() -> None:
    """The name on a message of ours is who sent it."""
    fact = message_of(ours())
    assert (fact.party.name, fact.sender_name, fact.sender_type, fact.echo) == (None, "Loja", "professional", True)


def test_long_name_is_cut_and_cleaned() -> None:
    """A name fits its column and holds nothing Postgres refuses."""
    assert message_of(upsert(pushName="\x00 a" + "b" * 300)).party.name == "a" + "b" * 254


def test_sent_message_is_ours_whatever_its_key_says() -> None:
    """What `send.message` reports was sent by us."""
    assert message_of(upsert(event="send.message")).sender_type == "professional"


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("PENDING", "pending"),
        ("SERVER_ACK", "sent"),
        ("SENT", "sent"),
        ("DELIVERY_ACK", "delivered"),
        ("DELIVERED", "delivered"),
        ("READ", "read"),
        ("PLAYED", "played"),
        ("ERROR", "failed"),
        ("FAILED", "failed"),
        (0, "failed"),
        (1, "pending"),
        ("3", "delivered"),
        (5, "played"),
        (None, "sent"),
        ("DELETED", "sent"),
        (-1, "sent"),
        (6, "sent"),
        ({}, "sent"),
    ],
)
def test_status_of_our_message_is_understood(status: Any, meaning: DeliveryStatus) -> None:
    """Each vocabulary's word for how far a message of ours has come is understood; without one it has been sent."""
    payload = ours()
    assert message_of({**payload, "data": {**payload["data"], "status": status}}).delivery_status == meaning


def test_contact_s_message_has_been_delivered() -> None:
    """A message we have received has arrived, whatever its status field says."""
    assert message_of(upsert(status="ERROR")).delivery_status == "delivered"


@pytest.mark.parametrize(
    "timestamp",
    [1795167401, "1795167401", 1795167401000, "1795167401000", 1795167401.0, {"low": 1795167401, "high": 0}],
    ids=repr,
)
def test_event_s_own_time_wins(timestamp: Any) -> None:
    """The message's time is understood in every way it is written."""
    assert message_of(upsert(messageTimestamp=timestamp)).timestamp == datetime(2026, 11, 20, 9, 36, 41, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [None, 0, -5, "soon", True, 4102444800, 10**40, float("inf"), {"low": 1}, []])
def test_absurd_time_is_replaced_by_the_reception(timestamp: Any) -> None:
    """A message without a sensible time was said when we received it, not when Evolution's local clock says."""
    assert message_of({**upsert(messageTimestamp=timestamp), "date_time": "2020-01-01"}).timestamp == RECEIVED_AT


def test_reply_is_found_in_the_content_too() -> None:
    """The message answered is found beside the content or inside it, even in an envelope."""
    context = {"stanzaId": "3EB0ASKED", "isForwarded": True, "mentionedJid": [LID, LID, 7]}
    inside = {"ephemeralMessage": {"message": {"extendedTextMessage": {"text": "sim", "contextInfo": context}}}}
    fact = message_of(upsert(inside))
    assert (fact.content, fact.reply_to) == ("sim", "3EB0ASKED")
    assert fact.metadata == {"mentions": [LID], "forwarded": True}


def test_inner_webhook_of_an_n8n_item_lacks_its_chat() -> None:
    """A message that names no chat is refused."""
    body = recorded("148_n8n-item_n8n_webhook_item")["body"]
    assert refusal(evolution_event(body)) == "data.key.remoteJid is missing or not a string"


def test_our_own_number_joins_nobody_where_it_is_not_known() -> None:
    """A body without `sender` (before pairing, other channels, filled-in history): the chat is known by its LID alone."""
    swapped = {"remoteJid": OWN, "previousRemoteJid": LID, "fromMe": True, "id": "A"}
    aliased = {"remoteJid": LID, "remoteJidAlt": OWN, "fromMe": True, "id": "B"}
    for key in (swapped, aliased):
        payload = upsert(key=key)
        del payload["sender"]
        assert message_of(payload).party.addresses == (Address("lid", LID),)
