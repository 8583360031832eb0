"""History, and chats that are not a person's own: what is stored without an alarm."""

from typing import Any

import pytest

from services.queue_worker.facts import Address, ChangeFact, Ignored, MessageFact
from tests.unit.interpretation.events import CHAT, LID, RECEIVED_AT, facts_of, message_of, upsert, webhook

EVERYTHING = ("groups", "statuses", "newsletters")
MARIA = (Address("phone", "5511955550001"), Address("jid", CHAT))
GROUP = "120363000000000001@g.us"
CHANNEL = "120363111111111111@newsletter"


def old(number: int, **fields: Any) -> dict[str, Any]:
    message = {"key": {"remoteJid": CHAT, "fromMe": False, "id": f"H{number}"}, "message": {"conversation": "oi"}}
    return {**message, "pushName": "5511955550001", "messageTimestamp": 1700000000 + number, **fields}


def test_every_message_of_a_history_is_told_quietly() -> None:
    """Each in its own time, alarming nobody; what a history says of other messages too."""
    reaction = old(3, message={"reactionMessage": {"key": {"id": "H1"}, "text": "👍"}})
    facts = facts_of(webhook("messages.set", [old(1), old(2), reaction], isLatest=True))
    assert [type(fact) for fact in facts] == [MessageFact, MessageFact, ChangeFact]
    assert all(fact.quiet for fact in facts if isinstance(fact, MessageFact))
    assert not any(fact.party.name for fact in facts if isinstance(fact, MessageFact))


def test_a_history_s_own_messages_are_no_echo_of_what_is_being_sent() -> None:
    """An old "bom dia" of ours is not the one that waits for its id."""
    key = {"remoteJid": CHAT, "fromMe": True, "id": "H1"}
    fact = message_of(webhook("messages.set", [old(1, key=key, status=None)]))
    assert (fact.sender_type, fact.echo, fact.delivery_status) == ("professional", False, "sent")


def test_a_history_names_who_spoke_in_a_group_beside_the_key() -> None:
    """`participant` stands beside the key there."""
    fact = message_of(webhook("messages.set", [old(1, key={"remoteJid": GROUP, "id": "H1"}, participant=LID)]))
    assert fact.metadata == {"participant": {"lid": LID}}


def test_messages_without_ids_in_one_list_stay_apart() -> None:
    """Each is named after its own place in the event."""
    nameless = {"remoteJid": CHAT, "id": ""}
    facts = facts_of(webhook("messages.set", [old(1, key=nameless), old(2, key=nameless)]))
    assert len({fact.provider_id for fact in facts if isinstance(fact, MessageFact)}) == 2


def test_an_empty_list_says_nothing() -> None:
    """The end of a history comes as one."""
    assert facts_of(webhook("messages.set", [])) == (Ignored("empty_list"),)


def test_a_status_goes_to_its_author_s_conversation_where_it_is_accepted() -> None:
    """Quietly, and marked as said to everybody."""
    key = {"remoteJid": "status@broadcast", "id": "S1", "participant": LID, "participantAlt": CHAT}
    fact = message_of(upsert(key=key), accepts=EVERYTHING)
    assert fact.party.addresses == (*MARIA, Address("lid", LID))
    assert (fact.party.name, fact.quiet, fact.metadata) == ("Maria", True, {"status_broadcast": True})
    assert facts_of(upsert(key={**key, "fromMe": True}), accepts=EVERYTHING) == (Ignored("status_broadcast"),)


def test_a_channel_is_a_quiet_conversation_where_it_is_accepted() -> None:
    """What is posted there is said to everybody, and to nobody in particular."""
    fact = message_of(upsert(key={"remoteJid": CHANNEL, "id": "N1"}), accepts=EVERYTHING)
    assert (fact.party.addresses, fact.party.name, fact.quiet) == ((Address("channel", CHANNEL),), None, True)


@pytest.mark.parametrize("event", ["messages.upsert", "messages.set", "send.message"])
def test_a_group_is_left_alone_where_it_is_not_accepted(event: str) -> None:
    """A source may be told to keep to people's own chats."""
    payload = upsert(key={"remoteJid": GROUP, "id": "A1", "participant": LID}, event=event)
    assert facts_of(payload, accepts=("statuses",)) == (Ignored("group"),)
    assert message_of(payload).party.addresses == (Address("group", GROUP),)


def test_a_person_s_own_chat_is_never_quiet() -> None:
    """Somebody waits for an answer."""
    assert not message_of(upsert(), accepts=EVERYTHING).quiet
    assert message_of(upsert(messageTimestamp=None)).timestamp == RECEIVED_AT
