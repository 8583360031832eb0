"""What is said of another message: reactions, edits, deletions, votes, the timer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.queue_worker.facts import ActionFact, Address, ChangeFact, Ignored, Party
from tests.unit.interpretation.events import (
    CHAT,
    LID,
    OWN,
    RECEIVED_AT,
    action_of,
    change_of,
    facts_of,
    only,
    upsert,
    webhook,
)

SAID_AT = datetime(2026, 11, 20, 9, 36, 41, tzinfo=UTC)
TARGET = {"id": "3EB0TARGET"}
GROUP = "120363000000000001@g.us"
ROW = {"id": "cmwosbwzh002l2l7dglman4la", "messageType": "conversation", "status": "DELETED", "instanceId": "8b61"}
MS = 1795167500123
EDITED_AT = datetime(2026, 11, 20, 9, 38, 20, 123000, tzinfo=UTC)


def key(**fields: Any) -> dict[str, Any]:
    return {"remoteJid": CHAT, "fromMe": False, "id": "3EB0ENVELOPE", **fields}


def edited(event: str = "messages.edited", **data: Any) -> dict[str, Any]:
    return webhook(event, {"key": {"remoteJid": CHAT, "fromMe": False, **TARGET}, **data})


def reaction(text: Any = "👍", **fields: Any) -> dict[str, Any]:
    return {"reactionMessage": {"key": TARGET, "text": text, **fields}}


@pytest.mark.parametrize(
    ("where", "slot"),
    [
        (key(), "them"),
        (key(fromMe=True), "me"),
        (key(remoteJid=LID), "them"),
        (key(remoteJid=GROUP, participant=LID, participantAlt=CHAT), "5511955550001"),
        (key(remoteJid=GROUP, participant=LID), LID),
        (key(remoteJid=GROUP, participant=LID, fromMe=True), "me"),
        (key(remoteJid=GROUP), "them"),
    ],
)
def test_a_reaction_replaces_only_its_author_s_earlier_one(where: dict[str, Any], slot: str) -> None:
    """Each side has one reaction; in a group each participant, by the surest name there is of them."""
    fact = change_of(upsert(reaction(), key=where))
    assert (fact.kind, fact.target, fact.slot, fact.value) == ("reaction", "3EB0TARGET", slot, "👍")


def test_a_reaction_through_the_api_is_ours() -> None:
    """What send.message reports was done by us."""
    assert change_of(upsert(reaction(), key=key(), event="send.message")).slot == "me"


@pytest.mark.parametrize("text", ["", None, 7])
def test_a_reaction_without_an_emoji_takes_it_back(text: Any) -> None:
    """WhatsApp removes a reaction by an empty one."""
    assert change_of(upsert(reaction(text))).value == ""


def test_a_reaction_has_its_sender_s_time_else_the_message_s_else_ours() -> None:
    """Where neither says when, ours loses against one that does."""
    own = change_of(upsert(reaction(senderTimestampMs=MS)))
    message_s = change_of(upsert(reaction()))
    none = change_of(upsert(reaction(), messageTimestamp=None))
    assert [(fact.timestamp, fact.dated) for fact in (own, message_s, none)] == [
        (EDITED_AT, True),
        (SAID_AT, True),
        (RECEIVED_AT, False),
    ]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ({"conversation": "novo"}, "novo"),
        ({"extendedTextMessage": {"text": "novo"}}, "novo"),
        ({"imageMessage": {"caption": "nova legenda"}}, "nova legenda"),
        ({"documentWithCaptionMessage": {"message": {"documentMessage": {"caption": "segue"}}}}, "segue"),
        ({"ephemeralMessage": {"message": {"conversation": "novo"}}}, "novo"),
        ({"editedMessage": {"message": {"conversation": "novo"}}}, "novo"),
        ({"conversation": "a" * 65_537}, "a" * 65_536),
    ],
)
def test_an_edit_gives_the_new_text(content: dict[str, Any], value: str) -> None:
    """The text, or the caption of a picture, in every shape an edit has."""
    assert change_of(edited(type=14, editedMessage=content, timestampMs=MS)).value == value


@pytest.mark.parametrize("event", ["messages.edited", "send.message.update"])
@pytest.mark.parametrize("kind", [14, "14", "MESSAGE_EDIT", None], ids=repr)
def test_an_edit_is_known_by_number_and_by_name(event: str, kind: Any) -> None:
    """Versions write the protocol's number or its name; an edited message alone shows it too."""
    fact = change_of(edited(event, type=kind, editedMessage={"conversation": "x"}, timestampMs=MS))
    assert (fact.kind, fact.target, fact.timestamp, fact.dated) == ("edit", "3EB0TARGET", EDITED_AT, True)


def test_every_version_of_a_text_has_a_slot_of_its_own() -> None:
    """Two edits of one moment are two versions, and one edit told twice is one."""

    def slot(text: str, ms: int | None) -> str:
        return change_of(edited(type=14, editedMessage={"conversation": text}, timestampMs=ms)).slot

    assert len({slot("um", MS), slot("dois", MS), slot("um", MS + 1)}) == 3
    assert slot("um", MS) == slot("um", MS)
    assert slot("um", None) == slot("dois", None) == "undated"


@pytest.mark.parametrize("content", [None, {}, {"imageMessage": {}}, {"conversation": "  "}, {"encrypted": {}}, 7])
def test_an_edit_without_a_readable_text_is_left_alone(content: Any) -> None:
    """New-style edits come encrypted: the text that is there stays."""
    assert facts_of(edited(type=14, editedMessage=content)) == (Ignored("edit_without_content"),)


@pytest.mark.parametrize("where", [{"remoteJid": OWN, "fromMe": True}, {}, {"remoteJid": "nobody"}])
def test_an_edit_is_found_by_its_target_s_id_alone(where: dict[str, Any]) -> None:
    """Versions up to 2.2.3 name us as the author of a contact's edit, in a chat with ourselves."""
    data = {"key": {**where, **TARGET}, "type": "MESSAGE_EDIT", "editedMessage": {"conversation": "x"}}
    assert change_of(webhook("messages.edited", data)).target == "3EB0TARGET"


@pytest.mark.parametrize("kind", [0, "REVOKE"])
def test_a_revoked_message_is_deleted(kind: Any) -> None:
    """The event is named after edits, and comes without a time."""
    assert change_of(edited(type=kind)) == ChangeFact("3EB0TARGET", "delete", "", RECEIVED_AT, dated=False)


def test_nothing_is_deleted_on_a_guess() -> None:
    """A protocol message that doesn't say what it is has no effect, nor has one of another kind."""
    assert (
        facts_of(edited()) == facts_of(edited(type=5)) == facts_of(edited(type="?")) == (Ignored("protocol_message"),)
    )


def test_a_target_without_an_id_is_nobody_s() -> None:
    """An edit, a deletion, a reaction and a vote of nothing in particular are left alone, each with its reason."""
    edit = {"key": {}, "type": 14, "editedMessage": {"conversation": "x"}}
    assert facts_of(webhook("messages.edited", edit)) == (Ignored("edit_without_target"),)
    assert facts_of(webhook("messages.edited", {"type": 0})) == (Ignored("deletion_without_target"),)
    assert facts_of(upsert({"reactionMessage": {"text": "👍"}})) == (Ignored("reaction_without_target"),)
    assert facts_of(upsert({"pollUpdateMessage": {"vote": {}}})) == (Ignored("vote_without_target"),)


@pytest.mark.parametrize(
    "wrap", [lambda inner: {"editedMessage": {"message": inner}}, lambda inner: inner], ids=["v1", "bare"]
)
def test_a_change_inside_a_message_has_the_message_s_time(wrap: Any) -> None:
    """v1 sends edits and deletions as messages: what doesn't say when it was made was made when it was sent."""
    edit = {"protocolMessage": {"key": TARGET, "type": 14, "editedMessage": {"conversation": "x"}}}
    revoke = {"protocolMessage": {"key": TARGET, "type": 0}}
    assert (change_of(upsert(wrap(edit))).kind, change_of(upsert(wrap(edit))).timestamp) == ("edit", SAID_AT)
    assert change_of(upsert(wrap(revoke))) == ChangeFact("3EB0TARGET", "delete", "", SAID_AT)


def test_an_edit_wrapped_as_a_message_in_an_edit_event_is_understood() -> None:
    """Whatever stands around it, the protocol message is what counts."""
    protocol = {"key": TARGET, "type": 14, "editedMessage": {"conversation": "x"}, "timestampMs": str(MS)}
    for message in ({"protocolMessage": protocol}, {"editedMessage": {"message": {"protocolMessage": protocol}}}):
        assert change_of(webhook("messages.edited", {"key": key(), "message": message})).target == "3EB0TARGET"


def test_an_edited_message_that_names_no_target_is_left_alone() -> None:
    """The envelope's id is another message's."""
    assert facts_of(upsert({"editedMessage": {"message": {"conversation": "novo"}}})) == (
        Ignored("edit_without_target"),
    )


def test_the_timer_of_a_chat_is_an_action() -> None:
    """Who reads the conversation sees that messages disappear from now on."""
    protocol = {"type": 3, "ephemeralExpiration": 86400}
    party = Party((Address("phone", "5511955550001"), Address("jid", CHAT)))
    assert only(facts_of(upsert({"protocolMessage": protocol}))) == ActionFact(
        party, "disappearing_timer_changed", {"seconds": 86400}, SAID_AT, "timer:3EB0A1"
    )
    told = action_of(webhook("messages.edited", {"key": {"remoteJid": CHAT}, **protocol}))
    assert (told.party, told.action_data, told.timestamp) == (party, {"seconds": 86400}, RECEIVED_AT)


def test_the_timer_of_a_chat_that_is_not_named_is_left_alone() -> None:
    """Where the key names ourselves nobody knows which chat was meant."""
    data = {"key": {"remoteJid": OWN, "fromMe": True, "id": "A"}, "type": "EPHEMERAL_SETTING"}
    assert facts_of(webhook("messages.edited", data)) == (Ignored("timer_without_chat"),)


def vote(selected: Any, **fields: Any) -> dict[str, Any]:
    return {"pollUpdateMessage": {"pollCreationMessageKey": TARGET, "vote": {"selectedOptions": selected}, **fields}}


def test_a_vote_is_what_somebody_has_chosen_now() -> None:
    """Decrypted by 2.3.7: the options by name, in place of the voter's earlier ones."""
    fact = change_of(upsert(vote(["Manha", "Tarde"], senderTimestampMs=MS)))
    assert fact == ChangeFact(
        "3EB0TARGET", "vote", "them", EDITED_AT, value="Manha, Tarde", data={"options": ["Manha", "Tarde"]}
    )


def test_a_vote_taken_back_chooses_nothing() -> None:
    """An empty choice is one too."""
    fact = change_of(upsert(vote([]), key=key(fromMe=True)))
    assert (fact.slot, fact.value, fact.data) == ("me", None, {"options": []})


@pytest.mark.parametrize("selected", [None, [{"0": 12}], "Manha", [1]])
def test_a_vote_that_cannot_be_read_is_left_alone(selected: Any) -> None:
    """Older versions pass on hashes, or nothing."""
    assert facts_of(upsert(vote(selected))) == (Ignored("vote_encrypted"),)


def test_a_vote_may_stand_beside_its_message() -> None:
    """2.3.7 writes it there too: the options that have a voter are the chosen ones."""
    updates = [{"name": "Manha", "voters": [CHAT]}, {"name": "Tarde", "voters": []}]
    assert change_of(upsert(vote([{"0": 1}]), pollUpdates=updates)).data == {"options": ["Manha"]}
    assert facts_of(upsert(vote(None), pollUpdates=updates[1:])) == (Ignored("vote_encrypted"),)


@pytest.mark.parametrize(
    "data",
    [
        {"remoteJid": CHAT, "fromMe": False, **TARGET},
        {"remoteJid": CHAT, "fromMe": False, "status": "DELETED", **TARGET},
        {**ROW, "key": {"remoteJid": CHAT, **TARGET}, "message": {"conversation": "apagada"}},
    ],
    ids=["flat key", "2.3.7", "row"],
)
def test_a_deleted_message_is_found_in_both_shapes(data: dict[str, Any]) -> None:
    """A deletion on a phone tells the key; one through the API tells Evolution's row, whose own id is another."""
    assert change_of(webhook("messages.delete", data)) == ChangeFact(
        "3EB0TARGET", "delete", "", RECEIVED_AT, dated=False
    )


@pytest.mark.parametrize(
    ("jid", "reason"),
    [
        (GROUP, "group"),
        ("status@broadcast", "status_broadcast"),
        ("120363111111111111@newsletter", "newsletter"),
    ],
)
def test_changes_follow_their_chat(jid: str, reason: str) -> None:
    """In a chat that a source takes no part in, nothing changes either."""
    where = {"remoteJid": jid, "participant": CHAT, "fromMe": False, **TARGET}
    changes = [
        upsert(reaction(), key=where),
        webhook("messages.edited", {"key": where, "type": 14, "editedMessage": {"conversation": "x"}}),
        webhook("messages.delete", where),
        webhook("messages.update", {**where, "keyId": "3EB0TARGET", "status": "READ"}),
    ]
    for payload in changes:
        assert facts_of(payload, accepts=()) == (Ignored(reason),)
        [accepted] = facts_of(payload, accepts=("groups", "statuses", "newsletters"))
        assert not isinstance(accepted, Ignored)
