"""Every kind of send, the pauses of sources, their keys and rates."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from services.queue_worker import claims, queue
from services.queue_worker.sending import lines
from services.queue_worker.sending.sender import Sender
from services.queue_worker.wakeup import Wakeup
from shared.auth.seal import seal
from shared.db.pool import Pool
from tests.ending import end
from tests.factories import evolution_echo, evolution_message
from tests.integration.queue_worker.evolution_stand_in import (
    LINE_DOWN,
    NOT_ON_WHATSAPP,
    UNLICENSED,
    EvolutionStandIn,
    hang,
    refused,
    sent,
)
from tests.integration.queue_worker.outgoing import let_lines_try, make_sender, order, reply
from tests.integration.queue_worker.queue_rows import Owner, dead, enqueue, make_due, queued
from tests.integration.queue_worker.working import messages, outbox, process
from tests.waiting import until

PHONE = "5511955550001"
JID = f"{PHONE}@s.whatsapp.net"
KEYS = ("a-key-that-seals",)


@pytest.fixture
def sender(worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession) -> Sender:
    return make_sender(worker_pool, evolution.url, http, secrets_keys=KEYS)


@pytest.fixture(autouse=True)
async def patient(worker_pool: Pool) -> None:
    """Somebody who wrote."""
    await process(worker_pool, evolution_message("P1", "bom dia", phone=PHONE))


async def send_next(sender: Sender, pool: Pool) -> int:
    claimed = [*await claims.claim_heads(pool, 8, 30.0), *await claims.claim_signals(pool, 8, 30.0)]
    await asyncio.gather(*(sender.send(message) for message in claimed))
    return len(claimed)


async def send_all(sender: Sender, pool: Pool, owner: Owner) -> None:
    while await send_next(sender, pool) or await queue.promote_scheduled(pool) or let_lines_try(owner):
        make_due(owner)


def of(owner: Owner, message_id: int) -> dict[str, Any]:
    row = owner.execute("SELECT * FROM messages WHERE id = %s", [message_id]).fetchone()
    assert row is not None
    return row


def patients(owner: Owner) -> int:
    return int(next(row["id"] for row in messages(owner) if row["provider_id"] == "P1"))


def signal(owner: Owner, kind: str, payload: dict[str, Any], **columns: Any) -> None:
    key = f"{kind}:1"
    body = {"conversation_id": "1", **payload}
    enqueue(owner, body, **{"message_type": kind, "ordering_key": key, "priority": -1, **columns})


def changes(owner: Owner) -> list[tuple[Any, ...]]:
    rows = owner.execute("SELECT * FROM message_changes ORDER BY id").fetchall()
    return [
        (row["provider_id"], row["kind"], row["slot"].partition(":")[0], row["value"], row["settled"]) for row in rows
    ]


async def test_a_reply_quotes_what_it_answers(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """By its key, with the words the patient wrote."""
    reply(owner, "sim", reply_to="P1")

    await send_all(sender, worker_pool, owner)

    [call] = evolution.calls
    assert call["quoted"] == {
        "key": {"id": "P1", "remoteJid": JID, "fromMe": False},
        "message": {"conversation": "bom dia"},
    }


async def test_the_first_version_is_spoken_to_in_its_own_words(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """`api_version` of the source says which."""
    owner.execute("UPDATE sources SET api_version = 'v1' WHERE id = 1")
    message_id = reply(owner, "olá")

    await send_all(sender, worker_pool, owner)

    assert evolution.calls == [{"instance": "demo-wa", "number": PHONE, "options": {}, "textMessage": {"text": "olá"}}]
    assert of(owner, message_id)["delivery_status"] == "sent"


@pytest.mark.parametrize(
    ("message_type", "path"),
    [("image", "message/sendMedia"), ("document", "message/sendMedia"), ("audio", "message/sendWhatsAppAudio")],
)
async def test_a_file_is_sent_whole(
    owner: Owner,
    worker_pool: Pool,
    evolution: EvolutionStandIn,
    http: aiohttp.ClientSession,
    message_type: str,
    path: str,
) -> None:
    """Its bytes as base64, with its name, its kind and its caption."""
    content = bytes(range(256))

    async def read(clinic_id: int, sha256: bytes, size: int) -> bytes:
        assert (clinic_id, sha256, size) == (1, b"s" * 32, 256)
        return content

    caption = "" if message_type == "audio" else "exame"
    message_id = reply(owner, caption, message_type=message_type)
    add_file(owner, message_id)
    sender = make_sender(worker_pool, evolution.url, http, read_file=read)

    await send_all(sender, worker_pool, owner)

    [request] = evolution.requests
    body = request.body
    assert request.path == path
    assert base64.b64decode(body.get("media") or body.get("audio") or "") == content
    if message_type != "audio":
        assert (body["mediatype"], body["fileName"], body["caption"]) == (message_type, "exame.pdf", "exame")
    assert of(owner, message_id)["delivery_status"] == "sent"


async def test_files_wait_while_as_many_bytes_are_in_hand_as_may_be(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """However many conversations have one: the worker's memory is bounded, and no attempt is spent."""
    may_answer = asyncio.Event()

    async def read(_clinic_id: int, _sha256: bytes, size: int) -> bytes:
        return bytes(size)

    async def slowly(body: dict[str, Any]) -> web.Response:
        await may_answer.wait()
        return sent(body, "FIRST")

    evolution.then(slowly)
    await process(worker_pool, evolution_message("Q1", phone="5511955550002"))
    for conversation_id in (1, 2):
        add_file(owner, reply(owner, "", message_type="image", conversation_id=conversation_id))
    sender = make_sender(worker_pool, evolution.url, http, read_file=read, most_file_bytes=500)
    running = asyncio.create_task(sender.run())
    [waiting] = await until(lambda: [row for row in queued(owner) if row["scheduled_at"]], what="the file that waits")
    await until(lambda: evolution.requests, what="the other")
    assert len(evolution.requests) == 1
    assert waiting["retry_count"] == 0

    async def worked_off() -> bool:
        make_due(owner)
        await queue.promote_scheduled(worker_pool)
        return not queued(owner)

    may_answer.set()
    await until(worked_off, what="both sent")
    await end(running)

    assert [row["delivery_status"] for row in messages(owner) if row["sender_type"] != "patient"] == ["sent", "sent"]


def add_file(owner: Owner, message_id: int) -> None:
    owner.execute(
        "INSERT INTO media_files (clinic_id, sha256, size) VALUES (1, %s, 256) ON CONFLICT DO NOTHING", [b"s" * 32]
    )
    owner.execute(
        "INSERT INTO message_attachments (clinic_id, message_id, file_name, file_type, file_size, state, sha256)"
        " VALUES (1, %s, 'exame.pdf', 'application/pdf', 256, 'stored', %s)",
        [message_id, b"s" * 32],
    )


async def test_a_file_that_is_gone_fails_where_agents_see_it(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """There is nothing to be sent, and nothing was."""
    message_id = reply(owner, "", message_type="image")
    add_file(owner, message_id)

    await send_all(sender, worker_pool, owner)

    row = of(owner, message_id)
    assert (row["delivery_status"], row["posted_at"], row["metadata"]["failure"]["code"]) == (
        "failed",
        None,
        "file_missing",
    )
    assert evolution.requests == []


async def test_a_media_send_without_an_answer_is_found_in_evolution(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """By kind and caption, as a text is by its words."""

    async def read(*_: object) -> bytes:
        return b"x"

    async def taken(body: dict[str, Any]) -> web.StreamResponse:
        evolution.accept(body, "MEDIA1")
        return await hang(body)

    evolution.then(taken)
    message_id = reply(owner, "raio x", message_type="image")
    add_file(owner, message_id)

    await send_all(make_sender(worker_pool, evolution.url, http, read_file=read, timeout=1), worker_pool, owner)

    row = of(owner, message_id)
    assert (row["provider_id"], row["delivery_status"]) == ("MEDIA1", "sent")
    assert len(evolution.calls) == 1


CHANGES: list[tuple[str, dict[str, Any], str, str, tuple[Any, ...]]] = [
    ("send.reaction", {"text": "👍"}, "POST", "message/sendReaction", ("reaction", "me", "👍")),
    ("send.edit", {"text": "olá, Maria"}, "POST", "chat/updateMessage", ("edit", "olá, Maria")),
    ("send.delete", {}, "DELETE", "chat/deleteMessageForEveryone", ("delete", "", None)),
]


@pytest.mark.parametrize(("kind", "payload", "method", "path", "change"), CHANGES)
async def test_a_change_is_made_and_kept_as_a_change(
    owner: Owner,
    worker_pool: Pool,
    sender: Sender,
    evolution: EvolutionStandIn,
    kind: str,
    payload: dict[str, Any],
    method: str,
    path: str,
    change: tuple[Any, ...],
) -> None:
    """As Evolution's webhook would tell of it, where it does: what settles changes shows it."""
    message_id = reply(owner, "olá")
    await send_all(sender, worker_pool, owner)
    order(owner, kind, message_id, payload=payload)

    await send_all(sender, worker_pool, owner)

    request = evolution.requests[-1]
    key = request.body.get("key", request.body)
    assert (request.method, request.path) == (method, path)
    assert (key["id"], key["remoteJid"], key["fromMe"]) == ("SENT1", JID, True)
    [(target, kept_kind, slot, value, settled)] = changes(owner)
    assert (target, kept_kind, value, settled) == ("SENT1", change[0], change[-1], False)
    assert kept_kind == "edit" or slot == change[1]
    assert (queued(owner), dead(owner)) == ([], [])


async def test_a_change_without_an_answer_is_made_again(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """To react twice is to react once."""
    evolution.then(hang)
    evolution.then(web.Response(status=502))
    order(owner, "send.reaction", patients(owner), payload={"text": "❤️"})

    await send_all(make_sender(worker_pool, evolution.url, http, timeout=1), worker_pool, owner)

    assert [request.path for request in evolution.requests] == ["message/sendReaction"] * 3
    assert changes(owner) == [("P1", "reaction", "me", "❤️", False)]


async def test_a_change_that_is_refused_is_told_and_leaves_the_message_as_it_is(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """The message did not fail; a later change that works forgets the failure."""
    evolution.then(refused("Message not found"))
    message_id = patients(owner)
    order(owner, "send.reaction", message_id, payload={"text": "❤️"})
    await send_all(sender, worker_pool, owner)

    row = of(owner, message_id)
    assert (row["delivery_status"], row["metadata"]["change_failure"]["change"]) == ("delivered", "reaction")
    assert len(dead(owner)) == 1

    order(owner, "send.reaction", message_id, payload={"text": "👍"})
    await send_all(sender, worker_pool, owner)
    assert "change_failure" not in of(owner, message_id)["metadata"]


async def test_changes_and_replies_of_a_conversation_leave_in_order(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """An edit of what is still to be sent waits for it."""
    message_id = reply(owner, "um", at=10)
    order(owner, "send.edit", message_id, payload={"text": "dois"}, at=11)
    reply(owner, "três", at=12)

    await send_all(sender, worker_pool, owner)

    assert [request.body.get("text") for request in evolution.requests] == ["um", "dois", "três"]


async def test_reading_and_typing_pass_a_reply_that_waits(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """A slow call delays neither them, nor do they delay it."""
    evolution.then(hang)
    reply(owner, "lenta")
    running = asyncio.create_task(make_sender(worker_pool, evolution.url, http, timeout=5).run())
    await until(lambda: evolution.texts == ["lenta"], what="the slow call")
    signal(owner, "send.read", {"read": [{"id": "P1", "participant": None}]})
    signal(owner, "send.typing", {"typing": True})

    await until(lambda: len(evolution.requests) == 3, what="the signals")
    await end(running)

    by_path = {request.path: request.body for request in evolution.requests}
    assert by_path["chat/markMessageAsRead"] == {"readMessages": [{"id": "P1", "remoteJid": JID, "fromMe": False}]}
    assert by_path["chat/sendPresence"]["presence"] == "composing"


async def test_typing_is_forgotten_after_a_few_seconds(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """Nobody types in the past; nothing is dead either."""
    signal(owner, "send.typing", {"typing": True}, created_at=datetime.now(UTC) - timedelta(seconds=6))

    await send_next(sender, worker_pool)

    assert (evolution.requests, queued(owner), dead(owner)) == ([], [], [])


async def test_reading_that_fails_is_tried_again_and_then_let_go(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """A tick on the patient's phone is worth three calls and no dead letter."""
    for _ in range(3):
        evolution.then(web.Response(status=500))
    signal(owner, "send.read", {"read": [{"id": "P1"}]})

    await send_all(sender, worker_pool, owner)

    assert (len(evolution.requests), queued(owner), dead(owner)) == (3, [], [])


@pytest.fixture
def long_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line's first rest is not over before the test looks."""
    monkeypatch.setattr(lines, "FIRST_REST_SECONDS", 60.0)


PAUSES = [
    (web.json_response(UNLICENSED, status=503), "not_activated"),
    (refused("Unauthorized", status=401), "bad_key"),
    (refused('The "demo-wa" instance does not exist', status=404), "unknown_instance"),
    (refused(LINE_DOWN), "line_down"),
    (web.Response(status=429), "busy"),
]


@pytest.mark.parametrize(("answer", "reason"), PAUSES, ids=[reason for _, reason in PAUSES])
async def test_what_is_not_the_messages_fault_pauses_its_source(
    long_rests: None,
    owner: Owner,
    worker_pool: Pool,
    sender: Sender,
    evolution: EvolutionStandIn,
    answer: web.Response,
    reason: str,
) -> None:
    """Nobody's message fails; those of other sources go on; when the line is good again, all leave in order."""
    evolution.then(answer)
    reply(owner, "um", at=10)
    reply(owner, "dois", at=20)

    assert await send_next(sender, worker_pool) == 1
    assert await send_next(sender, worker_pool) == 0

    assert [row["reason"] for row in owner.execute("SELECT reason FROM source_sending").fetchall()] == [reason]
    assert {row["delivery_status"] for row in messages(owner) if row["sender_type"] == "professional"} == {"pending"}
    await send_all(sender, worker_pool, owner)
    assert evolution.texts == ["um", "um", "dois"]
    [line] = owner.execute("SELECT failures, paused_until FROM source_sending").fetchall()
    assert (line["failures"], line["paused_until"]) == (0, None)


async def test_a_line_that_opens_ends_the_pause_at_once(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """What Evolution tells of the connection is believed before the pause is over."""
    evolution.then(refused(LINE_DOWN))
    reply(owner, "um")
    await send_next(sender, worker_pool)
    owner.execute("UPDATE source_sending SET paused_until = now() + interval '1 h'")
    assert await send_next(sender, worker_pool) == 0

    owner.execute("UPDATE sources SET state = 'open', state_at = now() + interval '1 ms' WHERE id = 1")

    await until(lambda: _sent_after(sender, worker_pool, evolution), what="the reply")


async def _sent_after(sender: Sender, pool: Pool, evolution: EvolutionStandIn) -> bool:
    await send_next(sender, pool)
    return evolution.texts == ["um", "um"]


async def test_several_calls_without_an_answer_break_the_circuit_and_one_message_tries_it(
    long_rests: None, owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """Conversation after conversation would end in doubt: after five the rest wait, and a single one probes."""
    for number in range(2, 12):
        await process(worker_pool, evolution_message(f"M{number}", phone=f"55119555500{number:02}"))
    evolution.chooses = lambda _: hang
    for number in range(1, 12):
        reply(owner, f"r{number}", at=number, conversation_id=number)
    sender = make_sender(worker_pool, evolution.url, http, timeout=1)
    for _ in range(5):
        [message] = await claims.claim_heads(worker_pool, 1, 30.0)
        await sender.send(message)

    assert await send_next(sender, worker_pool) == 0
    owner.execute("UPDATE source_sending SET paused_until = now() - interval '1 s'")
    claimed = await claims.claim_heads(worker_pool, 4, 30.0)
    await asyncio.gather(*(sender.send(message) for message in claimed))

    assert len(claimed) == 4
    assert len(evolution.calls) == 6


async def test_a_sources_rate_holds_over_all_senders(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """What is over it waits, and spends no attempt."""
    owner.execute("UPDATE sources SET sends_per_second = 0.01 WHERE id = 1")
    for number in range(2, 9):
        await process(worker_pool, evolution_message(f"M{number}", phone=f"55119555500{number:02}"))
    for number in range(1, 9):
        reply(owner, f"r{number}", at=number, conversation_id=number)
    senders = [make_sender(worker_pool, evolution.url, http) for _ in range(2)]
    claimed = await claims.claim_heads(worker_pool, 8, 30.0)

    await asyncio.gather(*(senders[n % 2].send(message) for n, message in enumerate(claimed)))

    assert len(evolution.calls) == 1
    assert {row["retry_count"] for row in queued(owner)} == {0}


async def test_a_source_has_its_own_server_and_sealed_key(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """The newest that has not expired opens the door; the environment's is for sources without one."""
    evolution.key = "its-own"
    owner.execute("UPDATE sources SET api_url = %s WHERE id = 1", [evolution.url])
    for key, expires in (("expired", "now() - interval '1 s'"), ("its-own", "NULL")):
        owner.execute(
            f"INSERT INTO source_secrets (clinic_id, source_id, purpose, sealed, expires_at)"
            f" VALUES (1, 1, 'api-key', %s, {expires})".encode(),
            [seal(KEYS, 1, "api-key", key)],
        )
    reply(owner, "olá")

    await send_all(make_sender(worker_pool, "http://127.0.0.1:1", http, secrets_keys=KEYS), worker_pool, owner)

    assert evolution.texts == ["olá"]


async def test_a_key_that_cannot_be_opened_pauses_its_source(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """It is an operator's to mend: no reply fails because of it, and another key is not tried in its place."""
    owner.execute(
        "INSERT INTO source_secrets (clinic_id, source_id, purpose, sealed) VALUES (1, 1, 'api-key', %s)",
        [seal(("another",), 1, "api-key", "x")],
    )
    message_id = reply(owner, "olá")

    await send_next(make_sender(worker_pool, evolution.url, http, secrets_keys=KEYS), worker_pool)

    assert evolution.requests == []
    assert of(owner, message_id)["delivery_status"] == "pending"
    [line] = owner.execute("SELECT reason FROM source_sending").fetchall()
    assert line["reason"] == "bad_key"


async def test_an_echo_ends_the_wait_of_its_conversation(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """The next reply leaves as soon as the echo is taken in, and not when the wait would have been over."""
    evolution.then(hang)
    reply(owner, "um", at=10)
    reply(owner, "dois", at=20)
    work = Wakeup()
    sender = make_sender(worker_pool, evolution.url, http, timeout=1, work=work, longest_sleep=60)
    running = asyncio.create_task(sender.run())
    await until(lambda: any(row["scheduled_at"] for row in queued(owner)), what="the wait for the echo")
    assert sender.awaits_echo()

    await process(worker_pool, evolution_echo("E1", "um", phone=PHONE, at=11))
    work.ring()

    await until(lambda: evolution.texts == ["um", "dois"], what="the next reply")
    await end(running)


async def test_an_unreachable_evolution_is_asked_again_for_an_outcome(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """Within a bound; what it shows then is the truth."""

    async def taken(body: dict[str, Any]) -> web.StreamResponse:
        evolution.accept(body, "LATE")
        return await hang(body)

    evolution.then(taken)
    for _ in range(3):
        evolution.when_asked(web.Response(status=503))
    message_id = reply(owner, "olá")

    await send_all(make_sender(worker_pool, evolution.url, http, timeout=1), worker_pool, owner)

    assert (of(owner, message_id)["provider_id"], len(evolution.calls)) == ("LATE", 1)


async def test_what_agents_see_of_a_failure_has_a_code_and_words(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """And names the dead letter, so that a retry can take it back."""
    evolution.then(refused(NOT_ON_WHATSAPP))
    message_id = reply(owner, "olá")

    await send_all(sender, worker_pool, owner)

    failure = of(owner, message_id)["metadata"]["failure"]
    assert (failure["code"], failure["reason"]) == ("not_on_whatsapp", "the number is not on WhatsApp")
    assert failure["dead_letter"] == str(dead(owner)[0]["original_message_id"])
    assert outbox(owner)[-2]["event"]["data"]["metadata"]["failure"] == failure


async def test_a_retry_of_an_unknown_outcome_looks_first(
    owner: Owner, worker_pool: Pool, sender: Sender, evolution: EvolutionStandIn
) -> None:
    """It may have arrived after all, and Evolution shows it by now: then nothing is sent."""
    message_id = reply(owner, "olá")
    queued_at = datetime.now(UTC)
    evolution.accept({"number": PHONE, "text": "olá"}, "AFTER-ALL")
    owner.execute(
        "UPDATE message_queue SET payload = payload || jsonb_build_object('unclear_since', %s::text)",
        [queued_at.isoformat()],
    )

    await send_all(sender, worker_pool, owner)

    assert (of(owner, message_id)["provider_id"], evolution.calls) == ("AFTER-ALL", [])
