"""Evolution's server has messages whose webhooks never came."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.queue_worker.claims import claim_batch
from services.queue_worker.ingest.arrivals import MAX_DEPTH
from services.queue_worker.sending.evolution_client import MAX_ANSWER_BYTES, EvolutionClient
from services.queue_worker.silence.activity import Activity, write_down
from services.queue_worker.silence.comparing import Comparer, ComparerSettings
from shared.db.pool import Pool
from tests.factories import INSTANCE, evolution_message, moment, n8n_message
from tests.integration.queue_worker.queue_rows import Owner, dead
from tests.integration.queue_worker.working import conversation, messages, process, processor, take_in, work

EARLIER = time.time() - 2400


def record(provider_id: str, text: str, at: float = EARLIER, **fields: Any) -> dict[str, Any]:
    """A row of Evolution's own database, as it answers it."""
    said = evolution_message(provider_id, text, phone="5511955550001")["data"] | {"messageTimestamp": int(at)}
    return {"id": f"cm{provider_id}", "instanceId": "8b61", "MessageUpdate": [{"status": "READ"}], **said, **fields}


class Server:
    """Evolution's answers to `chat/findMessages`, page by page, the newest first."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.fails = False
        self.page_size = 100
        self.body: bytes | None = None

    async def find(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append({"instance": request.match_info["instance"], "key": request.headers["apikey"], **body})
        if self.fails and body["page"] > 1:  # of the hour that has several
            raise web.HTTPInternalServerError
        if self.body is not None:
            return web.Response(body=self.body)
        window = body["where"]["messageTimestamp"]
        since, until = (datetime.fromisoformat(window[end]).timestamp() for end in ("gte", "lte"))
        found = [one for one in reversed(self.records) if since <= int(one["messageTimestamp"]) <= until]
        start = (body["page"] - 1) * self.page_size
        page = found[start : start + self.page_size]
        pages = -(-len(found) // self.page_size)
        shown = {"total": len(found), "pages": pages, "currentPage": body["page"], "records": page}
        return web.json_response({"messages": shown})


@pytest.fixture
def server() -> Server:
    return Server()


@asynccontextmanager
async def comparing(pool: Pool, server: Server) -> AsyncIterator[Comparer]:
    app = web.Application()
    app.router.add_post("/chat/findMessages/{instance}", server.find)
    async with TestServer(app) as running, aiohttp.ClientSession() as http:
        evolution = EvolutionClient(http, str(running.make_url("")), "key", 5)
        settings = ComparerSettings(interval=300, first_lookback=86_400, secrets_keys=("x" * 40,))
        yield Comparer(pool, evolution, settings, lambda: None)


def due_again(owner: Owner) -> None:
    owner.execute("UPDATE sources SET compare_at = now()")


@pytest.fixture
def only_demo(owner: Owner) -> None:
    owner.execute("UPDATE sources SET active = (name = %s) WHERE kind = 'evolution'", [INSTANCE])


@pytest.mark.usefixtures("only_demo")
async def test_what_webhooks_lost_is_filled_in_once(owner: Owner, worker_pool: Pool, server: Server) -> None:
    """What came stays as it is, what is missing becomes a message like any other, and comparing again adds nothing."""
    await process(worker_pool, evolution_message("A", "chegou"))
    server.records = [record("A", "chegou"), record("B", "perdida"), record("C", "outra", EARLIER + 1)]

    async with comparing(worker_pool, server) as comparer:
        await comparer.compare_due()
        await work(worker_pool)
        due_again(owner)
        await comparer.compare_due()
        await work(worker_pool)

    assert sorted(row["provider_id"] for row in messages(owner)) == ["A", "B", "C"]
    assert conversation(owner)["unread_count"] == 3
    assert dead(owner) == []
    assert (server.asked[0]["instance"], server.asked[0]["key"]) == (INSTANCE, "key")
    # A day, an hour at a time, without a gap; and the second time the last minutes only.
    windows = [one["where"]["messageTimestamp"] for one in server.asked]
    assert len(windows) > 24
    assert all(later["gte"] <= earlier["lte"] for earlier, later in pairwise(windows))


@pytest.mark.usefixtures("only_demo")
async def test_the_webhook_that_comes_after_all_is_the_same_message(
    owner: Owner, worker_pool: Pool, server: Server
) -> None:
    """Its sender had not given up yet: nothing is doubled."""
    server.records = [record("B", "perdida")]
    async with comparing(worker_pool, server) as comparer:
        await comparer.compare_due()
    await work(worker_pool)

    await process(worker_pool, evolution_message("B", "perdida"))

    assert len(messages(owner)) == conversation(owner)["unread_count"] == 1


@pytest.mark.usefixtures("only_demo")
async def test_a_comparison_that_fails_begins_again_where_it_began(
    owner: Owner, worker_pool: Pool, server: Server
) -> None:
    """The second page was not answered: the next time everything is asked for again, and nothing is passed over."""
    server.records, server.page_size, server.fails = [record(f"M{n}", "x", EARLIER + n) for n in range(5)], 2, True
    async with comparing(worker_pool, server) as comparer:
        await comparer.compare_due()
        row = owner.execute("SELECT compared_until FROM sources WHERE name = %s", [INSTANCE]).fetchone()
        assert row is not None
        assert row["compared_until"].timestamp() < EARLIER  # the hours before it are done
        due_again(owner)
        server.fails = False
        await comparer.compare_due()
    await work(worker_pool)

    assert [row["provider_id"] for row in messages(owner)] == [f"M{n}" for n in range(5)]
    row = owner.execute("SELECT compared_until FROM sources WHERE name = %s", [INSTANCE]).fetchone()
    assert row is not None
    assert row["compared_until"].timestamp() > EARLIER


@pytest.mark.usefixtures("only_demo")
async def test_what_is_on_its_way_is_not_lost(owner: Owner, worker_pool: Pool, server: Server) -> None:
    """A message of this minute is left to its webhook; the next comparison looks back far enough for it."""
    server.records = [record("NOW", "agora", time.time())]
    async with comparing(worker_pool, server) as comparer:
        await comparer.compare_due()
    await work(worker_pool)

    assert messages(owner) == []


@pytest.mark.usefixtures("only_demo")
async def test_two_workers_compare_an_instance_once(owner: Owner, worker_pool: Pool, server: Server) -> None:
    """Who put the next comparison off has this one; nobody is asked before the interval is over."""
    async with comparing(worker_pool, server) as one, comparing(worker_pool, server) as other:
        await one.compare_due()
        await other.compare_due()

    asked = [one["where"]["messageTimestamp"]["gte"] for one in server.asked]
    assert len(asked) == len(set(asked)) > 0


async def test_a_line_that_is_logged_out_is_not_asked(owner: Owner, worker_pool: Pool, server: Server) -> None:
    """Its server answers for nobody."""
    owner.execute("UPDATE sources SET state = 'logged_out' WHERE kind = 'evolution'")
    async with comparing(worker_pool, server) as comparer:
        await comparer.compare_due()

    assert server.asked == []


async def test_answers_that_are_none_are_no_comparison(owner: Owner, worker_pool: Pool, server: Server) -> None:
    """A page of a proxy, or records that are no messages, neither stop the worker nor count as compared."""
    server.records = [{"messageTimestamp": int(EARLIER)}, record("B", "perdida", message=None)]
    async with comparing(worker_pool, server) as comparer:
        await comparer.compare_due()
    await work(worker_pool)

    assert (messages(owner), dead(owner)) == ([], [])


@pytest.mark.usefixtures("only_demo")
async def test_a_record_that_cannot_be_stored_costs_no_other(owner: Owner, worker_pool: Pool, server: Server) -> None:
    """Half an emoji, and depth that no reader follows, are kept as dead letters; what has no storable id is passed over."""
    deep: Any = "x"
    for _ in range(MAX_DEPTH):
        deep = [deep]
    server.records = [
        record("HALF", "\ud83d"),
        record("DEEP", "x", contextInfo=deep),
        record("\ud83d", "x"),
        record("N\0L", "x"),
        record("B", "perdida"),
    ]
    async with comparing(worker_pool, server) as comparer:
        await comparer.compare_due()
    await work(worker_pool)

    assert [row["provider_id"] for row in messages(owner)] == ["B"]
    assert [row["reason"] for row in dead(owner)] == ["unreadable"] * 2


@pytest.mark.usefixtures("only_demo")
@pytest.mark.parametrize("body", [b"[" * 100_000, b'"' + b"x" * MAX_ANSWER_BYTES + b'"'], ids=["deep", "long"])
async def test_an_answer_that_nobody_could_hold_is_no_comparison(
    owner: Owner, worker_pool: Pool, server: Server, body: bytes
) -> None:
    """Whose server it is may be any clinic's: it stops nobody's worker, and is asked again after the interval."""
    server.body = body
    async with comparing(worker_pool, server) as comparer:
        await comparer.compare_due()

    assert len(server.asked) == 1
    row = owner.execute("SELECT compared_until FROM sources WHERE name = %s", [INSTANCE]).fetchone()
    assert row == {"compared_until": None}


async def test_the_last_word_of_a_source_is_known_by_event(owner: Owner, worker_pool: Pool) -> None:
    """Of several workers the latest counts, and an older event changes nothing but the number."""
    first, second = Activity(), Activity()
    first.note(1, 1, "messages.upsert", moment(5))
    second.note(1, 1, "messages.upsert", moment(3))
    second.note(1, 1, "call", moment(9))

    await write_down(worker_pool, first)
    await write_down(worker_pool, second)

    rows = owner.execute("SELECT event_type, last_at, events FROM source_activity ORDER BY event_type").fetchall()
    assert [(row["event_type"], row["last_at"], row["events"]) for row in rows] == [
        ("call", moment(9), 1),
        ("messages.upsert", moment(5), 2),
    ]


async def test_what_an_integration_tells_is_no_sign_of_life_of_the_instance(owner: Owner, worker_pool: Pool) -> None:
    """An instance that fell silent shows, also where n8n goes on; what n8n passes on of Evolution's is a sign of both."""
    n8n = owner.execute("SELECT id FROM sources WHERE name = 'demo-n8n'").fetchone()["id"]  # type: ignore[index]
    activity = Activity()
    for body, heard_of in ((n8n_message(), {n8n}), (evolution_message("3EB0A2", "olá"), {n8n, 1})):
        await take_in(worker_pool, body, source_id=n8n, kind="n8n")
        await processor(worker_pool, activity=activity).work(await claim_batch(worker_pool, 10, 30.0))
        assert {source_id for _, source_id, _ in activity.take()} == heard_of
