"""An epoch ends with the server's own history: nobody may take a position of one life for a position of another."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.events.live import live_event
from shared.pubsub.channels import position_key
from shared.pubsub.history import OutboxEntry, publish, read_history
from tests.ports import free_port
from tests.redis_server import RedisServer
from tests.waiting import until

ROOM = "conversa:12"

StartRedis = Callable[..., Awaitable[RedisServer]]
_ids = count(1)


@pytest.fixture
async def start_redis(tmp_path: Path) -> AsyncIterator[StartRedis]:
    """Starts servers that are gone after the test."""
    async with AsyncExitStack() as stack:

        async def start(*options: str) -> RedisServer:
            server = RedisServer(tmp_path / str(next(_ids)), free_port(), options)
            stack.push_async_callback(server.kill)
            await server.start()
            return server

        yield start


async def publish_some(redis: Redis, times: int = 1) -> list[int]:
    event = live_event("message:new", "conversa", 12, {"content": "Bom dia"}, datetime.now(UTC))
    return await publish(redis, [OutboxEntry(next(_ids), 1, event) for _ in range(times)])


async def epoch_of(redis: Redis) -> str:
    return (await read_history(redis, 1, ROOM, None)).epoch


@pytest.mark.parametrize("options", [("--appendonly", "yes"), ("--save", "3600 1")], ids=["aof", "rdb"])
async def test_restart_with_data_begins_a_new_epoch(start_redis: StartRedis, options: tuple[str, ...]) -> None:
    """A Redis that comes back with its data may lack its last writes, so its channels begin anew."""
    server = await start_redis(*options)
    async with server.client() as redis:
        await publish_some(redis, 3)
        before = await epoch_of(redis)
        await server.stop()
        await server.start()
        await redis.connection_pool.disconnect()
        assert await redis.hget(position_key(1, ROOM), "epoch") == before

        after = await read_history(redis, 1, ROOM, 0)

    assert after.epoch != before
    assert (after.seq, after.frames) == (0, [])


async def test_older_copy_restored_begins_a_new_epoch(start_redis: StartRedis) -> None:
    """The first to touch the channel being a publisher, its event is the first of the new epoch."""
    server = await start_redis("--save", "3600 1")
    async with server.client() as redis:
        await publish_some(redis, 2)
        await redis.save()
        await publish_some(redis, 3)
        before = await epoch_of(redis)
        await server.kill()
        await server.start()
        await redis.connection_pool.disconnect()
        assert await redis.hget(position_key(1, ROOM), "seq") == "2"

        assert await publish_some(redis) == [1]

        after = await read_history(redis, 1, ROOM, 0)
    assert after.epoch != before
    assert len(after.frames) == 1


async def test_flush_begins_a_new_epoch(redis: Redis) -> None:
    """What was forgotten is not continued."""
    await publish_some(redis)
    before = await epoch_of(redis)
    await redis.flushall()
    assert await epoch_of(redis) != before


async def test_epoch_outlives_what_loses_nothing(redis: Redis, redis_url: str) -> None:
    """Scripts forgotten, another reader, another publisher: the channel goes on."""
    await publish_some(redis)
    before = await epoch_of(redis)
    await redis.script_flush()
    async with Redis.from_url(redis_url, decode_responses=True) as other:
        assert await publish_some(other) == [2]
        assert await epoch_of(other) == before
    assert await publish_some(redis) == [3]
    assert await epoch_of(redis) == before


async def test_promoted_replica_begins_a_new_epoch_and_so_does_the_way_back(start_redis: StartRedis) -> None:
    """A replica may lack what its primary had last. Neither runs anew, and nobody touches the channel in between."""
    at_once = ("--repl-diskless-sync-delay", "0")
    first, second = await start_redis(*at_once), await start_redis(*at_once)
    async with first.client() as one, second.client() as two:
        await follow(two, first)
        await publish_some(one, 2)
        await until(lambda: has_seq(two, "2"), what="the replica's copy")
        on_first = await epoch_of(one)

        await two.replicaof("NO", "ONE")
        await follow(one, second)
        await one.replicaof("NO", "ONE")
        assert await one.hget(position_key(1, ROOM), "epoch") == on_first
        assert await epoch_of(two) != on_first
        assert await epoch_of(one) != on_first


async def follow(replica: Redis, primary: RedisServer) -> None:
    await replica.replicaof("127.0.0.1", str(primary.port))
    await until(lambda: in_sync(replica), what="a replica in sync")


async def in_sync(replica: Redis) -> bool:
    return bool((await replica.info("replication")).get("master_link_status") == "up")


async def has_seq(redis: Redis, seq: str) -> bool:
    return await redis.hget(position_key(1, ROOM), "seq") == seq
