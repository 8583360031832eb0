"""The sending ledger: whatever Evolution answers and whoever dies, no reply twice, none out of order, none silently lost."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import aiohttp
import psycopg
import pytest
from aiohttp import web
from psycopg.rows import dict_row

from services.queue_worker import claims, queue
from services.queue_worker.sending import content
from shared.db.pool import Pool
from tests.ending import end
from tests.factories import evolution_echo, evolution_message
from tests.integration.queue_worker.evolution_stand_in import (
    LINE_DOWN,
    NOT_ON_WHATSAPP,
    UNLICENSED,
    Answer,
    EvolutionStandIn,
    Request,
    answering,
    hang,
    refused,
    sent,
)
from tests.integration.queue_worker.outgoing import (
    expire_leases_of_the_dead,
    let_lines_try,
    let_time_pass,
    make_sender,
    reply,
)
from tests.integration.queue_worker.queue_rows import Owner, dead, expire_leases, make_due, queued
from tests.integration.queue_worker.working import process
from tests.waiting import until

CONVERSATIONS, REPLIES = 5, 5
LIMIT_SECONDS = 60


class Weather:
    """What Evolution answers: every error there is, by chance, and timeouts after it took the message."""

    def __init__(self, evolution: EvolutionStandIn, chance: random.Random, pool: Pool) -> None:
        self._evolution = evolution
        self._chance = chance
        self._pool = pool
        self.calm = False

    def __call__(self, _: Request) -> Answer | None:
        if self.calm or self._chance.random() < 0.5:
            return None
        return self._chance.choice(self._answers())

    def _answers(self) -> list[Answer]:
        no = [
            web.json_response(UNLICENSED, status=503),
            refused(LINE_DOWN),
            refused("Error: Connection was lost"),
            refused(NOT_ON_WHATSAPP),
            refused(['instance requires property "text"']),
            refused("Unauthorized", status=401),
            refused('The "demo-wa" instance does not exist', status=404),
            web.Response(status=429),
            web.Response(status=408),
            web.Response(status=503),
        ]
        maybe: list[Answer] = [
            self._taken_then(refused("PrismaClientKnownRequestError: Timed out fetching a new connection")),
            self._taken_then(web.Response(status=502)),
            self._taken_then(web.json_response({"status": "PENDING"}, status=201)),
            self._taken_then(None),
            self._told_then(None),
            answering(web.Response(status=504)),
            hang,
        ]
        return [*map(answering, no), *maybe]

    def _taken_then(self, answer: web.Response | None) -> Answer:
        """The patient has it, and the caller does not know."""

        async def take(body: dict[str, Any]) -> web.StreamResponse:
            self._evolution.accept(body)
            return answer or await hang(body)

        return take

    def _told_then(self, answer: web.Response | None) -> Answer:
        """The patient has it, the webhook told of it, and the call is cut."""

        async def take(body: dict[str, Any]) -> web.StreamResponse:
            provider_id = self._evolution.accept(body)
            await process(self._pool, evolution_echo(provider_id, body["text"], phone=body["number"], at=50))
            return answer or await hang(body)

        return take


def phone(conversation: int) -> str:
    return f"55119555500{conversation:02}"


async def ask(owner: Owner, pool: Pool) -> list[int]:
    """Patients write, and agents answer each several times, words that are never the same. The replies' ids."""
    for conversation in range(1, CONVERSATIONS + 1):
        await process(pool, evolution_message(f"P{conversation}", phone=phone(conversation)))
    return [
        reply(owner, f"c{conversation} r{n}", at=100 + n, conversation_id=conversation)
        for n in range(REPLIES)
        for conversation in range(1, CONVERSATIONS + 1)
    ]


def assert_ledger(owner: Owner, evolution: EvolutionStandIn, asked: list[int]) -> None:
    """What WhatsApp got, held against what agents asked for and what they are shown."""
    got = [(record["key"]["remoteJid"], record["message"]["conversation"]) for record in evolution.accepted]
    twice = {text: count for (_, text), count in Counter(got).items() if count > 1}
    assert twice == {}, "sent twice"

    for conversation in range(1, CONVERSATIONS + 1):
        texts = [text for jid, text in got if jid.startswith(phone(conversation))]
        assert texts == sorted(texts), "out of order"
        assert all(text.startswith(f"c{conversation} ") for text in texts), "sent to somebody else"

    shown = {row["id"]: row for row in owner.execute("SELECT * FROM messages WHERE id = ANY(%s)", [asked]).fetchall()}
    assert set(shown) == set(asked), "dropped"
    assert queued(owner) == []
    arrived = {text for _, text in got}
    buried = {entry["payload"]["message_id"] for entry in dead(owner)}
    for row in shown.values():
        if row["delivery_status"] == "failed":
            failure = row["metadata"]["failure"]
            assert str(row["id"]) in buried
            assert row["content"] not in arrived or failure["code"] == "outcome_unknown", failure
        else:
            assert row["delivery_status"] == "sent"
            assert row["content"] in arrived, "shown as sent, and was not"


async def everything_settled(owner: Owner, pool: Pool, weather: Weather) -> None:
    """Let time pass, and after a while the weather calm, until the queue is empty."""
    steps = 0

    async def passed() -> bool:
        nonlocal steps
        steps += 1
        weather.calm = weather.calm or steps > 60
        let_time_pass(owner)
        await queue.promote_scheduled(pool)
        await queue.take_back_expired(pool)
        return queued(owner) == []

    await until(passed, within=LIMIT_SECONDS, what="an empty queue")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(3))
async def test_every_error_and_timeout_and_several_senders(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession, seed: int
) -> None:
    """Two senders at once, half of all calls answered with an error or not at all: the ledger adds up."""
    weather = Weather(evolution, random.Random(seed), worker_pool)
    evolution.chooses = weather
    asked = await ask(owner, worker_pool)
    senders = [make_sender(worker_pool, evolution.url, http, timeout=0.2, max_attempts=5) for _ in range(2)]
    running = [asyncio.create_task(sender.run()) for sender in senders]

    await everything_settled(owner, worker_pool, weather)
    await end(*running)

    assert_ledger(owner, evolution, asked)
    failures = [
        row["metadata"]["failure"]["code"]
        for row in owner.execute("SELECT * FROM messages").fetchall()
        if "failure" in row["metadata"]
    ]
    assert len(failures) < len(asked)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(3))
async def test_a_sender_that_is_cut_off_at_any_step(
    owner: Owner,
    worker_pool: Pool,
    evolution: EvolutionStandIn,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    """Each send is cancelled after a chance number of awaits, and its lease expires: nothing doubles, nothing is lost."""
    chance = random.Random(seed)
    weather = Weather(evolution, chance, worker_pool)
    weather.calm = True
    evolution.chooses = weather
    asked = await ask(owner, worker_pool)
    sender = make_sender(worker_pool, evolution.url, http, timeout=0.3, max_attempts=1000)
    deaths = 0
    for round_number in range(400):
        if not queued(owner):
            break
        claimed = await claims.claim_heads(worker_pool, 4, 30.0)
        tasks = [asyncio.create_task(sender.send(message)) for message in claimed]
        if round_number < 200:
            deaths += await _cut_off(tasks, chance)
        await asyncio.gather(*tasks, return_exceptions=True)
        expire_leases(owner)
        await queue.take_back_expired(worker_pool)
        make_due(owner)
        let_lines_try(owner)
        await queue.promote_scheduled(worker_pool)

    assert deaths > 0
    assert_ledger(owner, evolution, asked)


async def _cut_off(tasks: list[asyncio.Task[None]], chance: random.Random) -> int:
    """Cancel each task after some turns of the event loop; how many were still at work."""
    deaths = 0
    for task in tasks:
        for _ in range(chance.randrange(30)):
            await asyncio.sleep(0.0005)
        deaths += task.cancel()
    return deaths


@pytest.mark.timeout(180)
async def test_senders_killed_with_a_signal(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, database_url: str
) -> None:
    """Real processes, killed -9 at random moments while others go on: the ledger adds up."""
    chance = random.Random(7)
    asked = await ask(owner, worker_pool)

    async def slowly(body: dict[str, Any]) -> web.Response:
        await asyncio.sleep(chance.uniform(0, 0.05))
        return sent(body, evolution.accept(body))

    def slow(_: Request) -> Answer:
        return slowly

    evolution.chooses = slow
    processes: list[asyncio.subprocess.Process] = []
    kills = 0
    try:
        async with asyncio.timeout(150):
            while queued(owner):
                processes = [process for process in processes if process.returncode is None]
                while len(processes) < 2:
                    processes.append(await _start_sender(database_url, evolution.url))
                if kills < 12 and evolution.calls:
                    await asyncio.sleep(chance.uniform(0.0, 0.3))
                    victim = chance.choice(processes)
                    victim.send_signal(signal.SIGKILL)
                    await victim.wait()
                    kills += 1
                else:
                    await asyncio.sleep(0.1)
                expire_leases_of_the_dead(owner)
                await queue.take_back_expired(worker_pool)
                let_time_pass(owner)
                await queue.promote_scheduled(worker_pool)
    finally:
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    assert kills > 0
    assert_ledger(owner, evolution, asked)


async def _start_sender(database_url: str, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.queue_worker.sender_process",
        env={**os.environ, "DATABASE_URL": database_url, "EVOLUTION_API_URL": url},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


def test_the_ledger_turns_red(database_url: str) -> None:
    """The ledger itself is tried: a message that reached WhatsApp twice is found."""
    stand_in = EvolutionStandIn()
    for n in range(2):
        stand_in.accept({"number": phone(1), "text": "c1 r0"}, f"S{n}")

    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as owner:
        with pytest.raises(AssertionError, match="sent twice"):
            assert_ledger(owner, stand_in, [])


async def test_without_its_note_before_the_call_the_ledger_turns_red(
    owner: Owner,
    worker_pool: Pool,
    evolution: EvolutionStandIn,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the note that a reply is being handed over left out, a sender that dies after its call sends it twice."""

    async def forgets(*_: object) -> datetime:
        return datetime.now(UTC)

    monkeypatch.setattr(content, "mark_posted", forgets)
    await process(worker_pool, evolution_message("P1", phone=phone(1)))
    reply(owner, "c1 r0")
    sender = make_sender(worker_pool, evolution.url, http)

    async def dies(body: dict[str, Any]) -> web.StreamResponse:
        evolution.accept(body)
        return await hang(body)

    evolution.then(dies)
    [message] = await claims.claim_heads(worker_pool, 1, 30.0)
    task = asyncio.create_task(sender.send(message))
    await until(lambda: evolution.accepted, what="the call")
    await end(task)
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)
    let_lines_try(owner)
    [again] = await claims.claim_heads(worker_pool, 1, 30.0)
    await sender.send(again)

    with pytest.raises(AssertionError, match="sent twice"):
        assert_ledger(owner, evolution, [])
