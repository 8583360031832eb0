"""Two contacts found to be one person."""

import json
from typing import Any

import pytest

from services.queue_worker.sending.way_out import find_chat
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from tests.factories import evolution_message, jid, n8n_message
from tests.integration.queue_worker.queue_rows import Owner, dead, enqueue, queued
from tests.integration.queue_worker.working import (
    columns,
    conversation,
    conversations,
    identities,
    messages,
    outbox,
    process,
)

PHONE, LID = "5511955550001", "201122334455667@lid"


def by_phone(provider_id: str, at: float, **fields: Any) -> dict[str, Any]:
    return evolution_message(provider_id, f"de {provider_id}", phone=PHONE, at=at, **fields)


def by_lid(provider_id: str, at: float, **fields: Any) -> dict[str, Any]:
    key = {"remoteJid": LID, "fromMe": False, "id": provider_id}
    return evolution_message(provider_id, f"de {provider_id}", key=key, at=at, **fields)


def by_both(provider_id: str, at: float, **fields: Any) -> dict[str, Any]:
    key = {"remoteJid": jid(PHONE), "remoteJidAlt": LID, "fromMe": False, "id": provider_id}
    return evolution_message(provider_id, f"de {provider_id}", key=key, at=at, **fields)


async def test_everything_said_to_either_is_one_conversation_in_its_order(owner: Owner, worker_pool: Pool) -> None:
    """Messages keep their times and fall into their places; what was unread in both is unread, and nobody is doubled."""
    await process(worker_pool, by_phone("A", 1, name="Maria"))
    await process(worker_pool, by_lid("B", 2, name=None), by_lid("D", 4, name=None))
    assert len(conversations(owner)) == 2

    await process(worker_pool, by_both("C", 3, name=None))

    assert columns(messages(owner), "provider_id") == [("A",), ("B",), ("C",), ("D",)]
    shown = conversation(owner)
    assert (shown["unread_count"], shown["last_message"], shown["name"]) == (4, "de D", "Maria")
    assert identities(owner) == {"Maria": {f"phone:{PHONE}", f"jid:{jid(PHONE)}", f"lid:{LID}"}}


async def test_a_merge_is_audited_and_told_and_the_old_id_leads_on(owner: Owner, worker_pool: Pool) -> None:
    """Agents with the other conversation open are sent on; an auditor finds what was joined."""
    await process(worker_pool, by_phone("A", 1))
    await process(worker_pool, by_lid("B", 2))
    home, gone = (str(row["id"]) for row in conversations(owner))
    owner.execute("TRUNCATE outbox")

    await process(worker_pool, by_both("C", 3))

    [entry] = owner.execute("SELECT action, subject_type, data FROM audit_log").fetchall()
    assert (entry["action"], entry["data"]["conversation"]) == ("contact.merged", gone)
    [link] = owner.execute("SELECT from_conversation_id, into_conversation_id FROM conversation_merges").fetchall()
    assert link == {"from_conversation_id": int(gone), "into_conversation_id": int(home)}
    told = {(e["channel"], e["event"]["type"]): e["event"]["data"] for e in outbox(owner)}
    assert told[f"conversa:{gone}", "conversation:updated"]["merged_into"] == home
    deleted = [e["event"]["data"] for e in outbox(owner) if e["event"]["data"].get("eventType") == "deleted"]
    assert [(data["conversationId"], data["mergedInto"]) for data in deleted] == [(gone, home)]
    assert deleted[0]["version"] == told[f"conversa:{gone}", "conversation:updated"]["version"] > 1
    assert told[f"conversa:{home}", "conversation:updated"]["version"] > 1


async def test_what_agents_decided_survives(owner: Owner, worker_pool: Pool) -> None:
    """Urgent stays urgent, whose it was stays theirs, what waits to be sent is sent, actions and external ids stay."""
    await process(worker_pool, by_phone("A", 1))
    await process(worker_pool, by_lid("B", 2))
    home, gone = (row["id"] for row in conversations(owner))
    owner.execute(
        "UPDATE conversations SET priority = 'urgent', assigned_to = 1, external_id = 'ext-1', status = 'archived'"
        " WHERE id = %s",
        [gone],
    )
    owner.execute(
        "INSERT INTO conversation_actions (clinic_id, conversation_id, action_type) VALUES (1, %s, 'x')", [gone]
    )
    enqueue(owner, {"message_id": "1"}, message_type="send.text", ordering_key=f"conversation:{gone}")

    await process(worker_pool, by_both("C", 3))

    shown = conversation(owner)
    assert (shown["id"], shown["priority"], shown["assigned_to"]) == (home, "urgent", 1)
    assert (shown["external_id"], shown["status"]) == ("ext-1", "active")
    assert owner.execute("SELECT conversation_id FROM conversation_actions").fetchall() == [{"conversation_id": home}]
    assert [row["ordering_key"] for row in queued(owner)] == [f"conversation:{home}"]


async def test_the_same_clients_id_in_both_costs_no_message(owner: Owner, worker_pool: Pool) -> None:
    """Two agents' programs may count alike."""
    await process(worker_pool, by_phone("A", 1))
    await process(worker_pool, by_lid("B", 2))
    owner.execute("UPDATE messages SET client_message_id = '1'")

    await process(worker_pool, by_both("C", 3))

    assert len(messages(owner)) == 3
    assert dead(owner) == []


async def test_a_contact_without_a_conversation_is_merged_too(owner: Owner, worker_pool: Pool) -> None:
    """The phone's address book named the LID before anybody wrote: the name stays, the conversation is the other's."""
    book = {"event": "contacts.upsert", "instance": "demo-wa", "data": {"remoteJid": LID, "pushName": "Maria Souza"}}
    await process(worker_pool, book)
    await process(worker_pool, by_phone("A", 1, name=None))
    assert len(conversations(owner)) == 1

    await process(worker_pool, by_both("C", 3, name=None))

    assert (conversation(owner)["name"], conversation(owner)["unread_count"]) == ("Maria Souza", 2)
    assert owner.execute("SELECT count(*) AS n FROM contacts").fetchone() == {"n": 1}


@pytest.mark.parametrize("first", ["name", "phone"])
async def test_an_integrations_conversation_joins_the_patient_it_names_later(
    owner: Owner, worker_pool: Pool, first: str
) -> None:
    """A workflow that knew only its own id says the phone at last; nothing but that id was known of its conversation."""
    named = n8n_message("só o id", conversation_id="5511965860124551150391104", phone=None, external_id="N1")
    told = [named, by_phone("A", 1)]
    for body in told if first == "name" else reversed(told):
        source = {"source_id": 2, "kind": "n8n"} if body is named else {}
        await process(worker_pool, body, **source)

    both = n8n_message("os dois", conversation_id="5511965860124551150391104", phone=PHONE, external_id="N2")
    await process(worker_pool, both, source_id=2, kind="n8n")

    assert len(messages(owner)) == 3
    assert conversation(owner)["external_id"] == "5511965860124551150391104"


async def test_an_integrations_id_never_joins_two_patients(owner: Owner, worker_pool: Pool) -> None:
    """Other systems count their conversations from 1 too: a number that contradicts is believed, and nobody is merged."""
    await process(worker_pool, by_lid("B", 2), by_phone("A", 1))
    lid_conversation = next(row["id"] for row in conversations(owner) if row["phone"] is None)

    told = n8n_message("de outro", conversation_id=str(lid_conversation), phone=PHONE, external_id="N1")
    await process(worker_pool, told, source_id=2, kind="n8n")

    assert len(conversations(owner)) == 2
    [said] = [row for row in messages(owner) if row["provider_id"] == "N1"]
    assert said["conversation_id"] != lid_conversation


async def test_an_integration_that_knows_the_old_id_finds_the_conversation(owner: Owner, worker_pool: Pool) -> None:
    """A workflow that was told our own id before the merge goes on using it."""
    await process(worker_pool, by_phone("A", 1))
    await process(worker_pool, by_lid("B", 2))
    home, gone = (row["id"] for row in conversations(owner))
    await process(worker_pool, by_both("C", 3))

    told = n8n_message("resumo", conversation_id=str(gone), phone=None, external_id="N1", sender_type="ai")
    await process(worker_pool, told, source_id=2, kind="n8n")

    assert (conversation(owner)["id"], len(messages(owner))) == (home, 4)


async def test_two_integrations_that_count_from_one_join_nobody(owner: Owner, worker_pool: Pool) -> None:
    """Each has its own conversation 7; an id that cannot be a count is one and the same to both."""
    other = owner.execute(
        "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (1, 'n8n', 'outro', sha256('outro')) RETURNING id"
    ).fetchone()
    assert other is not None
    big = "5511965860124551150391104"
    told = [(2, "7", "A"), (other["id"], "7", "B"), (2, big, "C"), (other["id"], big, "D")]
    for source, name, provider_id in told:
        body = n8n_message("oi", conversation_id=name, phone=None, external_id=provider_id)
        await process(worker_pool, body, source_id=source, kind="n8n")

    homes = {row["provider_id"]: row["conversation_id"] for row in messages(owner)}
    assert homes["A"] != homes["B"]
    assert homes["C"] == homes["D"] not in (homes["A"], homes["B"])


async def test_our_id_beside_a_number_that_is_not_that_contacts_joins_nobody(owner: Owner, worker_pool: Pool) -> None:
    """The integration's own conversation 1, of a patient we do not know, is not our conversation 1 of a LID."""
    await process(worker_pool, by_lid("A", 1))
    lid_conversation = conversation(owner)["id"]

    told = n8n_message("de outro", conversation_id=str(lid_conversation), phone=PHONE, external_id="N1")
    await process(worker_pool, told, source_id=2, kind="n8n")

    assert len(conversations(owner)) == 2
    [said] = [row for row in messages(owner) if row["provider_id"] == "N1"]
    assert said["conversation_id"] != lid_conversation


async def test_replies_go_to_the_number_last_heard_from(owner: Owner, worker_pool: Pool) -> None:
    """She has a new number and writes from the old one again: that is where she reads."""
    old, new = "5511955550001", "5511955550002"

    def said(provider_id: str, phone: str, at: float) -> dict[str, Any]:
        key = {"remoteJid": jid(phone), "remoteJidAlt": LID, "fromMe": False, "id": provider_id}
        return evolution_message(provider_id, "oi", key=key, at=at)

    await process(worker_pool, said("A", old, 1))
    await process(worker_pool, said("B", new, 2))
    await process(worker_pool, said("C", old, 3))

    async with tenant_transaction(worker_pool, 1) as connection:
        chat = await find_chat(connection, 1, conversation(owner)["id"])
    assert chat is not None
    assert chat.number == old


async def test_two_people_with_numbers_of_their_own_are_never_joined(owner: Owner, worker_pool: Pool) -> None:
    """A number went from one person to another: what both have said stays apart, and the number decides from then on."""
    other = "5511955550002"
    await process(worker_pool, by_both("A", 1, name="Ana"))
    await process(worker_pool, evolution_message("B", "oi", phone=other, name="Bia", at=2))

    key = {"remoteJid": LID, "remoteJidAlt": jid(other), "fromMe": False, "id": "C"}
    await process(worker_pool, evolution_message("C", "oi", key=key, name=None, at=3))

    homes = {row["provider_id"]: row["conversation_id"] for row in messages(owner)}
    assert homes["A"] != homes["B"] == homes["C"]
    assert {row["name"] for row in conversations(owner)} == {"Ana", "Bia"}


async def test_a_merge_of_another_clinic_is_none_of_ours(owner: Owner, worker_pool: Pool) -> None:
    """The same two addresses, in two clinics, are two pairs of people."""
    await process(worker_pool, by_phone("A", 1))
    other = json.loads(json.dumps(by_lid("B", 2)).replace("demo-wa", "outra-wa"))
    outra = owner.execute("SELECT id FROM sources WHERE name = 'outra-wa'").fetchone()
    assert outra is not None
    await process(worker_pool, other, source_id=outra["id"], clinic_id=2)

    await process(worker_pool, by_both("C", 3))

    assert sorted(row["clinic_id"] for row in conversations(owner)) == [1, 2]


async def test_labels_of_either_are_on_what_they_become(owner: Owner, worker_pool: Pool) -> None:
    """Each once, and whatever people have written for colleagues is no message to be shown as the last."""
    await process(worker_pool, by_phone("A", 1))
    await process(worker_pool, by_lid("B", 2))
    home, gone = (row["id"] for row in conversations(owner))
    owner.execute(
        "INSERT INTO labels (clinic_id, name, colour) SELECT 1, 'l' || n, '#000000' FROM generate_series(1, 3) n"
    )
    owner.execute(
        "INSERT INTO conversation_labels (clinic_id, conversation_id, label_id) SELECT 1, c.id, l.id"
        " FROM conversations c, labels l WHERE (c.id, l.name) IN"
        " ((%(home)s, 'l1'), (%(home)s, 'l2'), (%(gone)s, 'l2'), (%(gone)s, 'l3'))",
        {"home": home, "gone": gone},
    )
    owner.execute(
        "INSERT INTO messages (clinic_id, conversation_id, sender_type, content, message_type)"
        " VALUES (1, %s, 'professional', 'ligar', 'note')",
        [gone],
    )

    await process(worker_pool, by_both("C", 3))

    kept = owner.execute(
        "SELECT cl.conversation_id, l.name FROM conversation_labels cl JOIN labels l ON l.id = cl.label_id ORDER BY l.name"
    ).fetchall()
    assert [(row["conversation_id"], row["name"]) for row in kept] == [(home, "l1"), (home, "l2"), (home, "l3")]
    assert conversation(owner)["last_message"] == "de C"
    assert len(messages(owner)) == 4
