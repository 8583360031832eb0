"""Redis loses the link, the data or its voice: nothing is missed silently, nothing comes twice."""

import pytest
from redis.asyncio import Redis

from services.realtime_gateway.commands import joins
from services.realtime_gateway.links import redis_link
from shared.pubsub.channels import history_key, position_key
from tests.integration.realtime_gateway.conftest import (
    Gateway,
    Publisher,
    StartGateway,
    eventually,
    metric,
    number_unsent_event,
)
from tests.integration.realtime_gateway.gateway_client import PATIENCE_SECONDS
from tests.integration.realtime_gateway.stand_ins import Cable


def resets(client_frames: list[dict[str, object]]) -> list[object]:
    return [frame["channel"] for frame in client_frames if frame["type"] == "reset"]


async def test_link_killed_again_and_again_under_load(gateway: Gateway, publisher: Publisher, redis: Redis) -> None:
    """With the link killed amid a stream, clients of one channel get each event once, in order, and no reset."""
    reconnects = metric("redis_reconnects_total")
    async with gateway.dashboard() as one, gateway.dashboard() as two:
        for client in (one, two):
            await client.command("conversation:join", conversation_id="12")
        for _ in range(10):
            await publisher.publish(times=50)
            await redis.client_kill_filter(_type="pubsub")
            for _ in range(20):
                [*_, last] = await publisher.publish(times=10)
            for client in (one, two):
                assert await client.sequence("conversa:12", last) == list(range(1, last + 1))
                assert resets(client.received) == []
        assert metric("redis_reconnects_total") - reconnects == 10


async def test_events_published_while_the_link_is_down(
    cabled_gateway: Gateway, redis_cable: Cable, publisher: Publisher, redis: Redis
) -> None:
    """What was published while the gateway could not reach Redis comes when it can, before what follows."""
    healed = metric("gaps_total", outcome="healed")
    async with cabled_gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        await publisher.publish()
        await client.sequence("conversa:12", 1)

        redis_cable.cut()
        await publisher.publish(times=5)
        await publisher.publish(1, times=2, target="empresa")
        assert (await client.command("ping"))["ok"]
        redis_cable.mend()

        assert await client.sequence("conversa:12", 6) == [1, 2, 3, 4, 5, 6]
        assert await client.sequence("empresa:1", 2) == [1, 2]
        await publisher.publish()
        assert await client.sequence("conversa:12", 7) == [1, 2, 3, 4, 5, 6, 7]
        assert resets(client.received) == []
        assert metric("gaps_total", outcome="healed") - healed == 2


async def test_more_missed_than_history_keeps(
    cabled_gateway: Gateway, redis_cable: Cable, publisher: Publisher
) -> None:
    """Where history no longer reaches back, clients of that channel are told to refetch, others are not."""
    async with cabled_gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        await publisher.publish()
        await client.sequence("conversa:12", 1)

        redis_cable.cut()
        await publisher.publish(times=400)
        redis_cable.mend()

        reset = await client.first(lambda frame: frame["type"] == "reset")
        assert reset["channel"] == reset["data"]["channel"] == "conversa:12"
        assert reset["data"]["seq"] == 401
        await publisher.publish()
        assert await client.sequence("conversa:12", 402) == [1, 402]
        assert resets(client.received) == ["conversa:12"]


async def test_flushed_redis_resets(gateway: Gateway, publisher: Publisher, redis: Redis) -> None:
    """After FLUSHALL the next event begins another epoch: clients are told to refetch, then events go on."""
    async with gateway.dashboard() as client:
        before = await client.command("conversation:join", conversation_id="12")
        await publisher.publish(times=3)
        await client.sequence("conversa:12", 3)

        await redis.flushall()
        await publisher.publish()
        reset = await client.first(lambda frame: frame["type"] == "reset")
        await publisher.publish()
        after = await client.first(lambda frame: frame.get("seq") == 2 and frame["epoch"] == reset["data"]["epoch"])

        assert reset["data"]["epoch"] != before["data"]["epoch"]
        assert client.received.index(reset) < client.received.index(after)


async def test_flushed_while_the_link_is_down(
    cabled_gateway: Gateway, redis_cable: Cable, publisher: Publisher, redis: Redis
) -> None:
    """A flush that the gateway did not see is found when the link is back, without waiting for an event."""
    async with cabled_gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        await publisher.publish()
        await client.sequence("conversa:12", 1)

        redis_cable.cut()
        await redis.flushall()
        redis_cable.mend()

        await client.first(lambda frame: frame["type"] == "reset" and frame["channel"] == "conversa:12")


async def test_redis_restored_from_an_older_copy(
    cabled_gateway: Gateway, redis_cable: Cable, publisher: Publisher, redis: Redis
) -> None:
    """A channel whose count went back under the same epoch is reset: its next events are not taken for known ones."""
    async with cabled_gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        await publisher.publish(times=2)
        keys = position_key(1, "conversa:12"), history_key(1, "conversa:12")
        copies = {key: await redis.dump(key) or b"" for key in keys}
        await publisher.publish(times=3)
        await client.sequence("conversa:12", 5)

        redis_cable.cut()
        for key, copy in copies.items():
            await redis.restore(key, 0, copy, replace=True)
        redis_cable.mend()
        await client.first(lambda frame: frame["type"] == "reset")

        await publisher.publish()
        await client.until(lambda: len(client.events("conversa:12")) == 6)
        assert await client.sequence("conversa:12", 3) == [1, 2, 3, 4, 5, 3]


async def test_gap_on_a_living_link_is_healed(gateway: Gateway, publisher: Publisher, redis: Redis) -> None:
    """An event that was numbered but never sent to this gateway is fetched before the one that proves it missing."""
    async with gateway.dashboard() as client:
        joined = await client.command("conversation:join", conversation_id="12")
        await publisher.publish()
        await client.sequence("conversa:12", 1)

        await number_unsent_event(redis, 2, joined["data"]["epoch"])
        await publisher.publish()

        assert await client.sequence("conversa:12", 3) == [1, 2, 3]


async def test_frozen_redis_is_noticed(
    cabled_gateway: Gateway, redis_cable: Cable, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Redis that keeps the connection but says nothing is left, and found again when it speaks."""
    monkeypatch.setattr(redis_link, "PING_SECONDS", 0.1)
    monkeypatch.setattr(redis_link, "SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(redis_link, "OPEN_TIMEOUT_SECONDS", 0.3)
    async with cabled_gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        redis_cable.freeze()
        await publisher.publish(times=2)
        await eventually(link_is_down)
        assert (await client.command("ping"))["ok"]
        redis_cable.thaw()

        assert await client.sequence("conversa:12", 2) == [1, 2]


async def link_is_down() -> bool:
    return metric("redis_link_up") == 0


async def test_join_that_gave_up_harms_nobody(
    cabled_gateway: Gateway, redis_cable: Cable, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resume that waited for history in vain is temporary; the answer that comes after all disturbs nothing."""
    async with cabled_gateway.dashboard() as client:
        joined = await client.command("conversation:join", conversation_id="12")
        since = {"seq": 0, "epoch": joined["data"]["epoch"]}
        await publisher.publish()
        await client.sequence("conversa:12", 1)

        redis_cable.freeze()
        with monkeypatch.context() as impatient:
            impatient.setattr(joins, "JOIN_TIMEOUT_SECONDS", 0.2)
            answer = await client.command("conversation:join", conversation_id="12", since=since)
        assert answer["error"]["code"] == "unavailable"
        redis_cable.thaw()

        monkeypatch.setattr(joins, "JOIN_TIMEOUT_SECONDS", PATIENCE_SECONDS)
        answer = await client.command("conversation:join", conversation_id="12", since=since)
        assert [event["seq"] for event in answer["data"]["events"]] == [1]


async def test_readiness_follows_the_link(cabled_gateway: Gateway, redis_cable: Cable) -> None:
    """Without Redis the gateway is alive but not ready; it is ready again by itself."""
    redis_cable.cut()
    await eventually(link_is_down)
    status, body = await cabled_gateway.readiness()
    assert status == 503
    assert body["checks"]["events"] != "ok"
    assert body["checks"]["sockets"] == "ok"

    redis_cable.mend()
    await cabled_gateway.until_ready()


async def test_connecting_without_redis_is_overload_not_death(
    cabled_gateway: Gateway, redis_cable: Cable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that connects while events cannot be had is closed with 1013, to try again; one inside keeps its socket."""
    monkeypatch.setattr(joins, "JOIN_TIMEOUT_SECONDS", 0.2)
    async with cabled_gateway.dashboard() as inside:
        await inside.connected()
        redis_cable.cut()
        await eventually(link_is_down)

        async with cabled_gateway.dashboard() as late:
            assert await late.closed() == 1013
        answer = await inside.command("conversation:join", conversation_id="12")
        assert answer["error"]["code"] == "unavailable"
        assert answer["error"]["temporary"] is True

        redis_cable.mend()
        await cabled_gateway.until_ready()
        assert (await inside.command("conversation:join", conversation_id="12"))["ok"]


async def test_gateway_that_starts_before_redis(start_gateway: StartGateway, redis_cable: Cable) -> None:
    """A gateway that finds no Redis keeps trying and becomes ready when there is one."""
    redis_cable.cut()
    async with start_gateway(ready=False, REDIS_URL=f"redis://127.0.0.1:{redis_cable.port}/0") as gateway:
        await eventually(gateway.alive)
        assert (await gateway.readiness())[0] == 503

        redis_cable.mend()
        await gateway.until_ready()
