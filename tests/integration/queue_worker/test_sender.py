"""Agents' replies to Evolution: in order, once, and never silently lost."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from services.queue_worker import claims, queue
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from services.queue_worker.sending import insisting
from services.queue_worker.sending import sender as sender_module
from services.queue_worker.sending.answers import REASONS
from services.queue_worker.sending.evolution_client import EvolutionClient
from services.queue_worker.sending.files import FileMissingError
from services.queue_worker.sending.sender import Sender, SenderSettings
from services.queue_worker.sending.store import mark_posted
from services.queue_worker.sending.unknown_outcomes import UNKNOWN_OUTCOME
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool, open_pool
from shared.db.tenant import tenant_transaction
from tests.ending import end
from tests.factories import evolution_echo, evolution_message, moment
from tests.integration.queue_worker.evolution_stand_in import (
    KEY,
    LINE_DOWN,
    NOT_ON_WHATSAPP,
    Answer,
    EvolutionStandIn,
    hang,
    refused,
    sent,
)
from tests.integration.queue_worker.queue_rows import Owner, dead, enqueue, expire_leases, make_due, queued
from tests.integration.queue_worker.working import (
    columns,
    conversation,
    conversations,
    identities,
    outbox,
    process,
)
from tests.proxy import open_proxy
from tests.waiting import until

PHONE = "5511955550001"


@pytest.fixture
def sender(worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession) -> Sender:
    return make_sender(worker_pool, evolution.url, http)


@pytest.fixture(autouse=True)
async def patient(worker_pool: Pool) -> None:
    """Somebody who wrote, so that there is somebody to answer."""
    await process(worker_pool, evolution_message("P1", "bom dia", phone=PHONE))


def make_sender(
    pool: Pool, url: str, http: aiohttp.ClientSession, *, timeout: float = 5.0, dead_letters: bool = True
) -> Sender:
    limits = SenderSettings(lease=30.0, longest_sleep=0.05, max_attempts=3, dead_letters=dead_letters, echo_wait=30.0)
    return Sender(pool, EvolutionClient(http, url, KEY, timeout), limits, Wakeup(), lambda: None, no_file)


async def no_file(*_: object) -> bytes:
    raise FileMissingError


def reply(owner: Owner, text: str = "olá", at: float = 10, conversation_id: int = 1) -> int:
    """What the API does with an agent's text: a message that waits, and a row that has it sent. Returns the message's id."""
    row = owner.execute(
        'INSERT INTO messages (clinic_id, conversation_id, source_id, sender_type, content, delivery_status, "timestamp")'
        " VALUES (1, %s, 1, 'professional', %s, 'pending', %s) RETURNING id",
        [conversation_id, text, moment(at)],
    ).fetchone()
    assert row is not None
    payload = {"message_id": str(row["id"]), "conversation_id": str(conversation_id)}
    key = f"conversation:{conversation_id}"
    enqueue(owner, payload, message_type="send.text", ordering_key=key, created_at=moment(at))
    return int(row["id"])


def ours(owner: Owner) -> list[dict[str, Any]]:
    """What was said by the clinic, in its order."""
    said = owner.execute("SELECT * FROM messages WHERE sender_type = 'professional' ORDER BY \"timestamp\", id")
    return said.fetchall()


def the_line(owner: Owner) -> dict[str, Any]:
    """The only source that was sent through."""
    [line] = owner.execute("SELECT * FROM source_sending").fetchall()
    return line


async def send_next(sender: Sender, pool: Pool) -> int:
    """Claim what can be sent now and send it, once; returns how many that were."""
    claimed = await claims.claim_heads(pool, 8, 30.0)
    await asyncio.gather(*(sender.send(message) for message in claimed))
    return len(claimed)


async def send_all(sender: Sender, pool: Pool, owner: Owner) -> None:
    """Send until nothing is left to be tried, as if no time passed between."""
    while await send_next(sender, pool) or await queue.promote_scheduled(pool) or let_lines_try(owner):
        make_due(owner)


def let_lines_try(owner: Owner) -> bool:
    """Let the rest of every line be over, and its rate have room; whether one had to wait."""
    changed = owner.execute(
        "UPDATE source_sending SET next_at = NULL,"
        " paused_until = CASE WHEN paused_at IS NOT NULL THEN clock_timestamp() - interval '1 s' END"
        " WHERE paused_until > clock_timestamp() OR next_at > clock_timestamp()"
    )
    return changed.rowcount > 0


async def test_a_reply_is_sent_and_shown_as_sent(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Evolution gets number and text through the conversation's instance; its id is kept and agents are told."""
    owner.execute("DELETE FROM outbox")
    reply(owner, "olá, Maria")

    await send_next(sender, worker_pool)

    assert evolution.calls == [{"instance": "demo-wa", "number": PHONE, "text": "olá, Maria"}]
    [message] = ours(owner)
    assert (message["provider_id"], message["delivery_status"], message["source_id"]) == ("SENT1", "sent", 1)
    updated, listed = (entry["event"] for entry in outbox(owner))
    assert (updated["type"], updated["data"]["status"], updated["data"]["version"]) == ("message:updated", "sent", 2)
    assert (listed["type"], listed["data"]["version"]) == ("conversation:list:updated", conversation(owner)["version"])
    assert (queued(owner), dead(owner)) == ([], [])


async def test_the_address_whatsapp_answers_with_is_the_contacts_from_then_on(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """A number with the ninth digit may be known to WhatsApp without it: what it answers with is kept."""

    async def without_ninth_digit(body: dict[str, Any]) -> web.Response:
        return sent(body, "S1", "551155550001@s.whatsapp.net")

    evolution.then(without_ninth_digit)
    reply(owner)

    await send_next(sender, worker_pool)

    assert "jid:551155550001@s.whatsapp.net" in identities(owner)["Maria Teste"]


@pytest.mark.parametrize("when", ["before the answer", "after the answer"])
async def test_an_echo_is_the_same_message(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn, when: str
) -> None:
    """Evolution tells of what it sent through a webhook as well, sometimes before it answers the call."""
    echo = evolution_echo("SENT1", "olá", phone=PHONE, at=11)

    async def echo_first(body: dict[str, Any]) -> web.Response:
        await process(worker_pool, echo)
        return sent(body, "SENT1")

    if when == "before the answer":
        evolution.then(echo_first)
    reply(owner)
    await send_next(sender, worker_pool)
    await process(worker_pool, echo | {"again": True})

    [message] = ours(owner)
    assert (message["provider_id"], message["delivery_status"]) == ("SENT1", "sent")
    assert "message:new" not in [entry["event"]["type"] for entry in outbox(owner)[2:]]


async def test_a_status_that_comes_before_the_answer_is_shown_with_it(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """WhatsApp delivered it before Evolution answered the call: what was parked under the id is the reply's."""

    async def delivered_first(body: dict[str, Any]) -> web.Response:
        status = {"keyId": "S1", "remoteJid": f"{PHONE}@s.whatsapp.net", "fromMe": True, "status": "DELIVERY_ACK"}
        await process(worker_pool, {"event": "messages.update", "instance": "demo-wa", "data": status})
        return sent(body, "S1")

    evolution.then(delivered_first)
    reply(owner, "olá")
    await send_next(sender, worker_pool)

    [message] = ours(owner)
    assert (message["provider_id"], message["delivery_status"]) == ("S1", "delivered")


async def test_two_equal_texts_are_two_messages(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """An agent says "ok" twice: two calls, two ids, whatever their echoes do between."""

    async def echo_first(body: dict[str, Any]) -> web.Response:
        provider_id = f"SENT{len(evolution.calls)}"
        await process(worker_pool, evolution_echo(provider_id, body["text"], phone=PHONE, at=len(evolution.calls)))
        return sent(body, provider_id)

    evolution.then(echo_first)
    evolution.then(echo_first)
    reply(owner, "ok", at=10)
    reply(owner, "ok", at=20)

    await send_all(sender, worker_pool, owner)

    assert evolution.texts == ["ok", "ok"]
    assert columns(ours(owner), "provider_id", "delivery_status") == [("SENT1", "sent"), ("SENT2", "sent")]


async def test_an_echo_with_other_words_is_absorbed(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Evolution changed the text: the echo's row goes, agents are told that it did, and the list shows what is left."""

    async def echo_first(body: dict[str, Any]) -> web.Response:
        await process(worker_pool, evolution_echo("S1", "olá (assinado)", phone=PHONE, at=99))
        return sent(body, "S1")

    evolution.then(echo_first)
    reply(owner, "olá")
    await send_next(sender, worker_pool)

    [message] = ours(owner)
    assert (message["content"], message["provider_id"]) == ("olá", "S1")
    shown = conversation(owner)
    assert (shown["last_message"], shown["last_message_id"]) == ("olá", message["id"])
    gone = [e["event"]["data"] for e in outbox(owner) if e["event"]["data"].get("deleted_at")]
    assert [(data["external_id"], data["id"] == str(message["id"])) for data in gone] == [("S1", False)]


async def test_replies_of_one_conversation_leave_in_order_also_past_a_line_that_was_down(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """The instance is offline for ten attempts: no attempt is spent, nothing overtakes, everything leaves in the end."""
    for _ in range(10):
        evolution.then(refused(LINE_DOWN))
    for n in range(3):
        reply(owner, f"resposta {n}", at=10 + n)

    await send_all(sender, worker_pool, owner)

    assert evolution.texts == ["resposta 0"] * 11 + ["resposta 1", "resposta 2"]
    assert {row["delivery_status"] for row in ours(owner)} == {"sent"}
    assert dead(owner) == []


async def test_a_line_that_is_down_is_not_hammered(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Its source rests, each time longer, and with it all that would leave through it. No attempt is spent."""
    rests = []
    reply(owner)
    for _ in range(8):
        evolution.then(refused(LINE_DOWN))
        await send_next(sender, worker_pool)
        [row] = queued(owner)
        assert (row["status"], row["retry_count"], row["scheduled_at"]) == ("retrying", 0, None)
        line = the_line(owner)
        rests.append((line["paused_until"] - line["paused_at"]).total_seconds())
        let_lines_try(owner)

    assert len(evolution.calls) == 8
    assert 0.7 <= rests[0] <= 1
    assert 45 <= rests[-1] <= 60


async def test_a_number_without_whatsapp_fails_where_agents_see_it(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Another try would fail the same way: the message is failed, the reason among the dead letters."""
    evolution.then(refused(NOT_ON_WHATSAPP))
    message_id = reply(owner)

    await send_all(sender, worker_pool, owner)

    [message] = ours(owner)
    [entry] = dead(owner)
    assert (message["delivery_status"], message["posted_at"]) == ("failed", None)
    assert (entry["error_message"], entry["payload"]["message_id"]) == (
        "the number is not on WhatsApp",
        str(message_id),
    )
    assert outbox(owner)[-2]["event"]["data"]["status"] == "failed"
    assert len(evolution.calls) == 1


async def test_a_failed_reply_does_not_hold_up_the_next(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """What is dead makes way."""
    evolution.then(refused(NOT_ON_WHATSAPP))
    reply(owner, "um", at=10)
    reply(owner, "dois", at=20)

    await send_all(sender, worker_pool, owner)

    assert columns(ours(owner), "content", "delivery_status") == [("um", "failed"), ("dois", "sent")]


async def test_an_evolution_that_cannot_be_reached_is_waited_for(
    owner: Owner, worker_pool: Pool, http: aiohttp.ClientSession
) -> None:
    """A refused connection is no call: it is made again, attempts unspent."""
    reply(owner)

    await send_next(make_sender(worker_pool, "http://127.0.0.1:1", http), worker_pool)

    [row] = queued(owner)
    [message] = ours(owner)
    assert (row["status"], row["retry_count"]) == ("retrying", 0)
    assert (message["delivery_status"], message["posted_at"]) == ("pending", None)
    assert the_line(owner)["reason"] == "unreachable"


@pytest.mark.parametrize("outcome", ["no answer", "a server error", "an answer without an id", "a line cut"])
async def test_a_call_whose_outcome_is_unknown_is_not_made_again(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession, outcome: str
) -> None:
    """The patient may have the message. Without an echo it fails, and an operator is told that nobody knows."""

    async def cut(_: dict[str, Any]) -> web.StreamResponse:
        assert proxy is not None
        proxy.cut()
        return await hang(_)

    answers: dict[str, Answer | web.StreamResponse] = {
        "no answer": hang,
        "a server error": refused("File or buffer is undefined.", status=500),
        "an answer without an id": web.json_response({"status": "PENDING"}, status=201),
        "a line cut": cut,
    }
    evolution.then(answers[outcome])
    reply(owner)
    async with open_proxy(evolution.url) as proxy:
        sender = make_sender(worker_pool, proxy.url.rstrip("/"), http, timeout=1)
        await send_all(sender, worker_pool, owner)

    assert len(evolution.calls) == 1
    assert [row["delivery_status"] for row in ours(owner)] == ["failed"]
    assert [entry["error_message"] for entry in dead(owner)] == [UNKNOWN_OUTCOME.error]


async def test_an_unknown_outcome_waits_for_the_echo(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """The echo settles it: the message was sent, its successor may leave, nothing is dead."""
    evolution.then(hang)
    reply(owner, "um", at=10)
    reply(owner, "dois", at=20)
    sender = make_sender(worker_pool, evolution.url, http, timeout=1)
    await send_next(sender, worker_pool)
    assert await send_next(sender, worker_pool) == 0  # what comes after waits for it

    await process(worker_pool, evolution_echo("E1", "um", phone=PHONE, at=11))
    assert [row["delivery_status"] for row in ours(owner)] == ["sent", "pending"]
    make_due(owner)
    await send_all(make_sender(worker_pool, evolution.url, http), worker_pool, owner)

    assert evolution.texts == ["um", "dois"]
    assert columns(ours(owner), "provider_id", "delivery_status") == [("E1", "sent"), ("SENT2", "sent")]
    assert dead(owner) == []


async def test_an_echo_that_comes_after_all_hope_still_tells_the_truth(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """The message was given up as unknown; its echo proves that the patient has it, and agents see that."""
    evolution.then(hang)
    reply(owner)
    await send_all(make_sender(worker_pool, evolution.url, http, timeout=1), worker_pool, owner)
    assert [row["delivery_status"] for row in ours(owner)] == ["failed"]
    owner.execute("DELETE FROM outbox")

    await process(worker_pool, evolution_echo("E1", "olá", phone=PHONE, at=11))

    assert columns(ours(owner), "provider_id", "delivery_status") == [("E1", "sent")]
    assert [entry["event"]["type"] for entry in outbox(owner)] == ["message:updated"]


async def test_a_worker_killed_after_the_call_does_not_make_it_again(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """What was noted before the call outlives the worker: the next one waits for the echo instead of calling."""
    message_id = reply(owner)
    await claims.claim_heads(worker_pool, 1, 30.0)
    async with tenant_transaction(worker_pool, 1) as connection:
        assert await mark_posted(connection, 1, message_id)
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)

    await send_all(sender, worker_pool, owner)

    assert evolution.calls == []
    assert [entry["error_message"] for entry in dead(owner)] == [UNKNOWN_OUTCOME.error]


async def test_a_worker_killed_before_the_call_leaves_it_to_the_next(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Nothing was noted, so nothing was called."""
    reply(owner)
    await claims.claim_heads(worker_pool, 1, 30.0)
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)

    await send_all(sender, worker_pool, owner)

    assert evolution.texts == ["olá"]
    assert [row["delivery_status"] for row in ours(owner)] == ["sent"]


async def test_a_worker_that_stood_still_past_its_lease_does_not_send(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """It was stopped between its claim and its call; meanwhile another sent the message."""
    reply(owner)
    [late] = await claims.claim_heads(worker_pool, 1, 30.0)
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)
    [other] = await claims.claim_heads(worker_pool, 1, 30.0)

    await asyncio.gather(sender.send(other), sender.send(late), sender.send(other))

    assert evolution.texts == ["olá"]
    assert [row["delivery_status"] for row in ours(owner)] == ["sent"]


async def test_what_was_sent_is_recorded_by_whoever_has_its_answer(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """The lease ran out while Evolution was being called: its answer counts all the same, and nobody calls again."""

    async def slowly(body: dict[str, Any]) -> web.Response:
        expire_leases(owner)
        await queue.take_back_expired(worker_pool)
        await send_next(sender, worker_pool)  # another worker takes it and waits for an echo
        return sent(body, "SENT1")

    evolution.then(slowly)
    reply(owner)

    await send_all(sender, worker_pool, owner)

    assert len(evolution.calls) == 1
    assert columns(ours(owner), "provider_id", "delivery_status") == [("SENT1", "sent")]
    assert (queued(owner), dead(owner)) == ([], [])


async def test_an_answer_is_recorded_though_postgres_was_away_when_it_came(
    owner: Owner,
    worker_pool: Pool,
    evolution: EvolutionStandIn,
    http: aiohttp.ClientSession,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody else knows that the message was sent: the sender insists."""
    monkeypatch.setattr(insisting, "UNAVAILABLE_DELAY_SECONDS", 0.02)
    reply(owner)
    async with open_proxy(database_url) as postgres, open_pool(postgres.url, "prosa_worker", size=1) as pool:

        async def while_postgres_goes(body: dict[str, Any]) -> web.Response:
            postgres.refuse()
            asyncio.get_running_loop().call_later(0.3, postgres.resume)
            return sent(body, "SENT1")

        evolution.then(while_postgres_goes)
        await send_next(make_sender(pool, evolution.url, http), pool)

    assert len(evolution.calls) == 1
    assert columns(ours(owner), "provider_id", "delivery_status") == [("SENT1", "sent")]
    assert queued(owner) == []


async def test_a_worker_that_learns_late_takes_back_no_others_note(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Its call was refused, while an operator had the reply sent again: by somebody who may die the next moment."""
    message_id = reply(owner)
    notes: list[Any] = []

    async def refused_late(_body: dict[str, Any]) -> web.Response:
        owner.execute("UPDATE messages SET posted_at = NULL")  # as a replay does
        async with tenant_transaction(worker_pool, 1) as connection:
            notes.append(await mark_posted(connection, 1, message_id))
        return refused(NOT_ON_WHATSAPP)

    evolution.then(refused_late)
    await send_next(sender, worker_pool)

    assert columns(ours(owner), "posted_at") == [(notes[0],)]
    assert notes[0] is not None


@pytest.mark.parametrize("payload", [{}, {"message_id": "x"}, {"message_id": "999"}, [], {"message_id": None}])
async def test_a_row_that_names_no_message_is_buried(
    owner: Owner, worker_pool: Pool, sender: Sender, payload: Any
) -> None:
    """Whatever is in the senders' lane, it stops no sender and does not stay."""
    enqueue(owner, payload, message_type="send.text", ordering_key="conversation:1")

    await send_next(sender, worker_pool)

    assert [entry["error_message"] for entry in dead(owner)] == [REASONS["not_found"]]
    assert queued(owner) == []


async def test_another_clinics_message_is_not_sent(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """A row of clinic 2 that names a message of clinic 1 names nothing."""
    message_id = reply(owner)
    owner.execute("UPDATE message_queue SET clinic_id = 2, source_id = 3")

    await send_next(sender, worker_pool)

    assert evolution.calls == []
    assert len(dead(owner)) == 1
    assert [row["id"] for row in ours(owner)] == [message_id]


async def test_what_kills_its_senders_is_buried(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Workers die before the call, again and again: the agent is told, and the conversation goes on."""
    reply(owner, "um", at=10)
    reply(owner, "dois", at=20)
    for _ in range(3):
        await claims.claim_heads(worker_pool, 1, 30.0)
        expire_leases(owner)
        await queue.take_back_expired(worker_pool)

    await send_all(sender, worker_pool, owner)

    assert evolution.texts == ["dois"]
    assert columns(ours(owner), "content", "delivery_status") == [("um", "failed"), ("dois", "sent")]
    assert [entry["error_message"] for entry in dead(owner)] == [f"{REASONS['gave_up']}: {KILLED_ITS_WORKERS}"]


async def test_a_bug_in_one_send_stops_no_other(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody thought of costs that reply its lease, not the worker its life."""

    async def fail(*_: object) -> None:
        raise KeyError("a bug")

    reply(owner)
    with monkeypatch.context() as patched:
        patched.setattr(sender_module, "find_outgoing", fail)
        await send_next(sender, worker_pool)

    assert [row["status"] for row in queued(owner)] == ["processing"]
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)
    await send_all(sender, worker_pool, owner)
    assert evolution.texts == ["olá"]


async def test_a_group_is_answered_in_the_group_and_a_lid_by_its_lid(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Where there is no number, Evolution gets the address as WhatsApp writes it."""
    group, lid = "120363041234567890@g.us", "201122334455667@lid"
    for number, address in enumerate((group, lid), start=2):
        key = {"remoteJid": address, "fromMe": False, "id": f"M{number}", "participant": "5511955550002@s.whatsapp.net"}
        await process(worker_pool, evolution_message(key=key, name=None))
        reply(owner, conversation_id=number)

    await send_all(sender, worker_pool, owner)

    assert sorted(call["number"] for call in evolution.calls) == [group, lid]
    assert len(conversations(owner)) == 3


async def test_a_contact_without_an_address_is_not_sent_to(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """An integration's own id is no address of WhatsApp's."""
    owner.execute("UPDATE contact_identities SET kind = 'external'  WHERE kind = 'phone'")
    owner.execute("DELETE FROM contact_identities WHERE kind <> 'external'")
    reply(owner)

    await send_next(sender, worker_pool)

    assert evolution.calls == []
    assert [entry["error_message"] for entry in dead(owner)] == [REASONS["no_address"]]
    assert [row["delivery_status"] for row in ours(owner)] == ["failed"]


async def test_a_redirect_is_not_followed(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Following would ask with a GET and believe the answer. The address is the operator's to mend: the message waits."""
    evolution.then(web.Response(status=301, headers={"Location": evolution.url}))
    reply(owner)

    await send_next(sender, worker_pool)

    assert the_line(owner)["reason"] == "misconfigured"
    assert [row["delivery_status"] for row in ours(owner)] == ["pending"]


async def test_a_slow_call_delays_nobody_else(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """One instance hangs: conversations that wait behind it in time are answered all the same."""
    may_answer = asyncio.Event()

    async def slowly(body: dict[str, Any]) -> web.Response:
        await may_answer.wait()
        return sent(body, "SLOW")

    evolution.then(slowly)
    for number in range(2, 12):
        await process(worker_pool, evolution_message(f"M{number}", phone=f"55119555500{number:02}"))
    reply(owner, "lenta", at=1)
    running = asyncio.create_task(sender.run())
    await until(lambda: evolution.texts == ["lenta"], what="the slow call")
    for number in range(2, 12):
        reply(owner, f"rápida {number}", at=number, conversation_id=number)

    await until(lambda: len(evolution.texts) == 11, what="the other calls")
    may_answer.set()
    await until(lambda: queued(owner) == [], what="everything sent")
    await end(running)

    assert {row["delivery_status"] for row in ours(owner)} == {"sent"}


async def test_a_worker_told_to_stop_brings_its_call_to_an_end(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """A deployment does not make the outcome of a call unknown."""
    may_answer = asyncio.Event()

    async def slowly(body: dict[str, Any]) -> web.Response:
        await may_answer.wait()
        return sent(body, "SENT1")

    evolution.then(slowly)
    reply(owner)
    running = asyncio.create_task(sender.run())
    await until(lambda: evolution.texts, what="the call")

    running.cancel()
    may_answer.set()
    await asyncio.gather(running, return_exceptions=True)

    assert columns(ours(owner), "provider_id", "delivery_status") == [("SENT1", "sent")]
    assert queued(owner) == []


async def test_without_dead_letters_a_refused_reply_is_never_dropped(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """DLQ_ENABLED=false: it is tried again and again, and leaves when it can."""
    evolution.then(refused(NOT_ON_WHATSAPP))
    reply(owner)

    await send_all(make_sender(worker_pool, evolution.url, http, dead_letters=False), worker_pool, owner)

    assert len(evolution.calls) == 2
    assert [row["delivery_status"] for row in ours(owner)] == ["sent"]
    assert json.dumps(dead(owner)) == "[]"
