import asyncio
import json
from collections.abc import Callable

from redis.asyncio import Redis

from services.api.models.monitoring import Health, Queue
from services.api.openapi import COMMITTED
from services.queue_worker.wakeup import Wakeup, listen
from tests.ending import end
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation, insert, source_id
from tests.waiting import until


async def metric(nobody: Caller, line: str) -> float:
    """The value of one series, 0 where it does not exist yet."""
    text = (await nobody.get("/metrics")).content.decode()
    values = [float(found.rsplit(" ", 1)[1]) for found in text.splitlines() if found.startswith(f"{line} ")]
    return values[0] if values else 0.0


async def test_the_health_page_tells_how_the_api_is(nobody: Caller) -> None:
    """Public, because a page that cannot sign in wants to say why."""
    body = (await nobody.get("/api/health")).ok(Health)
    assert body["status"] == "ok"
    assert body["cache"]["connected"]
    assert body["database"]["connected"]
    assert body["database"]["latency_ms"] > 0
    assert body["uptime"] >= 0
    assert (await nobody.get("/api/health")).ok()["performance"]["requests"] > body["performance"]["requests"]


async def test_a_ready_process_says_so(nobody: Caller) -> None:
    """/readyz names its dependencies."""
    assert (await nobody.get("/readyz")).ok() == {"status": "ready", "checks": {"postgres": "ok", "redis": "ok"}}


async def test_the_served_document_is_the_committed_one(nobody: Caller) -> None:
    """What clients were generated from is what is served."""
    answer = await nobody.get("/api/openapi.json")
    assert answer.content == COMMITTED.read_bytes()
    assert json.loads(answer.content)["openapi"].startswith("3.1")


async def test_the_queue_page_shows_what_waits_and_what_is_dead(ana: Caller, owner: Owner) -> None:
    """Counts by status and kind, the age of the oldest, and dead letters that nobody has dealt with."""
    for status in ("pending", "pending", "retrying"):
        insert(owner, "message_queue", clinic_id=1, message_type="send.text", payload={}, status=status)
    owner.execute("UPDATE message_queue SET created_at = now() - interval '1 minute' WHERE status = 'retrying'")
    for state in ("dead", "discarded"):
        owner.execute(
            """
            INSERT INTO failed_messages (original_message_id, correlation_id, clinic_id, message_type, error_message,
                                         error_class, state)
            VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'x', 'x', 'permanent', %s)
            """,
            [state],
        )
    body = (await ana.get("/api/queue")).ok(Queue)
    assert body["depth"] == {"pending": 2, "processing": 0, "retrying": 1}
    assert body["by_type"] == {"send.text": 3}
    assert body["dlq"] == 1
    assert 60 <= body["oldest_age_seconds"] < 120


async def test_the_queue_page_tells_kinds_apart_and_counts_what_was_worked(ana: Caller, owner: Owner) -> None:
    """Also kinds of which none waits; what another clinic's sources sent is not in it."""
    insert(owner, "message_queue", clinic_id=1, message_type="call", payload={}, status="retrying")
    owner.execute("UPDATE message_queue SET created_at = now() - interval '1 minute'")
    demo = source_id(owner, "demo-wa")
    for event, events in (("call", 3), ("messages.upsert", 40)):
        owner.execute("INSERT INTO source_activity VALUES (1, %s, %s, now(), %s)", [demo, event, events])
    other = insert(owner, "sources", clinic_id=2, kind="n8n", name="x", token_hash=b"x" * 32)["id"]
    owner.execute("INSERT INTO source_activity VALUES (2, %s, 'call', now(), 500)", [other])

    body = (await ana.get("/api/queue")).ok(Queue)

    assert body["worked"] == 43
    call, upsert = body["types"]
    assert (call["type"], call["depth"], call["worked"]) == ("call", {"pending": 0, "processing": 0, "retrying": 1}, 3)
    assert 60 <= call["oldest_age_seconds"] < 120
    assert (upsert["type"], upsert["oldest_age_seconds"], upsert["worked"]) == ("messages.upsert", None, 40)


async def test_the_queue_page_counts_workers_that_listen(ana: Caller, redis: Redis) -> None:
    """As long as they do."""

    async def counted(workers: int) -> bool:
        return bool((await ana.get("/api/queue")).ok(Queue)["workers"] == workers)

    assert await counted(0)
    listening = [asyncio.create_task(listen(redis, Wakeup())) for _ in range(2)]
    await until(lambda: counted(2))
    await end(*listening)
    await until(lambda: counted(0))


async def test_without_redis_nobody_knows_who_works(serve: Serve, token_of: Callable[..., str]) -> None:
    """The rest of the page is there all the same."""
    async with serve(redis_url="redis://127.0.0.1:1") as api:
        body = (await Caller(api, token_of("ana@demo.test")).get("/api/queue")).ok(Queue)
        assert (body["workers"], body["worked"]) == (None, 0)


async def test_requests_are_counted_by_route_and_not_by_id(ana: Caller, nobody: Caller, owner: Owner) -> None:
    """However many conversations there are, there is one series for their route."""
    conversation = add_conversation(owner)
    route = "/api/conversations-simple/{conversation_id}"
    line = f'api_requests_total{{method="GET",route="{route}",status="200"}}'
    before = await metric(nobody, line)
    (await ana.get(f"/api/conversations-simple/{conversation['id']}")).ok()
    assert await metric(nobody, line) == before + 1
    unmatched = 'api_requests_total{method="GET",route="unmatched",status="404"}'
    missed = await metric(nobody, unmatched)
    await ana.get(f"/api/{conversation['id']}/nothing")
    assert await metric(nobody, unmatched) == missed + 1


async def test_sends_and_logins_are_counted(ana: Caller, nobody: Caller, owner: Owner) -> None:
    """A replay is no second message."""
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    sent = await metric(nobody, "api_messages_sent_total")
    failed = await metric(nobody, 'api_logins_total{outcome="failure"}')
    for _ in range(2):
        (await ana.send(conversation["id"], content="Oi", client_message_id="c-1")).ok(status=201)
    await nobody.post("/api/auth/login", {"email": "ana@demo.test", "password": "wrong"})
    assert await metric(nobody, "api_messages_sent_total") == sent + 1
    assert await metric(nobody, 'api_logins_total{outcome="failure"}') == failed + 1


async def test_the_pool_is_measured(nobody: Caller) -> None:
    """Operators see when requests begin to wait for connections."""
    await nobody.get("/readyz")
    idle = await metric(nobody, 'api_pool_connections{pool="main",state="idle"}')
    busy = await metric(nobody, 'api_pool_connections{pool="main",state="busy"}')
    assert 1 <= idle + busy <= 4
