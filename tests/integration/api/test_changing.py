"""What agents do with messages that are there: reactions, edits, deletions, retries, read marks, typing."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import DictRow

from services.api.models.messages import SentMessage
from shared.events.message import ReadMark
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, add_conversation, add_message, count, insert, source_id

PATH = "/api/conversations-simple"


@pytest.fixture
def conversation(owner: Owner) -> DictRow:
    """A conversation that was heard on the clinic's instance."""
    return add_conversation(owner, source_id=source_id(owner, "demo-wa"))


@pytest.fixture
def ours(owner: Owner, conversation: DictRow) -> DictRow:
    """A text of ours that WhatsApp has."""
    return add_sent(owner, conversation)


def add_sent(owner: Owner, conversation: DictRow, **columns: Any) -> DictRow:
    given = {
        "sender_type": "professional",
        "provider_id": f"SENT-{uuid4()}",
        "source_id": source_id(owner, "demo-wa"),
        "delivery_status": "sent",
    }
    return add_message(owner, conversation, **{**given, **columns})


async def act(caller: Caller, method: str, message: DictRow, end: str = "", body: Any = None) -> Answer:
    options = {} if body is None else {"json": body}
    path = f"{PATH}/{message['conversation_id']}/messages/{message['id']}{end}"
    return await caller.call(method, path, **options)


async def react(caller: Caller, message: DictRow, emoji: str) -> Answer:
    return await act(caller, "PUT", message, "/reaction", {"emoji": emoji})


async def edit(caller: Caller, message: DictRow, content: str) -> Answer:
    return await act(caller, "PATCH", message, body={"content": content})


def queued(owner: Owner) -> list[DictRow]:
    return owner.execute("SELECT * FROM message_queue ORDER BY created_at, id").fetchall()


def told(owner: Owner) -> list[dict[str, Any]]:
    return [json.loads(row["event"]) for row in owner.execute("SELECT event FROM outbox ORDER BY id").fetchall()]


async def test_a_change_is_queued_behind_the_conversations_replies(ana: Caller, owner: Owner, ours: DictRow) -> None:
    """Each in the same lane, through the message's own instance; the message shows it once it is made."""
    for answer in (await react(ana, ours, "👍"), await edit(ana, ours, "Olá!"), await act(ana, "DELETE", ours)):
        message = answer.ok(SentMessage, 202)["message"]
        assert (message["content"], message["deleted_at"]) == (ours["content"], None)

    rows = queued(owner)
    assert [(row["message_type"], row["payload"].get("text")) for row in rows] == [
        ("send.reaction", "👍"),
        ("send.edit", "Olá!"),
        ("send.delete", None),
    ]
    assert {row["ordering_key"] for row in rows} == {f"conversation:{ours['conversation_id']}"}
    assert {row["source_id"] for row in rows} == {ours["source_id"]}


@pytest.mark.parametrize("emoji", ["👍", "❤️", "🇧🇷", "👩‍⚕️", "1️⃣", "‼️", ""])
async def test_every_emoji_is_a_reaction(ana: Caller, ours: DictRow, emoji: str) -> None:
    """Also joined ones, flags and keys; none at all takes it back."""
    (await react(ana, ours, emoji)).ok(SentMessage, 202)


@pytest.mark.parametrize("emoji", ["a", "ok 👍", " ", "1", "!", "\0", None, 7, "👍" * 33])
async def test_what_is_no_emoji_is_a_400(ana: Caller, owner: Owner, ours: DictRow, emoji: Any) -> None:
    """Evolution would refuse it later, where nobody looks."""
    [error] = (await react(ana, ours, emoji)).problem(400)["errors"]
    assert error["path"] == "emoji"
    assert queued(owner) == []


async def test_a_patients_message_takes_a_reaction_and_nothing_else(
    ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """It is not ours to change."""
    theirs = add_sent(owner, conversation, sender_type="patient")
    (await react(ana, theirs, "👍")).ok(SentMessage, 202)
    assert (await edit(ana, theirs, "x")).problem(409)["code"] == "not_ours"
    assert (await act(ana, "DELETE", theirs)).problem(409)["code"] == "not_ours"
    assert len(queued(owner)) == 1


async def test_what_whatsapp_does_not_know_cannot_be_changed(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """It waits still, or failed: that is said instead of a change that leads nowhere."""
    waiting = add_sent(owner, conversation, provider_id=None, delivery_status="pending")
    for answer in (await react(ana, waiting, "👍"), await edit(ana, waiting, "x"), await act(ana, "DELETE", waiting)):
        assert answer.problem(409)["code"] == "not_sent"


async def test_edits_have_their_limits(ana: Caller, owner: Owner, conversation: DictRow, ours: DictRow) -> None:
    """A text, not a file; fifteen minutes; not what was deleted. The same words again are no edit."""
    old = add_sent(owner, conversation, timestamp=datetime.now(UTC) - timedelta(minutes=15, seconds=5))
    file = add_sent(owner, conversation, message_type="image")
    gone = add_sent(owner, conversation, deleted_at=datetime.now(UTC))
    codes = [(await edit(ana, message, "x")).problem(409)["code"] for message in (old, file, gone)]
    assert codes == ["edit_too_late", "not_text", "message_deleted"]
    (await edit(ana, ours, ours["content"])).ok(SentMessage, 202)
    assert (await edit(ana, ours, " ")).problem(400)["errors"][0]["path"] == "content"
    assert queued(owner) == []


async def test_deleting_what_is_deleted_changes_nothing(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """The second agent gets the same answer."""
    gone = add_sent(owner, conversation, deleted_at=datetime.now(UTC))
    assert (await act(ana, "DELETE", gone)).ok(SentMessage, 202)["message"]["deleted_at"]
    assert queued(owner) == []


async def test_an_instance_that_is_closed_is_no_way_out(ana: Caller, owner: Owner, ours: DictRow) -> None:
    """Another instance knows the message under no name."""
    owner.execute("UPDATE sources SET active = false WHERE id = %s", [ours["source_id"]])
    assert (await react(ana, ours, "👍")).problem(409)["code"] == "no_way_out"


async def test_messages_of_others_are_not_there(ana: Caller, carla: Caller, owner: Owner, ours: DictRow) -> None:
    """Neither another clinic's, nor another conversation's, nor one that does not exist."""
    elsewhere = {**ours, "conversation_id": add_conversation(owner)["id"]}
    for caller, message in ((carla, ours), (ana, elsewhere), (ana, {**ours, "id": 999999}), (ana, {**ours, "id": "x"})):
        (await react(caller, message, "👍")).problem(404)
        (await edit(caller, message, "x")).problem(404)
        (await act(caller, "DELETE", message)).problem(404)
        (await act(caller, "POST", message, "/retry")).problem(404)
    assert queued(owner) == []


@pytest.fixture
def failed(owner: Owner, conversation: DictRow) -> DictRow:
    """A text that Evolution refused, and its dead letter."""
    dead_letter = uuid4()
    insert(
        owner,
        "failed_messages",
        original_message_id=dead_letter,
        correlation_id=uuid4(),
        clinic_id=1,
        message_type="send.text",
        payload={},
        error_message="refused",
        error_class="permanent",
    )
    failure = {"code": "refused", "reason": "…", "dead_letter": str(dead_letter)}
    return add_sent(owner, conversation, provider_id=None, delivery_status="failed", metadata={"failure": failure})


async def test_a_retry_sends_once_however_often_it_is_asked(
    ana: Caller, bruno: Caller, owner: Owner, failed: DictRow
) -> None:
    """Many at once: one row, one version more, and every answer shows the same message."""
    answers = await asyncio.gather(*(act((ana, bruno)[n % 2], "POST", failed, "/retry") for n in range(8)))

    assert {answer.ok(SentMessage, 202)["message"]["version"] for answer in answers} == {2}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    [row] = queued(owner)
    assert (row["message_type"], row["payload"]["message_id"]) == ("send.text", str(failed["id"]))
    message = owner.execute("SELECT * FROM messages").fetchone()
    assert message is not None
    assert (message["delivery_status"], message["posted_at"], message["metadata"]) == ("pending", None, {})
    assert [event["type"] for event in told(owner)] == ["message:updated", "conversation:list:updated"]
    [letter] = owner.execute("SELECT state, history FROM failed_messages").fetchall()
    assert (letter["state"], letter["history"][-1]["event"]) == ("replayed", "retried")


async def test_a_retry_leaves_after_what_was_said_since(
    ana: Caller, owner: Owner, conversation: DictRow, failed: DictRow
) -> None:
    """It is said now, not then."""
    (await ana.send(conversation["id"], content="depois")).ok(status=201)
    (await act(ana, "POST", failed, "/retry")).ok(SentMessage, 202)

    assert [row["payload"]["message_id"] for row in queued(owner)][-1] == str(failed["id"])


async def test_a_retry_of_an_unknown_outcome_has_it_looked_for(ana: Caller, owner: Owner, failed: DictRow) -> None:
    """From the time of the call that had no answer."""
    posted = datetime.now(UTC) - timedelta(minutes=3)
    owner.execute("UPDATE messages SET posted_at = %s", [posted])
    (await act(ana, "POST", failed, "/retry")).ok(SentMessage, 202)

    assert datetime.fromisoformat(queued(owner)[0]["payload"]["unclear_since"]) == posted


async def test_only_what_failed_is_tried_again(ana: Caller, owner: Owner, ours: DictRow) -> None:
    """What was sent is sent."""
    assert (await act(ana, "POST", ours, "/retry")).problem(409)["code"] == "not_failed"
    assert queued(owner) == []


async def read(caller: Caller, conversation: DictRow, **body: Any) -> Answer:
    return await caller.post(f"{PATH}/{conversation['id']}/read", body)


def unread(owner: Owner, conversation: DictRow, messages: int) -> list[DictRow]:
    """A patient's messages, none of them read."""
    owner.execute("UPDATE conversations SET unread_count = %s WHERE id = %s", [messages, conversation["id"]])
    start = datetime.now(UTC) - timedelta(hours=1)
    return [
        add_sent(owner, conversation, sender_type="patient", timestamp=start + timedelta(seconds=n))
        for n in range(messages)
    ]


async def test_reading_up_to_a_message_leaves_what_came_after_it(
    ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """The count, agents' screens and the patient's ticks agree."""
    said = unread(owner, conversation, 5)

    mark = (await read(ana, conversation, message_id=str(said[2]["id"]))).ok(ReadMark)

    assert (mark["unread_count"], mark["message_id"], mark["version"]) == (2, str(said[2]["id"]), 2)
    [row] = queued(owner)
    assert (row["message_type"], row["priority"], row["ordering_key"]) == (
        "send.read",
        -1,
        f"read:{conversation['id']}",
    )
    assert {entry["id"] for entry in row["payload"]["read"]} == {message["provider_id"] for message in said[:3]}
    events = told(owner)
    assert [event["type"] for event in events] == ["message:read", "conversation:list:updated"]
    assert events[0]["channel"] == f"conversa:{conversation['id']}"
    assert events[0]["data"]["unread_count"] == 2


async def test_reading_again_or_less_changes_nothing(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """A mark never goes back."""
    said = unread(owner, conversation, 3)
    first = (await read(ana, conversation)).ok(ReadMark)
    assert (first["unread_count"], len(queued(owner)), len(told(owner))) == (0, 1, 2)

    again = (await read(ana, conversation, message_id=str(said[0]["id"]))).ok(ReadMark)

    assert (again["unread_count"], again["version"]) == (0, first["version"])
    assert (len(queued(owner)), len(told(owner))) == (1, 2)


async def test_a_mark_names_a_message_of_the_conversation(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """Anything else is a 400, and a conversation that is not there a 404."""
    unread(owner, conversation, 1)
    for message_id in ("999999", "x"):
        [error] = (await read(ana, conversation, message_id=message_id)).problem(400)["errors"]
        assert error["path"] == "message_id"
    (await read(ana, {**conversation, "id": 999999})).problem(404)
    assert queued(owner) == []


async def test_what_is_told_of_reading_is_bounded(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """A thousand unread messages are one call with the newest fifty."""
    unread(owner, conversation, 60)
    assert (await read(ana, conversation)).ok(ReadMark)["unread_count"] == 0
    [row] = queued(owner)
    assert len(row["payload"]["read"]) == 50


async def type_(caller: Caller, conversation: DictRow, typing: Any = True) -> Answer:
    return await caller.post(f"{PATH}/{conversation['id']}/typing", {"typing": typing})


async def test_typing_is_a_queue_row_at_most(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """Ten keys are one sign; nothing else is stored or told."""
    for _ in range(10):
        assert (await type_(ana, conversation)).status == 204
    [row] = queued(owner)
    assert (row["message_type"], row["priority"], row["payload"]["typing"]) == ("send.typing", -1, True)
    assert (count(owner, "outbox"), count(owner, "messages")) == (0, 0)


async def test_typing_where_nobody_sees_it_is_no_error(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """No way out: nothing is promised, nothing is queued. A conversation that is not there is a 404."""
    owner.execute("UPDATE sources SET active = false")
    assert (await type_(ana, conversation)).status == 204
    assert queued(owner) == []
    (await type_(ana, {**conversation, "id": 999999})).problem(404)
    (await type_(ana, conversation, "yes")).problem(400)


@pytest.fixture
def upload(owner: Owner) -> DictRow:
    """A file that Ana has uploaded."""
    owner.execute("INSERT INTO media_files (clinic_id, sha256, size) VALUES (1, %s, 9)", [b"s" * 32])
    [ana] = owner.execute("SELECT id FROM users WHERE email = 'ana@demo.test'").fetchall()
    return insert(
        owner,
        "message_attachments",
        clinic_id=1,
        file_name="exame.pdf",
        file_type="application/pdf",
        file_size=9,
        state="stored",
        sha256=b"s" * 32,
        uploaded_by=ana["id"],
        upload_expires_at=datetime.now(UTC) + timedelta(hours=1),
    )


async def test_an_upload_becomes_a_message(ana: Caller, owner: Owner, conversation: DictRow, upload: DictRow) -> None:
    """With its caption, once, also where the request is repeated."""
    body = {
        "message_type": "document",
        "content": "seu exame",
        "attachments": [{"id": str(upload["id"])}],
        "client_message_id": "c-1",
    }
    first = await ana.send(conversation["id"], **body)
    again = await ana.send(conversation["id"], **body)

    message = first.ok(SentMessage, 201)["message"]
    assert again.ok(SentMessage, 201)["message"] == message
    assert [file["file_name"] for file in message["attachments"]] == ["exame.pdf"]
    assert [row["message_type"] for row in queued(owner)] == ["send.media"]


async def test_an_upload_is_its_uploaders_and_sent_once(
    ana: Caller, bruno: Caller, owner: Owner, conversation: DictRow, upload: DictRow
) -> None:
    """Neither somebody else's, nor a second time, nor one that is not there; and then no message is stored."""
    body = {"message_type": "image", "attachments": [{"id": str(upload["id"])}]}
    assert (await bruno.send(conversation["id"], **body)).problem(409)["code"] == "attachment_not_available"
    (await ana.send(conversation["id"], **body)).ok(SentMessage, 201)
    for attachment in (str(upload["id"]), "999999", "x"):
        answer = await ana.send(conversation["id"], message_type="image", attachments=[{"id": attachment}])
        assert answer.problem(409)["code"] == "attachment_not_available"
    assert count(owner, "messages") == 1


async def test_a_reply_names_what_it_answers(ana: Caller, owner: Owner, conversation: DictRow, ours: DictRow) -> None:
    """By our id in, by WhatsApp's within; what was not sent cannot be quoted."""
    message = (await ana.send(conversation["id"], content="sim", reply_to=str(ours["id"]))).ok(SentMessage, 201)[
        "message"
    ]
    assert message["reply_to"] == ours["provider_id"]
    answer = await ana.send(conversation["id"], content="sim", reply_to=message["id"])
    assert answer.problem(409)["code"] == "not_quotable"
