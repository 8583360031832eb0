"""What workers and the API do with Redis, on a cluster of three nodes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.api.other_processes import count_workers
from services.queue_worker.wakeup import Wakeup, listen
from shared.events.live import channel_name, live_event
from shared.pubsub.channels import WAKE_CHANNEL
from shared.pubsub.connection import open_redis, ping
from shared.pubsub.history import OutboxEntry, publish, read_histories, read_positions
from tests.ending import end
from tests.redis_server import RedisServer, redis_cluster
from tests.waiting import until

ROOMS = range(30)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[list[RedisServer]]:
    async with redis_cluster(tmp_path) as servers:
        yield servers


def entries(start: int) -> list[OutboxEntry]:
    """One event for each room."""
    return [
        OutboxEntry(start + room, 1, live_event("message:new", "conversa", room, {"n": start}, datetime.now(UTC)))
        for room in ROOMS
    ]


async def test_a_batch_goes_to_all_nodes(cluster: list[RedisServer]) -> None:
    """Events of one batch are numbered and kept wherever their channels are, in order, also after scripts were forgotten."""
    async with open_redis(cluster[0].url, "test", "cluster") as redis:
        await ping(redis)
        assert await publish(redis, entries(0)) == [1] * len(ROOMS)
        async with cluster[1].client() as node:
            await node.script_flush()
        again = await publish(redis, entries(0) + entries(100))
        assert again == [1] * len(ROOMS) + [2] * len(ROOMS)

        rooms = [(1, channel_name("conversa", room)) for room in ROOMS]
        histories = await read_histories(redis, [(*room, 0) for room in rooms])
        assert [len(history.frames) for history in histories] == [2] * len(ROOMS)
        assert await read_positions(redis, rooms) == [(history.seq, history.epoch) for history in histories]


async def test_wake_ups_reach_everybody(cluster: list[RedisServer]) -> None:
    """A word from one client of the cluster rings the bell of another, and whoever listens is counted."""
    bell = Wakeup()
    async with (
        open_redis(cluster[0].url, "worker", "cluster") as worker,
        open_redis(cluster[2].url, "api", "cluster") as api,
    ):
        listening = asyncio.create_task(listen(worker, bell))
        ringing = asyncio.create_task(ring(api))
        await bell.wait(10)
        assert not listening.done()
        await until(lambda: count_workers(api), what="a listener that is counted")
        await end(listening, ringing)


async def ring(redis: Redis) -> None:
    """Until it is heard: nobody says when the listener is ready."""
    while True:
        await redis.publish(WAKE_CHANNEL, "send")
        await asyncio.sleep(0.05)


async def test_a_cluster_that_is_away_fails_as_any_redis(cluster: list[RedisServer]) -> None:
    """What is raised is an error of Redis, which every caller waits out; then all goes on."""
    async with open_redis(cluster[0].url, "test", "cluster") as redis:
        await publish(redis, entries(0))
        for server in cluster:
            await server.kill()
        for _ in range(2):
            with pytest.raises(RedisError):
                await publish(redis, entries(100))
            with pytest.raises(RedisError):
                await ping(redis)
        for server in cluster:
            await server.start()

        await until(lambda: published(redis), what="a cluster that takes events again")


async def published(redis: Redis) -> bool:
    try:
        return await publish(redis, entries(200)) == [1] * len(ROOMS)
    except RedisError:
        return False
