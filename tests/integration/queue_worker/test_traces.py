"""The trace that a sender was in: through the inbox and the queue to Evolution and to the clinic's own systems."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import structlog
from redis.asyncio import Redis

from services.queue_worker import claims
from services.queue_worker.delivering.calls import open_hook_client
from services.queue_worker.delivering.claiming import claim_deliveries
from services.queue_worker.operating.releasing import release_due
from services.queue_worker.relay import Relay
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.net.addresses import allowed_hosts
from tests.factories import envelope, evolution_message, moment, n8n_message
from tests.integration.queue_worker.destinations import add_destination
from tests.integration.queue_worker.evolution_stand_in import NOT_ON_WHATSAPP, EvolutionStandIn, refused
from tests.integration.queue_worker.hook_stand_in import HookStandIn, hook_stand_in
from tests.integration.queue_worker.queue_rows import Owner, dead, queued
from tests.integration.queue_worker.test_delivering import make_deliverer
from tests.integration.queue_worker.test_sender import make_sender, reply
from tests.integration.queue_worker.working import process, take_in_webhooks, work
from tests.spans import recorded_spans, traces_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
SENDERS = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "tracestate": "n8n=1"}
LEASE = 30.0


@pytest.fixture
async def hooks() -> AsyncIterator[HookStandIn]:
    async with hook_stand_in() as stand_in:
        yield stand_in


def webhook(body: Any, **fields: Any) -> Any:
    return envelope(body, **{"source_id": 1, **fields})


def trace_of(headers: Any) -> tuple[str, str | None]:
    """The trace that a call said it is of."""
    return headers["traceparent"].split("-")[1], headers.get("tracestate")


async def test_each_event_of_a_webhook_keeps_its_trace(owner: Owner, worker_pool: Pool) -> None:
    """In the inbox, the queue and among the dead; without one nothing is kept, for it follows from the correlation id."""
    several = webhook([n8n_message("a"), n8n_message("b")], kind="n8n", trace=SENDERS)
    unreadable = webhook(b'{"event":"messages.upsert","text":"\\u0000"}', trace=SENDERS)
    await take_in_webhooks(worker_pool, [several, unreadable])
    await take_in_webhooks(worker_pool, [webhook(evolution_message("A"), received_at=moment(1))])

    assert [row["metadata"].get("trace") for row in queued(owner)] == [SENDERS, SENDERS, None]
    assert [row["metadata"] for row in dead(owner)] == [{"trace": SENDERS}]
    kept = owner.execute("SELECT trace FROM webhook_events ORDER BY received_at, id").fetchall()
    assert [row["trace"] for row in kept] == [SENDERS, SENDERS, None]


async def test_a_dead_letter_comes_back_with_its_trace(owner: Owner, worker_pool: Pool) -> None:
    """As the event it was, and as its bytes read anew."""
    await take_in_webhooks(worker_pool, [webhook({"event": "message.created", "phone": 7}, kind="n8n", trace=SENDERS)])
    await work(worker_pool)
    for mode in ("event", "raw"):
        owner.execute(
            "UPDATE failed_messages SET state = 'replaying', release_due = true, replay_mode = %s, source_kind = 'n8n'",
            [mode],
        )
        assert await release_due(worker_pool) == 1
        [row] = queued(owner)
        assert row["metadata"]["trace"] == SENDERS
        owner.execute("DELETE FROM message_queue")


async def test_a_reply_is_sent_in_its_requests_trace(
    owner: Owner, worker_pool: Pool, evolution: EvolutionStandIn, http: aiohttp.ClientSession
) -> None:
    """The caller's where it was in one, else the one of the request's id; the log's lines say which, and of which request."""
    await process(worker_pool, evolution_message("P1", "bom dia", phone="5511955550001"))
    reply(owner, "um", at=10)
    reply(owner, "dois", at=11)
    first, second = (row["correlation_id"] for row in queued(owner))
    owner.execute(
        "UPDATE message_queue SET metadata = jsonb_build_object('trace', jsonb_build_object('traceparent', %s::text,"
        " 'tracestate', %s::text)) WHERE correlation_id = %s",
        [SENDERS["traceparent"], SENDERS["tracestate"], second],
    )
    evolution.then(refused(NOT_ON_WHATSAPP))
    sender = make_sender(worker_pool, evolution.url, http)
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        for _ in range(2):
            [claimed] = await claims.claim_heads(worker_pool, 1, LEASE)
            await sender.send(claimed)

    assert [trace_of(request.headers) for request in evolution.requests] == [(first.hex, None), (TRACE, "n8n=1")]
    assert [(line["event"], line["correlation_id"], line["trace_id"]) for line in lines] == [
        ("send_failed", str(first), first.hex)
    ]


async def test_a_delivery_continues_the_trace_of_what_it_tells(
    owner: Owner, worker_pool: Pool, hooks: HookStandIn
) -> None:
    """Though the event has long left the queue; and where its sender was in none, the correlation id's."""
    add_destination(owner, hooks.url)
    webhooks = [webhook(evolution_message("A", "um"), trace=SENDERS), webhook(evolution_message("B", "dois", at=1))]
    await take_in_webhooks(worker_pool, webhooks)
    await work(worker_pool)
    async with open_hook_client(allowed_hosts(["127.0.0.1"], ()), 5) as client:
        deliverer = make_deliverer(worker_pool, client)
        while claimed := await claim_deliveries(worker_pool, 1, LEASE):
            await deliverer.deliver(claimed[0])

    told = {hook.event["data"]["content"]: trace_of(hook.headers) for hook in hooks.hooks}
    assert told == {"um": (TRACE, "n8n=1"), "dois": (webhooks[1].event_id.hex, None)}


async def test_a_recorders_spans_show_an_events_whole_way(
    owner: Owner,
    worker_pool: Pool,
    redis: Redis,
    evolution: EvolutionStandIn,
    http: aiohttp.ClientSession,
    hooks: HookStandIn,
) -> None:
    """Two events worked as one, told to agents and to the clinic, answered: each in its sender's trace, or linked to it."""
    add_destination(owner, hooks.url, events=["message.created"])
    first = webhook(evolution_message("A", "um", phone="5511955550001"), trace=SENDERS)
    second = webhook(evolution_message("B", "dois", phone="5511955550001", at=1))
    both = {TRACE, second.event_id.hex}
    with recorded_spans() as recorded:
        await take_in_webhooks(worker_pool, [first, second])
        await work(worker_pool)
        await Relay(worker_pool, redis, Wakeup(), longest_sleep=1).relay_once()
        async with open_hook_client(allowed_hosts(["127.0.0.1"], ()), 5) as client:
            while claimed := await claim_deliveries(worker_pool, 1, LEASE):
                await make_deliverer(worker_pool, client).deliver(claimed[0])
        reply(owner, "olá")
        [row] = queued(owner)
        [claimed_reply] = await claims.claim_heads(worker_pool, 1, LEASE)
        await make_sender(worker_pool, evolution.url, http).send(claimed_reply)

    [processed], [relayed], delivered, [sent] = map(recorded.named, ("process", "relay", "deliver", "send"))
    assert (traces_of(processed), traces_of(relayed)) == (both, both)
    assert (relayed.attributes or {})["prosa.message_ids"] == ("1", "2")
    assert set().union(*map(traces_of, delivered)) == both
    spans = {f"{span.context.span_id:016x}" for span in delivered if span.context}
    assert {hook.headers["traceparent"].split("-")[2] for hook in hooks.hooks} == spans
    assert traces_of(sent) == {row["correlation_id"].hex}
    assert (sent.attributes or {})["messaging.message.conversation_id"] == str(row["correlation_id"])
    assert trace_of(evolution.requests[0].headers) == (row["correlation_id"].hex, None)


async def test_a_delivery_of_unknown_cause_is_made_all_the_same(
    owner: Owner, worker_pool: Pool, hooks: HookStandIn
) -> None:
    """In a trace of its own: the message is erased, or the payload was edited into anything."""
    add_destination(owner, hooks.url, events=["message.created"])
    await process(worker_pool, evolution_message("A", "um"))
    [row] = queued(owner)
    owner.execute("UPDATE message_queue SET payload = '[7]'")
    async with open_hook_client(allowed_hosts(["127.0.0.1"], ()), 5) as client:
        for claimed in await claim_deliveries(worker_pool, 1, LEASE):
            await make_deliverer(worker_pool, client).deliver(claimed)

    assert [trace_of(hook.headers) for hook in hooks.hooks] == [(UUID(str(row["correlation_id"])).hex, None)]
