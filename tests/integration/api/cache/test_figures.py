"""What operators and the dashboard's people are shown of the cache."""

import time

import pytest
from redis.asyncio import Redis

from services.api import statements
from services.api.models.monitoring import Figures, Health
from services.api.statements import statement_text
from shared.pubsub.gateways import CURRENT_SECONDS, GATEWAYS_KEY, GatewayReport, report
from tests.integration.api.cache.conftest import LIST, Instance, Instances
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_conversation
from tests.integration.api.test_monitoring import metric


async def test_the_figures_are_counted_by_type(one: Instance, owner: Owner) -> None:
    """Under the names that dashboards know: hits, misses, their sum, the rate in percent and the time they took."""
    conversation = add_conversation(owner)
    ana = one.as_user()
    for path in [LIST] * 4 + [f"{LIST}/{conversation['id']}"] * 2:
        (await ana.get(path)).ok()
    body = (await ana.get("/api/metrics")).ok(Figures)
    assert set(body["cache"]["metrics"]) == {"conversations", "conversation_details", "user_sessions", "patient_data"}
    lists = body["cache"]["metrics"]["conversations"]
    assert (lists["hits"], lists["misses"], lists["totalRequests"], lists["hitRate"]) == (3, 1, 4, 75.0)
    assert lists["avgResponseTime"] > 0
    assert body["cache"]["metrics"]["conversation_details"]["hitRate"] == 50.0
    assert body["cache"]["metrics"]["patient_data"]["totalRequests"] == 0
    assert body["cache"]["connected"]
    assert body["performance"]["requests"] >= 6
    assert body["database"]["queries"] >= 6
    assert body["websocket"] == {"connections": 0, "rooms": 0, "events": 0, "gateways": 0}


async def test_sockets_are_those_of_all_gateways_that_are_there(one: Instance, redis: Redis) -> None:
    """One that has said nothing for a while is not counted, and one day forgotten."""
    now = time.time()
    await report(redis, "a", GatewayReport(10, 5, 100), now)
    await report(redis, "b", GatewayReport(1, 2, 3), now - 1)
    await report(redis, "gone", GatewayReport(1000, 1000, 1000), now - CURRENT_SECONDS - 60)
    await report(redis, "long gone", GatewayReport(1000, 1000, 1000), now - 1e6)
    body = (await one.as_user().get("/api/metrics")).ok(Figures)
    assert body["websocket"] == {"connections": 11, "rooms": 7, "events": 103, "gateways": 2}
    assert set(await redis.hkeys(GATEWAYS_KEY)) == {"a", "b", "gone"}


async def test_the_figures_are_for_people_who_are_signed_in(one: Instance) -> None:
    """The health page is for everybody; how much a desk has to do is not."""
    (await Caller(one.api).get("/api/metrics")).problem(401)


async def test_slow_statements_are_shown_without_their_values(
    one: Instance, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for, not about whom."""
    monkeypatch.setattr(statements, "SLOW_SECONDS", 0.0)
    add_conversation(owner)
    (await one.as_user().get(f"{LIST}?q=Maria")).ok()
    shown = (await one.as_user().get("/api/metrics")).ok(Figures)["database"]["slowQueries"]
    assert any("FROM conversations" in slow["statement"] for slow in shown)
    assert not any("Maria" in slow["statement"] for slow in shown)
    assert shown == sorted(shown, key=lambda slow: slow["responseTime"], reverse=True)


def test_a_statements_text_has_no_values() -> None:
    """Those of our statements that have numbers in them have the ids of people."""
    assert statement_text(b"BEGIN;  SET LOCAL x = '7';\nSELECT 1 FROM users WHERE id = 12 AND name = 'Ana B'") == (
        "BEGIN; SET LOCAL x = ?; SELECT ? FROM users WHERE id = ? AND name = ?"
    )


async def test_the_health_page_tells_how_the_cache_is(instance_of: Instances, patient: None) -> None:
    """In use, switched off, or without its Redis."""
    for settings, connected, in_use in (
        ({}, True, True),
        ({"prosa_cache_enabled": False}, True, False),
        ({"redis_url": "redis://127.0.0.1:1"}, False, False),
    ):
        instance: Instance = await instance_of(ready=in_use, **settings)
        health = (await Caller(instance.api).get("/api/health")).ok(Health)
        cache = health["cache"]
        assert health["status"] == ("ok" if connected else "degraded")
        assert (cache["connected"], cache["in_use"], cache["breaker"]) == (connected, in_use, "closed")


async def test_hits_and_misses_are_told_to_prometheus_by_type_and_layer(one: Instance, owner: Owner) -> None:
    """A miss in memory that Redis answers is a hit there."""
    add_conversation(owner)
    nobody = Caller(one.api)
    line = 'api_cache_requests_total{{layer="{}",outcome="{}",type="conversations"}}'
    layers = [("memory", "hit"), ("memory", "miss"), ("redis", "hit"), ("redis", "miss")]
    before = [await metric(nobody, line.format(*layer)) for layer in layers]
    (await one.as_user().get(LIST)).ok()
    (await one.as_user().get(LIST)).ok()
    one.cache.memory.clear()
    (await one.as_user().get(LIST)).ok()
    after = [await metric(nobody, line.format(*layer)) for layer in layers]
    assert [later - earlier for earlier, later in zip(before, after, strict=True)] == [1, 2, 1, 1]
