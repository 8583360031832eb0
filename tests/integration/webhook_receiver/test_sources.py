"""Whose token it is, while Postgres is there, away, or frozen."""

import asyncio
import hashlib
from collections.abc import Callable

import psycopg
import pytest

from services.webhook_receiver import sources
from shared.observability import health
from tests.integration.webhook_receiver.conftest import Queue, Start
from tests.integration.webhook_receiver.receiver import EVOLUTION, N8N, Answer, Receiver, eventually
from tests.proxy import Proxy

Owner = psycopg.Connection[psycopg.rows.DictRow]
UNKNOWN = "/webhooks/evolution/nobodys-token"


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ANSWER_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(health, "CHECK_TIMEOUT_SECONDS", 0.3)


def assert_try_later(answer: Answer) -> None:
    answer.assert_problem(503)
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_new_source_is_known_at_once(start: Start, queue: Queue, database_url: str, owner: Owner) -> None:
    """Its first webhook is accepted, long before the sources are read again."""
    async with start(DATABASE_URL=database_url, SOURCE_REFRESH_INTERVAL="3600") as receiver:
        await receiver.ready()
        (await receiver.post("/webhooks/evolution/brand-new", b"{}")).assert_problem(404)
        owner.execute(
            "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (1, 'evolution', 'new', %s)",
            [hashlib.sha256(b"brand-new").digest()],
        )

        answer = await receiver.post("/webhooks/evolution/brand-new", b"{}")

        assert [event.event_id for event in await queue.events()] == [answer.correlation_id]


async def test_a_deactivated_source_is_forgotten(start: Start, database_url: str, owner: Owner) -> None:
    """Once the sources were read again its token is one that nobody has."""
    async with start(DATABASE_URL=database_url) as receiver:
        await receiver.ready()
        assert (await receiver.post(EVOLUTION, b"{}")).status == 200
        owner.execute("UPDATE sources SET active = false WHERE name = 'demo-wa'")

        async def forgotten() -> bool:
            return (await receiver.post(EVOLUTION, b"{}")).status == 404

        await eventually(forgotten)
        assert (await receiver.post(N8N, b"{}")).status == 200


async def test_a_former_token_is_taken_until_it_ends(
    start: Start, queue: Queue, database_url: str, owner: Owner
) -> None:
    """The new one at once, the former one for as long as it goes on, also where memory still has it."""
    async with start(DATABASE_URL=database_url, SOURCE_REFRESH_INTERVAL="3600") as receiver:
        await receiver.ready()
        owner.execute(
            """
            INSERT INTO source_former_tokens (token_hash, clinic_id, source_id, expires_at)
            SELECT sha256('former'), clinic_id, id, now() + interval '1 h' FROM sources WHERE name = 'demo-wa'
            """
        )
        former = "/webhooks/evolution/former"
        answers = [await receiver.post(path, b"{}") for path in (EVOLUTION, former)]
        events = await queue.events()
        assert [event.event_id for event in events] == [answer.correlation_id for answer in answers]
        assert len({event.source_id for event in events}) == 1

        owner.execute("UPDATE source_former_tokens SET expires_at = now() + interval '0.1 s'")
        async with start(DATABASE_URL=database_url, SOURCE_REFRESH_INTERVAL="3600") as other:
            await other.ready()

            async def ended() -> bool:
                return (await other.post(former, b"{}")).status == 404

            await eventually(ended)
            assert (await other.post(EVOLUTION, b"{}")).status == 200


@pytest.mark.parametrize("fault", [Proxy.refuse, Proxy.hold, Proxy.strand], ids=["away", "frozen", "failed over"])
async def test_known_tokens_do_not_need_postgres(
    start: Start, queue: Queue, postgres: Proxy, fault: Callable[[Proxy], None]
) -> None:
    """Webhooks are taken in as if nothing had happened, refresh after refresh."""
    async with start(DATABASE_URL=postgres.url) as receiver:
        await receiver.ready()
        fault(postgres)
        await eventually(lambda: refresh_failed(receiver))

        answers = [await receiver.post(EVOLUTION, b"{}") for _ in range(3)]

        assert {event.event_id for event in await queue.events()} == {answer.correlation_id for answer in answers}
        assert (await receiver.get("/readyz")).status == 200


async def refresh_failed(receiver: Receiver) -> bool:
    """Whether it noticed that Postgres does not answer."""
    before = await _refresh_failures(receiver)

    async def rises() -> bool:
        return await _refresh_failures(receiver) > before

    await eventually(rises)
    return True


async def _refresh_failures(receiver: Receiver) -> float:
    metrics = (await receiver.get("/metrics")).text
    line = next(line for line in metrics.splitlines() if "source_refresh_failures_total" in line and line[0] != "#")
    return float(line.split()[1])


@pytest.mark.parametrize("fault", [Proxy.refuse, Proxy.hold], ids=["away", "frozen"])
async def test_an_unknown_token_is_not_denied_without_postgres(
    start: Start, postgres: Proxy, fault: Callable[[Proxy], None]
) -> None:
    """A 404 would be final: a source made a moment ago would lose its messages. All are answered, and soon."""
    async with start(DATABASE_URL=postgres.url) as receiver:
        await receiver.ready()
        fault(postgres)

        async with asyncio.timeout(2.0):
            answers = await asyncio.gather(*(receiver.post(UNKNOWN, b"{}") for _ in range(20)))

        for answer in answers:
            assert_try_later(answer)
        postgres.resume()

        async def denied() -> bool:
            return (await receiver.post(UNKNOWN, b"{}")).status == 404

        await eventually(denied)


async def test_a_receiver_that_never_saw_postgres_denies_nobody(start: Start, postgres: Proxy) -> None:
    """It starts without its sources, is not ready, answers 503, and takes up work when Postgres is there."""
    postgres.refuse()
    async with start(DATABASE_URL=postgres.url) as receiver:
        assert_try_later(await receiver.post(EVOLUTION, b"{}"))
        ready = await receiver.get("/readyz")
        ready_checks = ready.json["checks"]
        postgres.resume()
        await receiver.ready()

        assert ready.status == 503
        assert ready_checks == {"durability": "ok", "sources": "no answer in time", "broker": "ok"}
        assert (await receiver.post(EVOLUTION, b"{}")).status == 200


async def test_a_flood_of_unknown_tokens_is_turned_away(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many look up at a time; the others may come again, and known tokens don't notice."""
    monkeypatch.setattr(sources, "MAX_LOOKUPS_WAITING", 5)
    async with start() as receiver:
        await receiver.ready()

        answers = await asyncio.gather(
            *(receiver.post(f"/webhooks/evolution/guess-{number}", b"{}") for number in range(100)),
            receiver.post(EVOLUTION, b"{}"),
        )

        assert answers[-1].status == 200
        assert {answer.status for answer in answers[:-1]} <= {404, 503}
        assert (await receiver.post(UNKNOWN, b"{}")).status == 404
