"""Notes for colleagues: they stand among the messages and never leave the house."""

import asyncio
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow

from services.api.models.conversations import ConversationDetail, ConversationList
from services.api.models.messages import SentMessage
from shared.db.pool import Pool
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, add_conversation, add_message, count, source_id
from tests.integration.api.test_transferring import NOTHING, PATH, effects, told
from tests.integration.queue_worker.test_merges import by_both, by_lid, by_phone
from tests.integration.queue_worker.working import process

SHOWN = ("last_message_id", "last_message", "last_message_type", "last_message_sender", "unread_count", "timestamp")


@pytest.fixture
def conversation(owner: Owner) -> DictRow:
    """A conversation that could be written to: its patient has asked something and waits."""
    made = add_conversation(owner, source_id=source_id(owner, "demo-wa"), unread_count=1)
    message = add_message(owner, made, content="Tem horário?")
    owner.execute(
        "UPDATE conversations SET last_message_id = %s, last_message = %s, last_message_type = 'text',"
        " last_message_sender = 'patient', last_message_at = %s WHERE id = %s",
        [message["id"], message["content"], message["timestamp"], made["id"]],
    )
    return made


async def note(caller: Caller, conversation: Any, **body: Any) -> Answer:
    return await caller.post(f"{PATH}/{conversation}/notes", body)


async def listed(caller: Caller) -> list[Any]:
    shown: list[Any] = (await caller.get(PATH)).ok(ConversationList)["conversations"]
    return shown


async def test_a_note_stands_among_the_messages_and_nothing_is_to_be_sent(
    ana: Caller, bruno: Caller, owner: Owner, conversation: DictRow
) -> None:
    """A colleague reads it in its place, marked as one; the queue that leads out of the house stays empty."""
    written = (await note(ana, conversation["id"], content="Ligar para a mãe")).ok(SentMessage, 201)["message"]

    assert (written["message_type"], written["sender_type"], written["sender_name"]) == (
        "note",
        "professional",
        "Ana Souza",
    )
    detail = (await bruno.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert detail["messages"][-1] == written
    assert effects(owner) == {**NOTHING, "audit_log": 1, "outbox": 2}
    stored = owner.execute("SELECT source_id, provider_id, posted_at FROM messages WHERE message_type = 'note'")
    assert stored.fetchall() == [{"source_id": None, "provider_id": None, "posted_at": None}]


async def test_the_list_shows_no_note(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """What the list says of a conversation and where it stands stay as they were; it is a newer version of itself."""
    add_conversation(owner, last_message_at=conversation["created_at"])
    before = await listed(ana)

    (await note(ana, conversation["id"], content="Ligar para a mãe")).ok(SentMessage, 201)

    after = await listed(ana)
    assert [[row[name] for name in ("id", *SHOWN)] for row in after] == [
        [row[name] for name in ("id", *SHOWN)] for row in before
    ]
    versions = {row["id"]: row["version"] for row in before}
    newer = [row["id"] for row in after if row["version"] > versions[row["id"]]]
    assert newer == [str(conversation["id"])]


async def later_note(ana: Caller, owner: Owner, conversation_id: object) -> None:
    """A note that is newer than whatever is said afterwards."""
    (await note(ana, conversation_id, content="Ela já faltou duas vezes")).ok(SentMessage, 201)
    owner.execute("UPDATE messages SET \"timestamp\" = now() + interval '1 hour' WHERE message_type = 'note'")


async def test_the_last_message_after_a_send_is_no_note(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """The API looks for it anew, and passes over a note that is newer."""
    await later_note(ana, owner, conversation["id"])
    sent = (await ana.send(conversation["id"], content="Às 15h?")).ok(SentMessage, 201)["message"]
    assert [row["last_message_id"] for row in await listed(ana)] == [sent["id"]]


async def test_the_last_message_after_a_merge_by_hand_is_no_note(
    ana: Caller, sofia: Caller, owner: Owner, conversation: DictRow
) -> None:
    """So it does where somebody has joined two conversations."""
    other = add_conversation(owner)
    said = add_message(owner, other)
    await later_note(ana, owner, conversation["id"])
    merge = {"contact_id": str(other["contact_id"])}
    (await sofia.post(f"/api/contacts/{conversation['contact_id']}/merge", merge)).ok()
    assert [row["last_message_id"] for row in await listed(ana)] == [str(said["id"])]


async def test_the_last_message_after_a_merge_by_a_worker_is_no_note(
    ana: Caller, owner: Owner, worker_pool: Pool
) -> None:
    """So does the worker, where an event shows that two contacts are one person."""
    await process(worker_pool, by_phone("A", 1))
    await process(worker_pool, by_lid("B", 2))
    await later_note(ana, owner, (await listed(ana))[0]["id"])
    await process(worker_pool, by_both("C", 3))
    [row] = owner.execute("SELECT id FROM messages WHERE provider_id = 'C'").fetchall()
    assert [entry["last_message_id"] for entry in await listed(ana)] == [str(row["id"])]


async def test_who_looks_is_told_and_who_audits_finds_no_words(
    ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """The event is the message's own object; the audit log says that there is a note and whose."""
    written = (await note(ana, conversation["id"], content="Ligar para a mãe")).ok(SentMessage, 201)["message"]

    new, entry = told(owner)
    assert (new["type"], new["channel"], new["data"]) == ("message:new", f"conversa:{conversation['id']}", written)
    assert (entry["type"], entry["channel"]) == ("conversation:list:updated", "empresa:1")
    [audit] = owner.execute(
        "SELECT action, subject_id, data FROM audit_log WHERE action <> 'conversation.read'"
    ).fetchall()
    assert (audit["action"], audit["subject_id"]) == ("conversation.noted", str(conversation["id"]))
    assert audit["data"] == {"message_id": written["id"], "version": entry["data"]["version"]}


async def test_twenty_at_once_with_one_id_are_one_note(
    ana_of_many: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Each gets the same note, and all but one are told that it was there."""
    answers = await asyncio.gather(
        *(note(ana_of_many, conversation["id"], content="Ligar", client_message_id="tab-1") for _ in range(20))
    )
    assert {answer.ok(SentMessage, 201)["message"]["id"] for answer in answers} == {
        answers[0].body["message"]["id"],
    }
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 19
    assert effects(owner) == {**NOTHING, "audit_log": 1, "outbox": 2}


async def test_an_id_of_something_else_is_refused(
    ana: Caller, bruno: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Another note's, a colleague's, and above all a message's: what was meant to stay must not be answered as sent."""
    (await note(ana, conversation["id"], content="Ligar", client_message_id="tab-1")).ok(SentMessage, 201)
    (await ana.send(conversation["id"], content="Olá", client_message_id="tab-2")).ok(SentMessage, 201)
    owner.execute("UPDATE messages SET edited_at = now() WHERE client_message_id = 'tab-2'")
    queued = count(owner, "message_queue")

    for answer in (
        await note(ana, conversation["id"], content="Não ligar", client_message_id="tab-1"),
        await note(bruno, conversation["id"], content="Ligar", client_message_id="tab-1"),
        await note(ana, conversation["id"], content="Olá", client_message_id="tab-2"),
        await ana.send(conversation["id"], content="Ligar", client_message_id="tab-1"),
    ):
        assert answer.problem(409)["code"] == "client_message_id_taken"
    assert (count(owner, "message_queue"), count(owner, "audit_log")) == (queued, 1)


async def test_nothing_that_leads_out_takes_a_note(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """It is not edited, deleted, reacted to, quoted or sent again at WhatsApp, and the database lets it be nothing else."""
    written = (await note(ana, conversation["id"], content="Ligar")).ok(SentMessage, 201)["message"]
    path = f"{PATH}/{conversation['id']}/messages/{written['id']}"

    for method, tail, body, code in (
        ("PATCH", "", {"content": "Não ligar"}, "not_sent"),
        ("DELETE", "", None, "not_sent"),
        ("PUT", "/reaction", {"emoji": "👍"}, "not_sent"),
        ("POST", "/retry", None, "not_failed"),
    ):
        assert (await ana.call(method, path + tail, json=body)).problem(409)["code"] == code
    quoting = await ana.send(conversation["id"], content="Sim", reply_to=written["id"])
    assert quoting.problem(409)["code"] == "not_quotable"
    assert count(owner, "message_queue") == 0
    for change in ("posted_at = now()", "provider_id = 'x'", f"source_id = {conversation['source_id']}"):
        with pytest.raises(psycopg.errors.CheckViolation, match="messages_notes_stay"):
            owner.execute(f"UPDATE messages SET {change} WHERE id = {written['id']}".encode())


async def test_a_note_needs_no_way_out(ana: Caller, owner: Owner) -> None:
    """Where no message could leave, colleagues can still be told something."""
    owner.execute("UPDATE sources SET active = false")
    homeless = add_conversation(owner)
    (await note(ana, homeless["id"], content="Sem telefone")).ok(SentMessage, 201)


async def test_another_clinics_conversation_is_not_there(carla: Caller, owner: Owner, conversation: DictRow) -> None:
    """The same 404 as for what is nowhere, and nothing was written."""
    missing = (await note(carla, "999999", content="x")).problem(404)
    assert (await note(carla, conversation["id"], content="x")).problem(404) == missing
    assert (effects(owner), count(owner, "messages")) == (NOTHING, 1)


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "content"),
    ({"content": " \n"}, "content"),
    ({"content": "a\0b"}, "content"),
    ({"content": "x" * 65_537}, "content"),
    ({"content": "x", "client_message_id": ""}, "client_message_id"),
    ({"content": "x", "message_type": "text"}, "message_type"),
    ({"content": "x", "attachments": []}, "attachments"),
]


async def test_an_unusable_note_names_what_is_wrong(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """A 400 with the field's path, and nothing was stored."""
    for body, path in UNUSABLE:
        [error] = (await note(ana, conversation["id"], **body)).problem(400)["errors"]
        assert error["path"] == path, body
    assert effects(owner) == NOTHING
