import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.rows import DictRow
from redis.asyncio import Redis

from services.api.models.messages import SentMessage
from shared.pubsub.channels import WAKE_CHANNEL
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_conversation, add_message, count, insert, source_id

PATH = "/api/conversations-simple"


@pytest.fixture
def conversation(owner: Owner) -> DictRow:
    """A conversation that was heard on the clinic's instance."""
    return add_conversation(owner, source_id=source_id(owner, "demo-wa"))


def nothing_happened(owner: Owner) -> bool:
    return not any(count(owner, table) for table in ("messages", "message_queue", "outbox"))


async def test_sending_needs_a_token(nobody: Caller, owner: Owner, conversation: DictRow) -> None:
    """Nobody writes to a patient without saying who they are."""
    (await nobody.send(conversation["id"], content="x")).problem(401)
    assert nothing_happened(owner)


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "content"),
    ({"content": ""}, "content"),
    ({"content": " \n\t"}, "content"),
    ({"content": None}, "content"),
    ({"content": 7}, "content"),
    ({"content": ["x"]}, "content"),
    ({"content": "x" * 65_537}, "content"),
    ({"content": "a\0b"}, "content"),
    ({"content": "a\ud800b"}, "content"),
    ({"content": "x", "message_type": "image"}, "attachments"),
    ({"message_type": "image", "attachments": []}, "attachments"),
    ({"message_type": "image", "attachments": [{"id": "1"}, {"id": "2"}]}, "attachments"),
    ({"content": "x", "attachments": [{"id": "1"}]}, "attachments"),
    ({"message_type": "audio", "content": "x", "attachments": [{"id": "1"}]}, "content"),
    ({"message_type": "image", "attachments": [{"id": 1}]}, "attachments.0.id"),
    ({"content": "x", "message_type": "sticker"}, "message_type"),
    ({"content": "x", "reply_to": 7}, "reply_to"),
    ({"content": "x", "reply_to": "999999"}, "reply_to"),
    ({"content": "x", "reply_to": "nothing"}, "reply_to"),
    ({"content": "x", "message_type": None}, "message_type"),
    ({"content": "x", "message_type": ["text"]}, "message_type"),
    ({"content": "x", "client_message_id": ""}, "client_message_id"),
    ({"content": "x", "client_message_id": 7}, "client_message_id"),
    ({"content": "x", "client_message_id": "x" * 129}, "client_message_id"),
    ({"content": "x", "client_message_id": "\0"}, "client_message_id"),
    ({"content": "x", "sender_type": "ai"}, "sender_type"),
    ({"content": "x", "\ud800": 1}, ""),
]


async def test_an_unusable_message_is_a_400_that_names_the_field(
    ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """What cannot be stored as it was meant is not stored at all."""
    for body, path in UNUSABLE:
        [error] = (await ana.send(conversation["id"], **body)).problem(400)["errors"]
        assert error["path"] == path, body
        assert error["message"]
    assert nothing_happened(owner)


async def test_several_mistakes_are_told_at_once(ana: Caller, conversation: DictRow) -> None:
    """A client need not find them one by one."""
    body = {"content": "x", "message_type": "audio", "reply_to": ""}
    errors = (await ana.send(conversation["id"], **body)).problem(400)["errors"]
    assert {error["path"] for error in errors} == {"content", "attachments", "reply_to"}


async def test_a_conversation_that_is_not_there_takes_no_message(ana: Caller, owner: Owner) -> None:
    """404, and nothing is stored."""
    for reference in ("999999", "nothing", "5511965860124551150391104"):
        (await ana.send(reference, content="x")).problem(404)
    assert nothing_happened(owner)


async def test_a_conversation_without_a_way_out_says_why(ana: Caller, owner: Owner) -> None:
    """Several instances: which one is not ours to guess. None: there is nothing to guess."""
    conversation = add_conversation(owner)
    insert(owner, "sources", clinic_id=1, kind="evolution", name="second", token_hash=b"x" * 32)
    several = (await ana.send(conversation["id"], content="x")).problem(409)
    assert several["code"] == "no_way_out"
    assert "several" in several["detail"]
    owner.execute("UPDATE sources SET active = false WHERE clinic_id = 1 AND kind = 'evolution'")
    assert "no active" in (await ana.send(conversation["id"], content="x")).problem(409)["detail"]
    assert nothing_happened(owner)


@pytest.mark.parametrize("last_heard_on", [None, "demo-n8n", "closed"])
async def test_the_clinics_only_instance_is_the_way_out(ana: Caller, owner: Owner, last_heard_on: str | None) -> None:
    """Where the conversation was never heard on an instance, or on one that is closed now."""
    insert(owner, "sources", clinic_id=1, kind="evolution", name="closed", token_hash=b"x" * 32, active=False)
    conversation = add_conversation(owner, source_id=last_heard_on and source_id(owner, last_heard_on))
    (await ana.send(conversation["id"], content="x")).ok(SentMessage, 201)
    [queued] = owner.execute("SELECT source_id FROM message_queue").fetchall()
    assert queued["source_id"] == source_id(owner, "demo-wa")


async def test_the_conversations_own_instance_is_the_way_out(ana: Caller, owner: Owner) -> None:
    """A reply leaves through the number the patient wrote to, however many there are."""
    second = insert(owner, "sources", clinic_id=1, kind="evolution", name="second", token_hash=b"x" * 32)
    conversation = add_conversation(owner, source_id=second["id"])
    (await ana.send(conversation["id"], content="x")).ok(SentMessage, 201)
    [queued] = owner.execute("SELECT source_id FROM message_queue").fetchall()
    assert queued["source_id"] == second["id"]


async def test_a_sent_message_is_stored_queued_and_told(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """All of it in one transaction, under the request's correlation id."""
    request_id = str(uuid4())
    answer = await ana.post(
        f"{PATH}/{conversation['id']}/messages",
        {"content": "Olá 👋\nTudo bem?", "client_message_id": "c-1"},
        headers={"X-Request-Id": request_id},
    )
    message = answer.ok(SentMessage, 201)["message"]
    assert "Idempotent-Replayed" not in answer.headers
    [user] = owner.execute("SELECT id FROM users WHERE email = 'ana@demo.test'").fetchall()
    assert message["content"] == "Olá 👋\nTudo bem?"
    assert (message["sender_type"], message["sender_name"]) == ("professional", "Ana Souza")
    assert message["sender_user_id"] == str(user["id"])
    assert (message["status"], message["message_type"], message["version"]) == ("pending", "text", 1)

    [queued] = owner.execute("SELECT * FROM message_queue").fetchall()
    assert queued["message_type"] == "send.text"
    assert queued["payload"] == {"message_id": message["id"], "conversation_id": str(conversation["id"])}
    assert queued["ordering_key"] == f"conversation:{conversation['id']}"
    assert queued["correlation_id"] == UUID(request_id)
    assert (queued["clinic_id"], queued["source_id"]) == (1, source_id(owner, "demo-wa"))
    assert (queued["status"], queued["priority"], queued["scheduled_at"]) == ("pending", 0, None)
    assert queued["metadata"] == {}

    told = [json.loads(row["event"]) for row in owner.execute("SELECT event FROM outbox ORDER BY id").fetchall()]
    assert [(event["type"], event["channel"]) for event in told] == [
        ("message:new", f"conversa:{conversation['id']}"),
        ("conversation:list:updated", "empresa:1"),
    ]
    assert told[0]["data"] == message
    assert told[1]["data"]["version"] == 2


async def test_the_callers_trace_goes_with_what_it_has_sent(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """One that nobody could read is as none, and a request's ends with it."""
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "n8n=1"}
    for headers in (trace, {"traceparent": "00-of-mine-01"}, {}):
        path = f"{PATH}/{conversation['id']}/messages"
        (await ana.post(path, {"content": "oi"}, headers=headers)).ok(SentMessage, 201)

    queued = owner.execute("SELECT metadata FROM message_queue ORDER BY created_at, id").fetchall()
    assert [row["metadata"] for row in queued] == [{"trace": trace}, {}, {}]


async def test_the_conversation_shows_the_message_it_was_sent(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """List and detail agree with the answer, at once."""
    long_text = "é" * 600
    message = (await ana.send(conversation["id"], content=long_text)).ok(SentMessage, 201)["message"]
    [listed] = (await ana.get(PATH)).ok()["conversations"]
    assert listed["last_message_id"] == message["id"]
    assert listed["last_message"] == "é" * 500
    assert (listed["last_message_type"], listed["last_message_sender"]) == ("text", "professional")
    assert listed["timestamp"] == message["timestamp"]
    assert listed["updated_at"] >= message["timestamp"]
    assert listed["version"] == 2
    detail = (await ana.get(f"{PATH}/{conversation['id']}")).ok()
    assert detail["messages"] == [message]
    assert detail["conversation"] == listed


async def test_the_newest_message_stays_the_last_one(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """A patient's phone whose clock is ahead has said the last word, by the time its message has."""
    ahead = add_message(owner, conversation, content="agora", timestamp=datetime.now(UTC) + timedelta(minutes=5))
    (await ana.send(conversation["id"], content="resposta")).ok(status=201)
    [listed] = (await ana.get(PATH)).ok()["conversations"]
    assert listed["last_message_id"] == str(ahead["id"])
    assert listed["version"] == 2


async def test_the_same_client_message_id_is_one_message(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """A client whose answer was lost asks again, and gets it; nothing happens twice."""
    body = {"content": "Bom dia", "client_message_id": "c-1"}
    first = await ana.send(conversation["id"], **body)
    again = await ana.send(conversation["id"], **body)
    assert again.ok(SentMessage, 201) == first.ok(SentMessage, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (count(owner, "messages"), count(owner, "message_queue"), count(owner, "outbox")) == (1, 1, 2)
    assert (await ana.get(PATH)).ok()["conversations"][0]["version"] == 2


async def test_a_replay_tells_how_the_message_is_now(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """It may have been sent meanwhile, and the way out may have closed."""
    body = {"content": "Bom dia", "client_message_id": "c-1"}
    (await ana.send(conversation["id"], **body)).ok(status=201)
    owner.execute("UPDATE messages SET delivery_status = 'read', version = 3")
    owner.execute("UPDATE sources SET active = false")
    again = (await ana.send(conversation["id"], **body)).ok(SentMessage, 201)["message"]
    assert (again["status"], again["version"]) == ("read", 3)


async def test_a_client_message_id_with_other_words_is_a_409(
    ana: Caller, bruno: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Neither are the new words lost silently, nor does somebody else's message answer for mine."""
    (await ana.send(conversation["id"], content="Bom dia", client_message_id="c-1")).ok(status=201)
    for caller, content in ((ana, "Boa tarde"), (bruno, "Bom dia")):
        answer = await caller.send(conversation["id"], content=content, client_message_id="c-1")
        assert answer.problem(409)["code"] == "client_message_id_taken"
    assert count(owner, "messages") == 1


async def test_a_client_message_id_belongs_to_its_conversation(
    ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """The same id elsewhere is another message."""
    other = add_conversation(owner)
    for target in (conversation, other):
        (await ana.send(target["id"], content="Bom dia", client_message_id="c-1")).ok(status=201)
    assert count(owner, "messages") == 2


async def test_the_same_message_many_times_at_once_is_stored_once(
    ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Exactly one request is the first, and all get the same answer."""
    body = {"content": "Bom dia", "client_message_id": "c-1"}
    answers = await asyncio.gather(*(ana.send(conversation["id"], **body) for _ in range(12)))
    assert len({answer.ok(SentMessage, 201)["message"]["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert (count(owner, "messages"), count(owner, "message_queue"), count(owner, "outbox")) == (1, 1, 2)


async def test_different_words_at_once_under_one_id_are_one_message(
    ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """One wins, the others are told."""
    answers = await asyncio.gather(
        *(ana.send(conversation["id"], content=f"Texto {n}", client_message_id="c-1") for n in range(6))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert count(owner, "messages") == 1


async def test_messages_at_once_are_queued_in_their_own_order(
    ana_of_many: Caller, token_of: Callable[..., str], owner: Owner, conversation: DictRow
) -> None:
    """What agents see first leaves first, and the conversation's version counts them all."""
    ana, bruno = ana_of_many, Caller(ana_of_many.api, token_of("bruno@demo.test"))
    answers = await asyncio.gather(*((ana, bruno)[n % 2].send(conversation["id"], content=str(n)) for n in range(20)))
    assert {answer.status for answer in answers} == {201}
    seen = owner.execute('SELECT m.id::text FROM messages m ORDER BY m."timestamp", m.id').fetchall()
    queued = owner.execute(
        "SELECT payload->>'message_id' AS id FROM message_queue q ORDER BY created_at, q.id"
    ).fetchall()
    told = owner.execute(
        "SELECT event::jsonb->'data'->>'id' AS id FROM outbox o WHERE channel LIKE 'conversa:%' ORDER BY o.id"
    )
    assert seen == queued == told.fetchall()
    assert (await ana.get(PATH)).ok()["conversations"][0]["version"] == 21


async def test_a_message_is_sent_by_external_id_too(ana: Caller, owner: Owner) -> None:
    """Each way of naming a conversation works for everything, and names one and the same."""
    conversation = add_conversation(owner, external_id="5511965860124551150391104")
    message = (await ana.send("5511965860124551150391104", content="Oi")).ok(SentMessage, 201)["message"]
    assert message["conversation_id"] == str(conversation["id"])


async def test_workers_are_woken_after_the_commit(
    ana: Caller, owner: Owner, redis: Redis, conversation: DictRow
) -> None:
    """An idle worker need not wait for its next poll; a replay wakes nobody."""
    async with redis.pubsub(ignore_subscribe_messages=True) as listening:
        await listening.subscribe(WAKE_CHANNEL)
        (await ana.send(conversation["id"], content="Oi", client_message_id="c-1")).ok(status=201)
        heard = None
        async with asyncio.timeout(5):
            while heard is None:
                heard = await listening.get_message(timeout=1)
        assert heard["channel"] == WAKE_CHANNEL
        assert count(owner, "message_queue") == 1


async def test_a_failure_leaves_nothing_behind(
    ana: Caller, owner: Owner, conversation: DictRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step fails: message, queue row and version are as before."""
    owner.execute("REVOKE INSERT ON outbox FROM prosa_api")
    (await ana.send(conversation["id"], content="Oi")).problem(500)
    owner.execute("GRANT INSERT ON outbox TO prosa_api")
    assert nothing_happened(owner)
    assert (await ana.get(PATH)).ok()["conversations"][0]["version"] == 1


async def test_a_long_message_fits(ana: Caller, conversation: DictRow) -> None:
    """The limit itself is allowed, also in characters of four bytes."""
    content = "👋" * 65_536
    assert (await ana.send(conversation["id"], content=content)).ok(status=201)["message"]["content"] == content
