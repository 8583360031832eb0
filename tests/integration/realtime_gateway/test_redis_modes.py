"""Sharded publish/subscribe, and a cluster of three nodes whose slots move and whose nodes come back empty-handed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from shared.pubsub.channels import position_key, redis_channel
from shared.pubsub.connection import open_redis
from shared.pubsub.history import OutboxEntry, announce
from tests.integration.realtime_gateway.conftest import (
    Gateway,
    Publisher,
    StartGateway,
    eventually,
    metric,
    token_for,
    typing_event,
)
from tests.integration.realtime_gateway.gateway_client import Client
from tests.integration.realtime_gateway.stand_ins import AccessApi
from tests.ports import free_port
from tests.redis_server import SLOTS, RedisServer, cluster_node, redis_cluster, redis_server

CONVERSATIONS = [str(number) for number in range(100, 130)]


def slot_of(conversation_id: str) -> int:
    return key_slot(redis_channel(1, f"conversa:{conversation_id}").encode())


async def test_sharded_server(start_gateway: StartGateway, redis: Redis, redis_url: str) -> None:
    """On one server with sharded channels events, healing, ephemeral ones and the way out work as with ordinary ones."""
    async with (
        open_redis(redis_url, "test", "sharded") as sharded,
        start_gateway(REDIS_MODE="sharded") as gateway,
        gateway.dashboard() as client,
    ):
        publisher = Publisher(sharded)
        await client.command("conversation:join", conversation_id="12")
        await publisher.publish(times=3)
        assert await client.sequence("conversa:12", 3) == [1, 2, 3]
        assert await redis.pubsub_channels() == []

        await redis.client_kill_filter(_type="pubsub")
        await publisher.publish(times=3)
        assert await client.sequence("conversa:12", 6) == [1, 2, 3, 4, 5, 6]

        await announce(sharded, [OutboxEntry(0, 1, typing_event())])
        await client.first(lambda frame: frame["type"] == "conversation:typing")
        await client.command("conversation:leave", conversation_id="12")
        await eventually(lambda: unfollowed(redis, redis_channel(1, "conversa:12")))


async def unfollowed(redis: Redis, channel: str) -> bool:
    return channel not in await redis.pubsub_shardchannels()


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[list[RedisServer]]:
    async with redis_cluster(tmp_path, "--appendonly", "yes") as servers:
        yield servers


@asynccontextmanager
async def at_home(
    start_gateway: StartGateway, api: AccessApi, cluster: list[RedisServer]
) -> AsyncIterator[tuple[Gateway, Publisher]]:
    """A gateway and a publisher on the cluster, which know one node of it."""
    api.conversations[1] |= {number: number for number in CONVERSATIONS}
    async with (
        open_redis(cluster[0].url, "test", "cluster") as redis,
        start_gateway(REDIS_URL=cluster[0].url, REDIS_MODE="cluster") as gateway,
    ):
        yield gateway, Publisher(redis)


async def test_channels_of_all_nodes(start_gateway: StartGateway, api: AccessApi, cluster: list[RedisServer]) -> None:
    """Conversations all over the cluster are followed, each at its node, over one link to each."""
    links = metric("redis_link_up")
    async with at_home(start_gateway, api, cluster) as (gateway, publisher), gateway.dashboard() as client:
        assert metric("redis_link_up") - links == 3
        assert {slot_of(number) * 3 // SLOTS for number in CONVERSATIONS} == {0, 1, 2}
        for number in CONVERSATIONS:
            assert (await client.command("conversation:join", conversation_id=number))["ok"]
            await publisher.publish(number, times=2)
        for number in CONVERSATIONS:
            assert await client.sequence(f"conversa:{number}", 2) == [1, 2]
            since = {"seq": 1, "epoch": client.events(f"conversa:{number}")[0]["epoch"]}
            answer = await client.command("conversation:join", conversation_id=number, since=since)
            assert [event["seq"] for event in answer["data"]["events"]] == [2]


@pytest.mark.parametrize("mode", ["sharded", "cluster"])
async def test_presence_and_typing(
    start_gateway: StartGateway, api: AccessApi, redis_url: str, cluster: list[RedisServer], mode: str
) -> None:
    """Who is there, looks and types is told between gateways in every mode, and over conversations on every node."""
    where = {"REDIS_MODE": mode, "REDIS_URL": cluster[0].url if mode == "cluster" else redis_url}
    api.conversations[1] |= {number: number for number in CONVERSATIONS[:6]}
    async with (
        start_gateway(**where) as a,
        start_gateway(**where) as b,
        a.dashboard(token_for(1)) as colleague,
        b.dashboard(token_for(7)) as client,
    ):
        for number in CONVERSATIONS[:6]:
            assert (await colleague.command("conversation:join", conversation_id=number))["ok"]
            assert (await client.command("conversation:join", conversation_id=number))["ok"]
            assert (await client.command("typing_start", conversation_id=number))["ok"]
        assert (await client.command("presence_update", status="busy"))["ok"]

        await colleague.first(lambda f: f["type"] == "user:status" and f["data"]["status"] == "busy")
        expected = {f"conversa:{number}" for number in CONVERSATIONS[:6]}
        await colleague.until(lambda: channels_of(colleague, "conversation:typing") == expected)
        await colleague.until(
            lambda: (
                {
                    frame["channel"]
                    for frame in colleague.received
                    if frame["type"] == "conversation:viewers" and len(frame["data"]["viewers"]) == 2
                }
                == expected
            )
        )


def channels_of(client: Client, event_type: str) -> set[str]:
    return {frame["channel"] for frame in client.received if frame["type"] == event_type}


async def test_slot_moves(start_gateway: StartGateway, api: AccessApi, cluster: list[RedisServer]) -> None:
    """A conversation whose slot goes to another node, and back, is followed there; events go on after a reset."""
    number = CONVERSATIONS[0]
    channel, slot = f"conversa:{number}", slot_of(number)
    lost = metric("redis_reconnects_total")
    home = slot * 3 // SLOTS
    async with at_home(start_gateway, api, cluster) as (gateway, publisher), gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id=number)
        await publisher.publish(number)
        await client.sequence(channel, 1)
        for source, target in ((home, (home + 1) % 3), ((home + 1) % 3, home)):
            before = len(client.received)
            await move(slot, cluster[source], cluster[target])
            await client.until(lambda: any(is_reset(frame, channel) for frame in client.received[before:]))  # noqa: B023
            await publisher.publish(number)
            await client.until(lambda: any(f.get("seq") == 1 for f in client.received[before:]))  # noqa: B023
        assert [event["seq"] for event in client.events(channel)] == [1, 1, 1]
        assert metric("redis_reconnects_total") == lost


def is_reset(frame: dict[str, object], channel: str) -> bool:
    return frame["type"] == "reset" and frame["channel"] == channel


async def move(slot: int, source: RedisServer, target: RedisServer) -> None:
    """Migrate a slot with its keys, as redis-cli does."""
    giver, taker = [await server.command("CLUSTER", "MYID") for server in (source, target)]
    await target.command("CLUSTER", "SETSLOT", slot, "IMPORTING", giver)
    await source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", taker)
    keys = await source.command("CLUSTER", "GETKEYSINSLOT", slot, 100)
    await source.command("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
    for server in (target, source):
        await server.command("CLUSTER", "SETSLOT", slot, "NODE", taker)


async def test_node_is_killed_and_returns_with_its_data(
    start_gateway: StartGateway, api: AccessApi, cluster: list[RedisServer]
) -> None:
    """Its channels are reset, those of the other nodes go on, and the gateway is unready meanwhile."""
    hit, spared = (next(n for n in CONVERSATIONS if slot_of(n) * 3 // SLOTS == node) for node in (1, 2))
    async with at_home(start_gateway, api, cluster) as (gateway, publisher), gateway.dashboard() as client:
        for number in (hit, spared):
            await client.command("conversation:join", conversation_id=number)
            await publisher.publish(number, times=2)
            await client.sequence(f"conversa:{number}", 2)

        await cluster[1].kill()
        await eventually(lambda: is_unready(gateway))
        await cluster[1].start()

        await client.first(lambda frame: is_reset(frame, f"conversa:{hit}"))
        await gateway.until_ready()
        await asyncio.gather(*(eventually(lambda n=n: published(publisher, n)) for n in (hit, spared)))  # type: ignore[misc]
        assert await client.sequence(f"conversa:{spared}", 3) == [1, 2, 3]
        await client.until(lambda: [event["seq"] for event in client.events(f"conversa:{hit}")] == [1, 2, 1])
        assert not any(is_reset(frame, f"conversa:{spared}") for frame in client.received)


async def test_primary_dies_and_its_replica_takes_over(
    start_gateway: StartGateway, api: AccessApi, cluster: list[RedisServer], tmp_path: Path
) -> None:
    """The gateway finds the new primary by itself; channels begin anew there, for it may lack the last events."""
    number = next(n for n in CONVERSATIONS if slot_of(n) * 3 // SLOTS == 1)
    options = (*cluster_node(bus_port := free_port()), "--repl-diskless-sync-delay", "0")
    async with redis_server(tmp_path / "replica", free_port(), *options) as replica:
        await cluster[1].command("CLUSTER", "MEET", "127.0.0.1", replica.port, bus_port)
        primary = await cluster[1].command("CLUSTER", "MYID")
        await eventually(lambda: knows(replica, primary))
        await replica.command("CLUSTER", "REPLICATE", primary)
        async with at_home(start_gateway, api, cluster) as (gateway, publisher), gateway.dashboard() as client:
            await client.command("conversation:join", conversation_id=number)
            await publisher.publish(number, times=2)
            await client.sequence(f"conversa:{number}", 2)
            await eventually(lambda: has_copy(replica, number))

            await cluster[1].kill()
            await client.first(lambda frame: is_reset(frame, f"conversa:{number}"))
            await eventually(lambda: published(publisher, number))
            await client.until(lambda: [event["seq"] for event in client.events(f"conversa:{number}")] == [1, 2, 1])
            await gateway.until_ready()


async def knows(server: RedisServer, node_id: str) -> bool:
    nodes = str(await server.command("CLUSTER", "NODES"))
    return node_id in nodes and "cluster_state:ok" in str(await server.command("CLUSTER", "INFO"))


async def has_copy(replica: RedisServer, number: str) -> bool:
    return position_key(1, f"conversa:{number}") in await replica.command("KEYS", "*")


async def is_unready(gateway: Gateway) -> bool:
    return (await gateway.readiness())[0] == 503


async def published(publisher: Publisher, number: str) -> bool:
    """The relay tries again, too."""
    try:
        await publisher.publish(number)
    except RedisError:
        return False
    return True
