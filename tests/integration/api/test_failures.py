import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest

from services.api import users
from services.api.resources import RESOURCES
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation, count, source_id

GONE = "postgresql://postgres@127.0.0.1:1/nowhere"


async def test_an_unknown_address_is_a_problem(nobody: Caller) -> None:
    """Also where no route is, errors have one form; beside the API an address may be one of the dashboard's."""
    for path in ("/api/nothing", "/api/conversations-simple/1/nothing"):
        (await nobody.get(path)).problem(404)


async def test_a_wrong_method_says_which_are_right(ana: Caller) -> None:
    """405 names what the address takes."""
    answer = await ana.call("DELETE", "/api/users")
    answer.problem(405)
    assert "GET" in answer.headers["Allow"]


async def test_a_body_over_the_limit_is_a_413(ana: Caller, owner: Owner) -> None:
    """1 MiB is far more than any request needs."""
    conversation = add_conversation(owner)
    answer = await ana.call(
        "POST",
        f"/api/conversations-simple/{conversation['id']}/messages",
        data=io.BytesIO(b'{"content":"' + b"x" * 1_100_000 + b'"}'),
        headers={"Content-Type": "application/json"},
    )
    answer.problem(413)


async def test_another_content_type_is_a_415(ana: Caller, owner: Owner) -> None:
    """A form of another site cannot send what only our clients send."""
    path = f"/api/conversations-simple/{add_conversation(owner)['id']}/messages"
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/octet-stream"):
        answer = await ana.call("POST", path, data=b'{"content":"x"}', headers={"Content-Type": content_type})
        answer.problem(415)


NOT_OBJECTS = (
    b"",
    b"{",
    b"nonsense",
    b"[]",
    b'"text"',
    b"null",
    b"\xff\xfe",
    b'{"content": NaN}',
    b"[" * 100_000,
    b"1" * 5000,
)


async def test_a_body_that_is_no_json_object_is_a_400(ana: Caller, owner: Owner) -> None:
    """Whatever the bytes, the answer is a problem and never a 500."""
    path = f"/api/conversations-simple/{add_conversation(owner)['id']}/messages"
    for body in NOT_OBJECTS:
        answer = await ana.call("POST", path, data=body, headers={"Content-Type": "application/json"})
        assert answer.problem(400)["errors"][0]["path"] == "", body[:20]


async def test_an_unforeseen_failure_tells_nothing_but_its_correlation_id(
    ana: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Internals stay in the log, under the id that the client was told."""

    async def broken(*_: object) -> list[object]:
        raise RuntimeError("the inside of the machine")

    monkeypatch.setattr(users, "list_users", broken)
    answer = await ana.get("/api/users")
    body = answer.problem(500)
    assert "machine" not in answer.content.decode()
    assert body["correlation_id"] == answer.headers["X-Request-Id"]


async def test_a_clients_request_id_is_kept(ana: Caller) -> None:
    """A client can name its request, with a UUID."""
    stated = str(uuid4())
    answer = await ana.call("GET", "/api/users", headers={"X-Request-Id": stated})
    assert answer.headers["X-Request-Id"] == stated


async def test_a_request_id_that_is_no_uuid_is_replaced(ana: Caller) -> None:
    """Foreign text comes neither into logs nor into the queue."""
    answer = await ana.call("GET", "/api/users", headers={"X-Request-Id": "<script>"})
    assert UUID(answer.headers["X-Request-Id"]).version == 7


async def test_every_answer_has_the_protecting_headers(ana: Caller) -> None:
    """Also errors, and also what is not JSON."""
    for path in ("/api/users", "/api/nothing", "/", "/healthz", "/metrics"):
        headers = (await ana.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        # The dashboard's page, where it is built, is nobody's secret: it may be kept and is asked about each time.
        assert headers["Cache-Control"] in (("no-cache", "no-store") if path == "/" else ("no-store",))
        assert "aiohttp" not in headers["Server"]


async def test_an_origin_that_is_not_allowed_gets_nothing(serve: Serve) -> None:
    """Without the header, a browser keeps the answer from the page; a preflight is refused."""
    async with serve(prosa_cors_origins=("https://desk.test",)) as api:
        nobody = Caller(api)
        answer = await nobody.call("GET", "/api/health", headers={"Origin": "https://evil.test"})
        assert "Access-Control-Allow-Origin" not in answer.headers
        asked = {"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
        assert (await nobody.call("OPTIONS", "/api/auth/login", headers=asked)).status == 405


async def test_an_allowed_origin_may_call(serve: Serve) -> None:
    """Preflight, answer and error carry the origin, never `*`."""
    async with serve(prosa_cors_origins=("https://desk.test",)) as api:
        nobody = Caller(api)
        asked = {"Origin": "https://desk.test", "Access-Control-Request-Method": "POST"}
        preflight = await nobody.call("OPTIONS", "/api/auth/login", headers=asked)
        assert preflight.status == 204
        assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
        for path in ("/api/health", "/api/users"):
            answer = await nobody.call("GET", path, headers={"Origin": "https://desk.test"})
            assert answer.headers["Access-Control-Allow-Origin"] == "https://desk.test"
            assert answer.headers["Vary"] == "Origin"


async def test_without_postgres_the_answer_is_a_503(serve: Serve, token_of: Callable[..., str]) -> None:
    """The client is told to come back, and /readyz takes the process out of service."""
    async with serve(database_url=GONE) as api:
        answer = await Caller(api, token_of("ana@demo.test")).get("/api/conversations-simple")
        answer.problem(503)
        assert int(answer.headers["Retry-After"]) > 0
        assert (await Caller(api).get("/readyz")).status == 503
        assert (await Caller(api).get("/healthz")).status == 200
        health = await Caller(api).get("/api/health")
        assert (health.status, health.body["status"]) == (503, "error")


async def test_a_broken_connection_is_a_503_and_then_replaced(ana: Caller, owner: Owner) -> None:
    """Postgres may end every connection; the API is back without a restart."""
    (await ana.get("/api/users")).ok()
    owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'prosa_api' AND datname = current_database()"
    )
    statuses = [(await ana.get("/api/users")).status for _ in range(8)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200


async def test_a_late_answer_is_a_503_and_leaves_nothing_behind(
    serve: Serve, owner: Owner, token_of: Callable[..., str]
) -> None:
    """Where Postgres does not answer in time the client is told so, and what was begun is rolled back."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    async with serve(prosa_api_deadline_seconds=0.2, prosa_api_pool_size=1) as api:
        ana, pool = Caller(api, token_of("ana@demo.test")), api.app[RESOURCES].pool
        await pool.wait(30)
        with owner.transaction():
            owner.execute("SELECT 1 FROM conversations WHERE id = %s FOR UPDATE", [conversation["id"]])
            answer = await ana.send(conversation["id"], content="Bom dia")
            answer.problem(503)
            assert answer.headers["Retry-After"]
            # The pool's only connection comes back when the cancelled work has ended.
            async with pool.connection(timeout=30) as connection:
                await connection.execute("SELECT 1")
    assert count(owner, "messages") == 0
    assert count(owner, "message_queue") == 0


@asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """Takes connections and never answers, as a frozen Redis does."""
    ended = asyncio.Event()

    async def stay_silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ended.wait()
        writer.close()

    server = await asyncio.start_server(stay_silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield f"redis://127.0.0.1:{port}"
        ended.set()


async def test_without_redis_everything_is_answered(serve: Serve, owner: Owner, token_of: Callable[..., str]) -> None:
    """Redis away, the API stays ready and only says that it is degraded; messages are stored and queued."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    async with serve(redis_url="redis://127.0.0.1:1") as api:
        ana = Caller(api, token_of("ana@demo.test"))
        (await ana.send(conversation["id"], content="Bom dia")).ok(status=201)
        (await ana.get("/api/conversations-simple")).ok()
        ready = (await ana.get("/readyz")).ok()
        assert ready["status"] == "ready"
        assert ready["checks"]["postgres"] == "ok"
        assert ready["checks"]["redis"].startswith("degraded")
        health = (await ana.get("/api/health")).ok()
        assert (health["status"], health["cache"]["connected"]) == ("degraded", False)
    assert count(owner, "message_queue") == 1


async def test_a_frozen_redis_delays_nobody(serve: Serve, owner: Owner, token_of: Callable[..., str]) -> None:
    """The signal to the workers is sent behind the answer's back, one at a time."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    async with silent_server() as redis_url, serve(redis_url=redis_url) as api:
        ana = Caller(api, token_of("ana@demo.test"))
        (await ana.send(conversation["id"], content="Por ela se sabe")).ok(status=201)
        async with asyncio.timeout(4):  # one that waited for Redis would take a second
            for number in range(5):
                (await ana.send(conversation["id"], content=f"Mensagem {number}")).ok(status=201)
    assert count(owner, "message_queue") == 6


async def test_a_malformed_request_never_reaches_a_handler(ana: Caller) -> None:
    """Broken percent-encoding in a path or query is answered, not failed on."""
    for path in (
        "/api/conversations-simple/%00",
        "/api/conversations-simple/%ff%fe",
        "/api/conversations-simple/%ED%A0%80",
    ):
        assert (await ana.get(path)).status == 404
    for query in ("q=%00", "cursor=%00", "q=%ff", "assigned_to=%00", "limit=%00"):
        assert (await ana.get(f"/api/conversations-simple?{query}")).status in {200, 400}
