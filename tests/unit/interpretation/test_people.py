"""Who people and groups are."""

from typing import Any

import pytest

from services.queue_worker.facts import Address, ContactFact, Ignored, Party
from tests.unit.interpretation.events import CHAT, LID, OWN, RECEIVED_AT, contact_of, facts_of, webhook

MARIA = (Address("phone", "5511955550001"), Address("jid", CHAT))
GROUP = "120363000000000001@g.us"
CHANNEL = "120363111111111111@newsletter"
PICTURE = "https://pps.whatsapp.net/v/t61?oh=1"
NO_NEWS = Ignored("contact_without_news", keep=False)
CONTACTS = ("contacts.upsert", "contacts.update", "contacts.set")
CHATS = ("chats.upsert", "chats.update", "chats.set")


@pytest.mark.parametrize("event", CONTACTS)
@pytest.mark.parametrize(
    "data",
    [
        {"remoteJid": CHAT, "pushName": "Maria", "profilePicUrl": PICTURE, "instanceId": "8b61"},
        [{"id": CHAT, "pushName": "Maria", "profilePictureUrl": PICTURE, "owner": "loja-01"}],
    ],
    ids=["v2", "v1"],
)
def test_a_contact_has_a_name_and_a_picture(event: str, data: Any) -> None:
    """In v1's words and in v2's."""
    assert contact_of(webhook(event, data)) == ContactFact(Party(MARIA, "Maria"), RECEIVED_AT, PICTURE)


@pytest.mark.parametrize("name", [None, "", "Você", "5511955550001", "201122334455667", 7])
def test_what_is_no_name_is_no_news(name: Any) -> None:
    """Numbers, nothing and Evolution's word for ourselves name nobody; alone they are not worth keeping."""
    assert facts_of(webhook("contacts.update", {"remoteJid": CHAT, "pushName": name, "profilePicUrl": None})) == (
        NO_NEWS,
    )


@pytest.mark.parametrize(
    "picture", ["http://pps.whatsapp.net/x", "javascript:alert(1)", "https://x/" + "a" * 2_048, "", 7, {}]
)
def test_only_a_secure_picture_is_taken(picture: Any) -> None:
    """A browser will load it: nothing but https, of a length that fits."""
    data = {"remoteJid": CHAT, "pushName": "Maria", "profilePicUrl": picture}
    assert contact_of(webhook("contacts.update", data)).picture_url is None


def test_v1_s_name_in_a_single_contact_may_be_our_own() -> None:
    """It is written with every message, ours too, as the sender's name: only a list is to be believed."""
    contact = {"id": CHAT, "pushName": "Clínica", "profilePictureUrl": PICTURE}
    assert contact_of(webhook("contacts.update", contact)).party.name is None
    assert contact_of(webhook("contacts.update", contact, from_list=True)).party.name == "Clínica"


def test_a_group_is_not_named_after_who_spoke_in_it() -> None:
    """With every message in a group its contact is told under the speaker's name; its subject comes in lists."""
    contact = {"remoteJid": GROUP, "pushName": "Ana", "profilePicUrl": PICTURE}
    group = (Address("group", GROUP),)
    assert contact_of(webhook("contacts.update", contact)).party == Party(group)
    assert contact_of(webhook("contacts.update", [contact])).party == Party(group, "Ana")


def test_a_contact_s_lid_and_number_are_told_together() -> None:
    """Where both are given, one person has both."""
    data = {"remoteJid": LID, "phoneNumber": CHAT, "id": "cmx"}
    assert contact_of(webhook("contacts.update", data)).party.addresses == (*MARIA, Address("lid", LID))


@pytest.mark.parametrize("data", [{"pushName": "Maria"}, {"remoteJid": "?", "pushName": "M"}, {"id": "5511955550001"}])
def test_a_contact_without_an_address_is_nobody(data: dict[str, Any]) -> None:
    """The Cloud channel tells a name alone; an `id` without a domain is a row's."""
    assert facts_of(webhook("contacts.upsert", data)) == (Ignored("contact_without_address"),)


@pytest.mark.parametrize("event", CHATS)
def test_a_named_chat_names_its_contact(event: str) -> None:
    """A name the phone has for somebody is known from then on; no conversation is opened."""
    assert contact_of(webhook(event, {"remoteJid": CHAT, "name": "Maria", "unreadMessages": 2})) == ContactFact(
        Party(MARIA, "Maria"), RECEIVED_AT
    )


@pytest.mark.parametrize("event", CHATS)
@pytest.mark.parametrize(
    "data",
    [
        {"remoteJid": CHAT, "unreadMessages": 5},
        {"remoteJid": CHAT, "name": ""},
        {"remoteJid": CHAT, "name": "5511955550001"},
        {"id": CHAT, "owner": "loja-01"},
        {"id": "cmx0001", "name": "Maria"},
    ],
)
def test_what_a_phone_has_not_shown_is_its_own_matter(event: str, data: dict[str, Any]) -> None:
    """Unread counters, archived chats and rows without an address change nothing and are not kept."""
    assert facts_of(webhook(event, data)) == (Ignored("chat_state", keep=False),)


@pytest.mark.parametrize("data", [[CHAT], [], None, {"remoteJid": CHAT}])
def test_a_chat_deleted_on_the_phone_stays_with_us(data: Any) -> None:
    """Our record is not the phone's to delete."""
    assert facts_of(webhook("chats.delete", data)) == (Ignored("chat_deleted_on_phone"),)


@pytest.mark.parametrize("event", ["groups.upsert", "groups.update", "GROUPS_UPDATE"])
def test_a_group_is_called_by_its_subject(event: str) -> None:
    """A number can be one too."""
    data = [{"id": GROUP, "subject": "2026", "owner": LID, "participants": [{"id": LID}]}]
    assert contact_of(webhook(event, data)) == ContactFact(Party((Address("group", GROUP),), "2026"), RECEIVED_AT)


@pytest.mark.parametrize("data", [{"id": GROUP, "announce": True}, {"id": "x", "subject": "Turma"}, {}])
def test_a_group_without_a_subject_or_an_address_is_left_alone(data: dict[str, Any]) -> None:
    """Other settings of a group have no meaning here."""
    assert facts_of(webhook("groups.update", data)) == (Ignored("group_without_subject"),)


@pytest.mark.parametrize(
    ("jid", "reason"), [(GROUP, "group"), (CHANNEL, "newsletter"), ("status@broadcast", "status_broadcast")]
)
def test_who_is_who_follows_what_a_source_takes_part_in(jid: str, reason: str) -> None:
    """Nobody is remembered from chats that are left out."""
    for event, data in (
        ("contacts.update", {"remoteJid": jid, "pushName": "x"}),
        ("chats.upsert", {"remoteJid": jid, "name": "x"}),
        ("groups.update", {"id": jid, "subject": "x"}),
    ):
        assert facts_of(webhook(event, data), accepts=()) == (Ignored(reason),)


def test_a_channel_that_is_taken_part_in_has_a_name() -> None:
    """It is a conversation like any other, but for its silence."""
    fact = contact_of(webhook("chats.upsert", {"remoteJid": CHANNEL, "name": "Notícias"}), accepts=("newsletters",))
    assert fact.party == Party((Address("channel", CHANNEL),), "Notícias")


def test_our_own_card_is_our_own() -> None:
    """We are a contact of ourselves too."""
    data = {"remoteJid": OWN, "pushName": "Clínica"}
    assert contact_of(webhook("contacts.update", data)).party.addresses[0] == Address("phone", "5511900000001")
