"""Files that messages describe are fetched beside the queue, stored once, and nothing waits for them."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.queue_worker.media import fetcher as fetcher_module
from services.queue_worker.media import jobs, outcomes
from services.queue_worker.media.failures import TRIES_OF_THE_ABSENT
from services.queue_worker.media.sweeping import Sweeper
from shared.auth.seal import seal
from shared.db.pool import Pool, open_pool
from shared.db.tenant import tenant_transaction
from shared.media.keys import media_key
from shared.media.store import MediaStore, open_store
from tests.ending import end
from tests.factories import OTHER_INSTANCE, n8n_message
from tests.integration.queue_worker.fetching import (
    KEY,
    PNG,
    SECRETS_KEY,
    attachment,
    attachments,
    fetcher,
    files_in,
    make_jobs_due,
    media_jobs,
    picture,
)
from tests.integration.queue_worker.queue_rows import Owner
from tests.integration.queue_worker.working import message, messages, outbox, process
from tests.waiting import until

SHA256 = hashlib.sha256(PNG).digest()
PAGE = b"<!DOCTYPE html><script>alert(1)</script>"


class KilledError(BaseException):
    """The process ends here: nothing after it happens, and no handler of errors sees it."""


class World:
    """Whoever is outside: a web server with files, and Evolution. Counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.file: bytes = PNG
        self.redirect = ""
        self.evolution: tuple[int, Any] = (201, None)
        self.evolution_asked: list[tuple[str, Any, str | None]] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/file", self._file),
                web.get("/unending", self._unending),
                web.get("/gone", self._gone),
                web.get("/elsewhere", self._elsewhere),
                web.post("/chat/getBase64FromMediaMessage/{instance}", self._evolution),
            ]
        )
        return app

    async def _file(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(body=self.file, content_type="image/jpeg")

    async def _unending(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    async def _gone(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(status=404)

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(status=302, headers={"Location": self.redirect or str(request.url)})

    async def _evolution(self, request: web.Request) -> web.Response:
        asked = request.match_info["instance"], await request.json(), request.headers.get("apikey")
        self.evolution_asked.append(asked)
        status, body = self.evolution
        told = {"mediaType": "imageMessage", "mimetype": "image/jpeg", "base64": base64.b64encode(self.file).decode()}
        return web.json_response(told if body is None else body, status=status)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def server(world: World) -> AsyncIterator[TestServer]:
    server = TestServer(world.app())
    async with server:
        yield server


@pytest.fixture
def two_instances(owner: Owner) -> None:
    """A clinic with two instances: what an integration tells is not known to be of either, so neither is asked for it."""
    owner.execute(
        "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (1, 'evolution', 'demo-2', sha256('demo-2'))"
    )


def inline(data: bytes = PNG) -> dict[str, str]:
    return {"base64": base64.b64encode(data).decode()}


def linked(link: str) -> dict[str, Any]:
    """An integration's message with a link; nobody else can be asked for its file."""
    return n8n_message(external_id="n1", message_type="image", attachments=[{"file_name": "a.jpg", "media_url": link}])


async def fetch_all(fetching: fetcher_module.Fetcher, owner: Owner, rounds: int = 20) -> None:
    """Work every job to its end, as if no time passed between."""
    for _ in range(rounds):
        if not media_jobs(owner):
            return
        make_jobs_due(owner)
        await fetching.fetch_next()


# The three ways ---------------------------------------------------------------------------------------------------------


async def test_a_file_that_came_inside_its_event_is_stored_by_its_content(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """The attachment gets a path, its size, its hash and the type it really has; agents are told with a newer version."""
    await process(worker_pool, picture(beside=inline()))
    assert attachment(owner)["state"] == "pending"
    before = message(owner)["version"]

    assert await fetcher(worker_pool, tmp_path, http).fetch_next()

    stored = attachment(owner)
    assert (stored["state"], stored["file_type"], stored["file_size"]) == ("stored", "image/png", len(PNG))
    assert stored["file_path"] == f"/api/attachments/{stored['id']}"
    assert stored["sha256"] == SHA256
    assert files_in(tmp_path) == {media_key(1, SHA256): PNG}
    assert media_jobs(owner) == []
    told = [entry["event"] for entry in outbox(owner)]
    assert [event["data"]["attachments"][0]["state"] for event in told if event["type"] == "message:new"] == ["pending"]
    assert told[-1]["type"] == "message:updated"
    assert told[-1]["data"]["version"] == message(owner)["version"] > before
    assert told[-1]["data"]["attachments"][0]["state"] == "stored"


async def test_the_payload_that_held_a_file_is_forgotten_once_it_is_stored(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """A patient's file is kept once."""
    await process(worker_pool, picture(beside=inline()))
    kept = "SELECT count(*) AS kept FROM webhook_events WHERE payload IS NOT NULL"
    assert owner.execute(kept).fetchone() == {"kept": 1}

    await fetcher(worker_pool, tmp_path, http).fetch_next()

    assert owner.execute(kept).fetchone() == {"kept": 0}


@pytest.mark.usefixtures("two_instances")
async def test_a_linked_file_is_fetched_from_its_link(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, world: World, server: TestServer
) -> None:
    """Evolution with an S3 store links what it has put there; a redirect is followed."""
    world.redirect = str(server.make_url("/file"))
    await process(worker_pool, linked(str(server.make_url("/elsewhere"))), source_id=2, kind="n8n")

    await fetcher(worker_pool, tmp_path, http, hosts=frozenset({server.host})).fetch_next()

    assert (attachment(owner)["state"], world.asked) == ("stored", ["/elsewhere", "/file"])
    assert files_in(tmp_path) == {media_key(1, SHA256): PNG}


async def test_evolution_is_asked_for_what_an_event_only_describes(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, world: World, server: TestServer
) -> None:
    """By the instance's name and the message's id, with the key."""
    await process(worker_pool, picture("3EB0FE"))

    await fetcher(worker_pool, tmp_path, http, evolution_url=str(server.make_url("/"))).fetch_next()

    assert attachment(owner)["state"] == "stored"
    assert world.evolution_asked == [("demo-wa", {"message": {"key": {"id": "3EB0FE"}}, "convertToMp4": False}, KEY)]


async def test_a_sources_own_server_is_asked(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, server: TestServer
) -> None:
    """Not every instance is on the one server of the setting; and its server may link to itself though it is private."""
    owner.execute("UPDATE sources SET api_url = %s WHERE name = 'demo-wa'", [str(server.make_url("/"))])
    await process(worker_pool, picture("A"), picture("B", beside={"mediaUrl": str(server.make_url("/file"))}))

    await fetch_all(fetcher(worker_pool, tmp_path, http), owner)

    assert [row["state"] for row in attachments(owner)] == ["stored", "stored"]


async def test_a_sources_own_key_is_used(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, world: World, server: TestServer
) -> None:
    """The sealed one before the server's; one that cannot be opened costs a file nothing but time."""
    secret = "INSERT INTO source_secrets (clinic_id, source_id, purpose, sealed) VALUES (1, 1, 'api-key', %s)"
    owner.execute(secret, [seal([SECRETS_KEY], 1, "api-key", "its-own-key")])
    await process(worker_pool, picture("A"))
    fetching = fetcher(worker_pool, tmp_path, http, evolution_url=str(server.make_url("/")))

    await fetching.fetch_next()
    assert (attachment(owner)["state"], world.evolution_asked[0][2]) == ("stored", "its-own-key")

    owner.execute(secret, [seal(["lost"], 1, "api-key", "x")])
    await process(worker_pool, picture("B"))
    await fetching.fetch_next()
    assert len(media_jobs(owner)) == 1
    assert len(world.evolution_asked) == 1


async def test_evolution_is_asked_where_a_link_or_an_event_has_no_file(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, world: World, server: TestServer
) -> None:
    """A link that has expired, base64 that is none, a link that leads inside: Evolution may still have the file."""
    await process(
        worker_pool,
        picture("A", beside={"mediaUrl": str(server.make_url("/gone"))}),
        picture("B", beside={"base64": "no base64!"}),
        picture("C", beside={"mediaUrl": "http://169.254.169.254/x"}),
    )

    await fetch_all(fetcher(worker_pool, tmp_path, http, evolution_url=str(server.make_url("/"))), owner)

    assert [row["state"] for row in attachments(owner)] == ["stored"] * 3
    assert len(world.evolution_asked) == 3


@pytest.mark.usefixtures("two_instances")
async def test_nothing_is_fetched_that_is_elsewhere_or_that_nobody_can_be_asked_for(
    worker_pool: Pool, owner: Owner
) -> None:
    """An integration's own path, or a name alone."""
    files = [{"file_name": "a.pdf", "file_path": "/exames/a.pdf"}, {"file_name": "b.pdf"}]
    body = n8n_message(external_id="n1", message_type="document", attachments=files)

    await process(worker_pool, body, source_id=2, kind="n8n")

    assert [row["state"] for row in attachments(owner)] == ["none", "none"]
    assert media_jobs(owner) == []


# What a file is ---------------------------------------------------------------------------------------------------------


async def test_a_page_that_says_it_is_a_picture_is_a_page(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """The type is the content's, whatever the sender declared."""
    await process(worker_pool, picture(beside=inline(PAGE)))

    await fetcher(worker_pool, tmp_path, http).fetch_next()

    assert attachment(owner)["file_type"] == "text/html"


@pytest.mark.usefixtures("two_instances")
@pytest.mark.parametrize("origin", ["inline", "url", "unending", "evolution"])
async def test_a_file_over_the_limit_is_given_up(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    world: World,
    server: TestServer,
    origin: str,
) -> None:
    """While it is read, wherever it comes from, and nothing of it stays."""
    world.file = b"x" * 300_000
    match origin:
        case "inline":
            await process(worker_pool, picture(beside=inline(world.file)))
        case "url" | "unending":
            path = "/file" if origin == "url" else "/unending"
            await process(worker_pool, linked(str(server.make_url(path))), source_id=2, kind="n8n")
        case _:
            await process(worker_pool, picture())

    await fetcher(
        worker_pool,
        tmp_path,
        http,
        evolution_url=str(server.make_url("/")),
        hosts=frozenset({server.host}),
        max_bytes=200_000,
    ).fetch_next()

    assert attachment(owner)["state"] == "failed"
    assert attachment(owner)["state_reason"] == "larger than 200000 bytes"
    assert (media_jobs(owner), files_in(tmp_path)) == ([], {})


async def test_a_file_that_fills_the_limit_is_taken(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """The limit itself is allowed."""
    await process(worker_pool, picture(beside=inline(PNG)))

    await fetcher(worker_pool, tmp_path, http, max_bytes=len(PNG)).fetch_next()

    assert attachment(owner)["state"] == "stored"


# Links that lead inside -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_instances")
@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:{port}/file",
        "http://localhost:{port}/file",
        "http://[::ffff:127.0.0.1]:{port}/file",
        "http://[::1]:{port}/file",
        "http://2130706433:{port}/file",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
    ],
)
async def test_a_link_that_leads_inside_is_not_followed(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    world: World,
    server: TestServer,
    link: str,
) -> None:
    """Nobody outside makes us read what only we can reach."""
    await process(worker_pool, linked(link.format(port=server.port)), source_id=2, kind="n8n")

    await fetcher(worker_pool, tmp_path, http).fetch_next()

    assert (attachment(owner)["state"], world.asked) == ("failed", [])
    assert attachment(owner)["state_reason"] in {
        "the link leads to an address that is not public",
        "the link is no address",
    }


@pytest.mark.usefixtures("two_instances")
@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/", "http://127.0.0.1:1/", "file:///etc/passwd", "/elsewhere"]
)
async def test_a_redirect_that_leads_inside_or_nowhere_is_not_followed(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    world: World,
    server: TestServer,
    target: str,
) -> None:
    """Every address on the way is judged like the first; a ring ends."""
    world.redirect = target
    await process(worker_pool, linked(f"http://localhost:{server.port}/elsewhere"), source_id=2, kind="n8n")

    await fetcher(worker_pool, tmp_path, http, hosts=frozenset({"localhost"})).fetch_next()

    assert attachment(owner)["state"] == "failed"
    assert set(world.asked) == {"/elsewhere"}
    assert len(world.asked) <= 4


# Failures ---------------------------------------------------------------------------------------------------------------


async def test_what_fails_for_a_while_is_tried_later_and_then_stored(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, world: World, server: TestServer
) -> None:
    """A closed line costs a file nothing but time."""
    world.evolution = 400, {"status": 400, "response": {"message": ["Error: Connection Closed"]}}
    await process(worker_pool, picture())
    fetching = fetcher(worker_pool, tmp_path, http, evolution_url=str(server.make_url("/")))

    await fetching.fetch_next()

    [job] = media_jobs(owner)
    assert (job["attempts"], job["last_error"]) == (1, "Evolution answered 400")
    assert not await fetching.fetch_next(), "it is not due yet"
    world.evolution = 201, None
    await fetch_all(fetching, owner)
    assert attachment(owner)["state"] == "stored"


@pytest.mark.parametrize("body", [{"base64": ""}, {"mediaType": "x"}, {"base64": "AAA!"}, [], "no JSON"])
async def test_an_answer_without_a_file_is_no_file(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    world: World,
    server: TestServer,
    body: Any,
) -> None:
    """Evolution's base64 is missing or empty at random; nothing is stored for it."""
    world.evolution = 201, body
    await process(worker_pool, picture())

    await fetcher(worker_pool, tmp_path, http, evolution_url=str(server.make_url("/"))).fetch_next()

    assert (attachment(owner)["state"], len(media_jobs(owner)), files_in(tmp_path)) == ("pending", 1, {})


async def test_a_message_that_evolution_does_not_have_is_given_up(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, world: World, server: TestServer
) -> None:
    """After some tries, with a reason, and agents are told."""
    world.evolution = 400, {"status": 400, "response": {"message": ["Message not found"]}}
    await process(worker_pool, picture())

    await fetch_all(fetcher(worker_pool, tmp_path, http, evolution_url=str(server.make_url("/"))), owner)

    assert len(world.evolution_asked) == TRIES_OF_THE_ABSENT
    assert (attachment(owner)["state"], attachment(owner)["state_reason"]) == (
        "failed",
        "Evolution does not know the message",
    )
    assert outbox(owner)[-1]["event"]["data"]["attachments"][0]["state"] == "failed"


async def test_a_file_nobody_gives_expires(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """Two days, and then it is said to be gone: no job is tried for ever."""
    await process(worker_pool, picture())
    fetching = fetcher(worker_pool, tmp_path, http)
    await fetching.fetch_next()
    owner.execute("UPDATE media_jobs SET created_at = now() - interval '49 hours'")

    await fetch_all(fetching, owner, rounds=1)

    assert attachment(owner)["state"] == "expired"
    assert attachment(owner)["state_reason"].startswith("no answer from Evolution")
    assert media_jobs(owner) == []


async def test_a_store_that_fails_is_tried_again(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """What is not stored is not called stored."""
    await process(worker_pool, picture(beside=inline()))
    fetching = fetcher(worker_pool, tmp_path, http)
    obstacle = tmp_path / "1"
    await asyncio.to_thread(obstacle.write_bytes, b"")

    await fetching.fetch_next()
    assert (attachment(owner)["state"], len(media_jobs(owner))) == ("pending", 1)
    await asyncio.to_thread(obstacle.unlink)
    await fetch_all(fetching, owner)

    assert attachment(owner)["state"] == "stored"


@pytest.mark.usefixtures("two_instances")
async def test_a_slow_server_is_left_after_the_timeout(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, server: TestServer
) -> None:
    """However it keeps us busy."""
    await process(worker_pool, linked(str(server.make_url("/unending"))), source_id=2, kind="n8n")

    await fetcher(
        worker_pool, tmp_path, http, hosts=frozenset({server.host}), timeout=0.2, max_bytes=10**15
    ).fetch_next()

    assert media_jobs(owner)[0]["last_error"] == "it took longer than 0.2 s"
    assert files_in(tmp_path) == {}


async def test_a_message_that_went_away_meanwhile_is_no_failure(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An echo that is absorbed takes its attachments with it, and their jobs."""
    await process(worker_pool, picture(beside=inline()))
    put = MediaStore.put

    async def put_late(self: MediaStore, key: str, path: Path) -> None:
        await put(self, key, path)
        owner.execute("DELETE FROM messages")

    monkeypatch.setattr(MediaStore, "put", put_late)

    assert await fetcher(worker_pool, tmp_path, http).fetch_next()

    assert (attachments(owner), media_jobs(owner)) == ([], [])


# Death at every step ----------------------------------------------------------------------------------------------------


def killed(*_: Any, **__: Any) -> Any:
    raise KilledError


def die_at(step: str, patch: pytest.MonkeyPatch) -> None:
    """Have the worker end at a step of its work on one job."""
    put = MediaStore.put

    async def put_and_die(self: MediaStore, key: str, path: Path) -> None:
        await put(self, key, path)
        raise KilledError

    match step:
        case "claimed":
            patch.setattr(fetcher_module.Fetcher, "fetch", killed)
        case "fetched, not noted":
            patch.setattr(fetcher_module, "begin_storing", killed)
        case "noted, not stored":
            patch.setattr(MediaStore, "put", killed)
        case "stored, not recorded":
            patch.setattr(MediaStore, "put", put_and_die)
        case "recorded, not told":
            patch.setattr(outcomes, "append_outbox", killed)
        case "postponing":
            patch.setattr(jobs, "postpone", killed)


@pytest.mark.parametrize(
    "step", ["claimed", "fetched, not noted", "noted, not stored", "stored, not recorded", "recorded, not told"]
)
async def test_a_worker_killed_at_any_step_leaves_a_job_that_another_ends(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """One file, one reference to it, one event: whatever was done before is done again without a second effect."""
    await process(worker_pool, picture(beside=inline()))
    fetching = fetcher(worker_pool, tmp_path, http)
    with monkeypatch.context() as patch:
        die_at(step, patch)
        with pytest.raises(KilledError):
            await fetching.fetch_next()
    assert attachment(owner)["state"] == "pending"
    assert not await fetching.fetch_next(), "the lease holds"

    await fetch_all(fetching, owner)

    assert attachment(owner)["state"] == "stored"
    assert files_in(tmp_path) == {media_key(1, SHA256): PNG}
    assert [entry["event"]["type"] for entry in outbox(owner)].count("message:updated") == 1
    assert owner.execute("SELECT count(*) AS files FROM media_files").fetchone() == {"files": 1}


async def test_a_job_that_kills_its_workers_is_given_up(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Three deaths are no chance; its neighbours are fetched meanwhile."""
    await process(worker_pool, picture("A", beside=inline()))
    fetching = fetcher(worker_pool, tmp_path, http)
    with monkeypatch.context() as patch:
        die_at("noted, not stored", patch)
        for _ in range(jobs.MOST_DEATHS):
            make_jobs_due(owner)
            with pytest.raises(KilledError):
                await fetching.fetch_next()
    await process(worker_pool, picture("B", beside=inline()))

    await fetch_all(fetching, owner)

    assert [row["state"] for row in attachments(owner)] == ["failed", "stored"]


async def test_a_worker_whose_lease_passed_to_another_changes_nothing(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """It stalled, another one finished: no second version, no second event."""
    await process(worker_pool, picture(beside=inline()))
    fetching = fetcher(worker_pool, tmp_path, http)
    stalled = await jobs.claim(worker_pool, 30.0, youngest=False)
    assert stalled is not None
    await fetch_all(fetching, owner)
    version, told = message(owner)["version"], len(outbox(owner))

    await fetching.fetch(stalled)
    await outcomes.record_given_up(worker_pool, stalled, "failed", "late")
    await jobs.postpone(worker_pool, stalled, 0, "late")

    assert (message(owner)["version"], len(outbox(owner))) == (version, told)
    assert attachment(owner)["state"] == "stored"


async def test_two_workers_fetch_each_file_once(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, world: World, server: TestServer
) -> None:
    """They share the work; each message gets one newer version."""
    await process(worker_pool, *[picture(f"M{number}") for number in range(30)])
    workers = [
        fetcher(worker_pool, tmp_path, http, evolution_url=str(server.make_url("/")), fetchers=3) for _ in range(2)
    ]

    running = [asyncio.create_task(worker.run()) for worker in workers]
    await until(lambda: not media_jobs(owner), what="every job's end")
    await end(*running)

    assert {row["state"] for row in attachments(owner)} == {"stored"}
    assert len(world.evolution_asked) == 30
    assert [entry["event"]["type"] for entry in outbox(owner)].count("message:updated") == 30
    assert {row["version"] for row in messages(owner)} == {2}


async def test_the_newest_is_fetched_before_a_years_history(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    """Half of the fetchers take what fell due last, the other half what has waited longest."""
    await process(worker_pool, *[picture(name, beside=inline()) for name in ("old", "middle", "new")])
    owner.execute(
        "UPDATE media_jobs SET due_at = now() - CASE provider_id WHEN 'old' THEN interval '3 h'"
        " WHEN 'middle' THEN interval '2 h' ELSE interval '1 h' END"
    )
    fetching = fetcher(worker_pool, tmp_path, http)

    await fetching.fetch_next(youngest=True)
    await fetching.fetch_next(youngest=False)

    assert [job["provider_id"] for job in media_jobs(owner)] == ["middle"]


# Tenants ----------------------------------------------------------------------------------------------------------------


async def test_two_clinics_with_the_same_file_have_one_each(
    worker_pool: Pool, owner: Owner, tmp_path: Path, http: aiohttp.ClientSession, database_url: str
) -> None:
    """Neither learns from the other's files that somebody else has the same."""
    await process(worker_pool, picture("A", beside=inline()))
    await process(worker_pool, picture("A", beside=inline(), instance=OTHER_INSTANCE), source_id=3, clinic_id=2)

    await fetch_all(fetcher(worker_pool, tmp_path, http), owner)

    assert set(files_in(tmp_path)) == {media_key(1, SHA256), media_key(2, SHA256)}
    async with open_pool(database_url, "prosa_api", size=1) as pool:
        for clinic_id in (1, 2):
            async with tenant_transaction(pool, clinic_id) as connection:
                cursor = await connection.execute("SELECT clinic_id FROM media_files")
                assert await cursor.fetchall() == [{"clinic_id": clinic_id}]
        async with pool.connection() as connection:
            assert (await (await connection.execute("SELECT FROM media_files")).fetchall()) == []


# Sweeping ---------------------------------------------------------------------------------------------------------------


async def test_a_file_that_nothing_refers_to_is_swept_and_no_other(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a killed worker left, and what a deleted message had; young notes are left alone, used files always."""
    await process(worker_pool, picture("A", beside=inline()), picture("B", beside=inline(PAGE)))
    fetching, store = fetcher(worker_pool, tmp_path, http), open_store(f"file:{tmp_path}")
    await fetch_all(fetching, owner)
    owner.execute("DELETE FROM messages WHERE provider_id = 'B'")

    assert await Sweeper(worker_pool, store).delete_unused() == 0
    owner.execute("UPDATE media_files SET noted_at = now() - interval '25 hours'")
    assert await Sweeper(worker_pool, store).delete_unused() == 1

    assert files_in(tmp_path) == {media_key(1, SHA256): PNG}


async def test_a_sweep_killed_half_way_is_repeated(
    worker_pool: Pool,
    owner: Owner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The file may be gone and its row not: the next round takes the row."""
    store = open_store(f"file:{tmp_path}")
    delete = MediaStore.delete
    owner.execute(
        "INSERT INTO media_files (clinic_id, sha256, size, noted_at) VALUES (1, %s, 3, now() - interval '2 days')",
        [SHA256],
    )

    async def delete_and_die(self: MediaStore, key: str) -> None:
        await delete(self, key)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(MediaStore, "delete", delete_and_die)
        with pytest.raises(KilledError):
            await Sweeper(worker_pool, store).delete_unused()
    assert owner.execute("SELECT count(*) AS files FROM media_files").fetchone() == {"files": 1}

    assert await Sweeper(worker_pool, store).delete_unused() == 1
    assert owner.execute("SELECT count(*) AS files FROM media_files").fetchone() == {"files": 0}


async def test_an_upload_that_no_message_took_is_forgotten_with_its_file(
    worker_pool: Pool, owner: Owner, tmp_path: Path
) -> None:
    """Its time is over; one whose time is not stays."""
    store = open_store(f"file:{tmp_path}")
    for name, left in ((SHA256, "-1 hour"), (bytes(32), "1 hour")):
        owner.execute(
            "INSERT INTO media_files (clinic_id, sha256, size, noted_at) VALUES (1, %s, 3, now() - interval '2 days')",
            [name],
        )
        owner.execute(
            "INSERT INTO message_attachments (clinic_id, file_name, state, sha256, upload_expires_at)"
            " VALUES (1, 'a', 'stored', %s, now() + %s::interval)",
            [name, left],
        )

    await Sweeper(worker_pool, store).sweep()

    assert [row["sha256"] for row in attachments(owner)] == [bytes(32)]
    assert owner.execute("SELECT sha256 FROM media_files").fetchall() == [{"sha256": bytes(32)}]


async def test_a_disk_that_fails_stops_no_worker(worker_pool: Pool, tmp_path: Path) -> None:
    """Its folder for files that come is gone: a later round tries again."""
    store = open_store(f"file:{tmp_path}")
    store.incoming.rmdir()

    await Sweeper(worker_pool, store).sweep()
