"""A source that sends too fast is told so, and costs nobody else anything."""

import asyncio
import hashlib

import psycopg
import pytest

from services.webhook_receiver import sources
from services.webhook_receiver.store import Source, source_by_token_hash
from shared.db.pool import Pool
from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, N8N, Answer, Receiver, begun, eventually, metric

Owner = psycopg.Connection[psycopg.rows.DictRow]


def assert_too_fast(answer: Answer) -> None:
    answer.assert_problem(429)
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_noisy_source_is_held_back_and_comes_back(start: Start, queue: Queue) -> None:
    """Past its burst it gets 429 with the time to wait, others are served meanwhile, and later it is served again."""
    async with start(WEBHOOK_RATE_PER_SECOND="2", WEBHOOK_RATE_BURST="5") as receiver:
        await receiver.ready()

        answers = await asyncio.gather(*(receiver.post(EVOLUTION, b"{}") for _ in range(30)))
        other = await receiver.post(N8N, b"{}")

        accepted = [answer.correlation_id for answer in answers if answer.status == 200]
        assert 5 <= len(accepted) < 30
        for answer in answers:
            if answer.status != 200:
                assert_too_fast(answer)
        assert {event.event_id for event in await queue.events()} == {*accepted, other.correlation_id}

        async def served() -> bool:
            return (await receiver.post(EVOLUTION, b"{}")).status == 200

        await eventually(served)
        assert await metric(receiver, "webhook_receiver_rate_limited_total") >= len(answers) - len(accepted)


async def test_a_source_may_have_a_rate_of_its_own(start: Start, database_url: str, owner: Owner, queue: Queue) -> None:
    """The one in its row, seen when the sources are read again."""
    async with start(DATABASE_URL=database_url) as receiver:
        await receiver.ready()
        assert (await receiver.post(EVOLUTION, b"{}")).status == 200
        owner.execute("UPDATE sources SET rate_per_second = 1 WHERE name = 'demo-wa'")

        async def held_back() -> bool:
            return (await receiver.post(EVOLUTION, b"{}")).status == 429

        await eventually(held_back)
        assert (await receiver.post(N8N, b"{}")).status == 200


async def test_a_connection_goes_on_after_a_refusal(start: Start) -> None:
    """The body that was not waited for is passed over: the next request on the connection is read from its beginning."""
    body = b'{"x":"' + b"y" * 300_000 + b'"}'
    head = begun(f"Content-Length: {len(body)}")
    async with start(WEBHOOK_RATE_PER_SECOND="1", WEBHOOK_RATE_BURST="1") as receiver:
        await receiver.ready()
        reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
        statuses = []
        for _ in range(4):
            writer.write(head + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = next(line for line in answer.splitlines() if line.startswith("content-length:"))
            await reader.readexactly(int(length.split(":")[1]))
            statuses.append(answer.split()[1])
        writer.close()

    assert statuses[0] == "200"
    assert set(statuses[1:]) <= {"200", "429"}
    assert "429" in statuses


async def test_a_refusal_does_not_wait_for_the_body(start: Start) -> None:
    """A 429 is decided by the head alone."""
    async with start(WEBHOOK_RATE_PER_SECOND="1", WEBHOOK_RATE_BURST="1") as receiver:
        await receiver.ready()
        assert (await receiver.post(EVOLUTION, b"{}")).status == 200

        async with receiver.wire(begun("Content-Length: 100000")) as wire:
            assert (await wire.answer()).startswith("HTTP/1.1 429")


async def test_what_is_too_large_spends_nothing_of_the_rate(start: Start) -> None:
    """Size comes first."""
    async with start(WEBHOOK_RATE_PER_SECOND="1", WEBHOOK_RATE_BURST="1", WEBHOOK_MAX_BODY_BYTES="10") as receiver:
        await receiver.ready()
        for _ in range(3):
            (await receiver.post(EVOLUTION, b'{"a":"0123456789"}')).assert_problem(413)

        assert (await receiver.post(EVOLUTION, b"{}")).status == 200


async def test_guesses_of_tokens_do_not_reach_postgres(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a few a second they are told to come back: none is denied for good, and known tokens do not notice."""
    monkeypatch.setattr(sources, "LOOKUPS_PER_SECOND", 1)
    monkeypatch.setattr(sources, "LOOKUPS_BURST", 10)
    asked: list[bytes] = []

    async def counted(pool: Pool, token_hash: bytes) -> Source | None:
        asked.append(token_hash)
        return await source_by_token_hash(pool, token_hash)

    monkeypatch.setattr(sources, "source_by_token_hash", counted)
    async with start() as receiver:
        await receiver.ready()

        answers = [await receiver.post(f"/webhooks/evolution/guess-{number}", b"{}") for number in range(50)]

        assert {answer.status for answer in answers} == {404, 503}
        assert len(asked) < 30
        assert (await receiver.post(EVOLUTION, b"{}")).status == 200


async def test_a_source_made_during_a_flood_of_guesses_is_served_soon(
    start: Start, database_url: str, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the latest when the sources are read again."""
    monkeypatch.setattr(sources, "LOOKUPS_BURST", 1)
    monkeypatch.setattr(sources, "LOOKUPS_PER_SECOND", 0.001)
    async with start(DATABASE_URL=database_url) as receiver:
        await receiver.ready()
        await receiver.post("/webhooks/evolution/guess", b"{}")
        owner.execute(
            "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (1, 'evolution', 'new', %s)",
            [hashlib.sha256(b"brand-new").digest()],
        )

        async def served() -> bool:
            answer = await receiver.post("/webhooks/evolution/brand-new", b"{}")
            assert answer.status in {200, 503}
            return answer.status == 200

        await eventually(served)


async def test_bodies_that_are_being_read_have_a_bound(start: Start) -> None:
    """Where they would take too much memory together, a 503 sends the next one away, and it is back when they are done."""
    async with start(WEBHOOK_MAX_READING_BYTES="1000000") as receiver:
        await receiver.ready()
        slow = begun("Content-Length: 2000000") + b'{"x":"' + b"y" * 900_000
        body = b'{"x":"' + b"y" * 500_000 + b'"}'
        async with receiver.wire(slow):
            await eventually(lambda: holds(receiver, 900_000))

            refused = await receiver.post(EVOLUTION, body)
            small = await receiver.post(EVOLUTION, b"{}")

        async def accepted() -> bool:
            return (await receiver.post(EVOLUTION, body)).status == 200

        refused.assert_problem(503)
        assert int(refused.headers["Retry-After"]) > 0
        assert small.status == 200
        await eventually(accepted)
        assert not await holds(receiver, 1)


async def holds(receiver: Receiver, size: int) -> bool:
    """Whether so many bytes of bodies are in its memory."""
    metrics = (await receiver.get("/metrics")).text
    line = next(line for line in metrics.splitlines() if line.startswith("webhook_receiver_reading_bytes"))
    return float(line.split()[1]) >= size
