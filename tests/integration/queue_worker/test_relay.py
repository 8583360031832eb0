"""From the outbox to Redis: everything, once, in order, whoever dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from services.queue_worker import relay as relay_module
from services.queue_worker.relay import BATCH, Relay
from services.queue_worker.wakeup import Wakeup
from shared.db.outbox import append_outbox
from shared.db.pool import Pool, open_pool
from shared.db.tenant import tenant_transaction
from shared.events.live import LiveEvent, live_event, numbered_frame
from shared.pubsub.channels import redis_channel
from shared.pubsub.connection import open_redis
from shared.pubsub.history import ChannelHistory, OutboxEntry, publish, read_history
from tests.ending import end
from tests.factories import moment
from tests.integration.queue_worker.queue_rows import Owner
from tests.proxy import open_proxy
from tests.waiting import until

pytestmark = pytest.mark.artificial_events

ROOM, OTHER_ROOM = "conversa:1", "conversa:2"


def event(number: int, room: int = 1) -> LiveEvent:
    return live_event("message:new", "conversa", room, {"n": number, "text": 'olá "Maria" ✓'}, moment(number))


async def write(pool: Pool, *events: LiveEvent, clinic_id: int = 1) -> None:
    async with tenant_transaction(pool, clinic_id) as connection:
        await append_outbox(connection, clinic_id, events)


def waiting(owner: Owner) -> int:
    row = owner.execute("SELECT count(*) AS n FROM outbox").fetchone()
    return int(row["n"]) if row else 0


def relay(pool: Pool, redis: Redis) -> Relay:
    return Relay(pool, redis, Wakeup(), longest_sleep=0.05)


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        await end(*tasks)


async def history(redis: Redis, room: str = ROOM, clinic_id: int = 1) -> ChannelHistory:
    return await read_history(redis, clinic_id, room, after_seq=0)


def frames(events: list[LiveEvent], epoch: str) -> list[str]:
    """What clients get: each event, numbered from 1 without a gap."""
    return [numbered_frame(event.frame, seq, epoch) for seq, event in enumerate(events, start=1)]


async def test_events_are_published_in_order_without_gaps_and_deleted(
    owner: Owner, worker_pool: Pool, redis: Redis
) -> None:
    """Each channel has its own sequence, gapless from 1; the outbox is empty afterwards."""
    await write(worker_pool, event(1), event(2), event(1, room=2), event(3))

    assert await relay(worker_pool, redis).relay_once() == 4

    room, other = await history(redis), await history(redis, OTHER_ROOM)
    assert room.frames == frames([event(1), event(2), event(3)], room.epoch)
    assert other.frames == frames([event(1, room=2)], other.epoch)
    assert (room.seq, other.seq, waiting(owner)) == (3, 1, 0)


async def test_subscribers_get_the_frames_that_the_history_keeps(worker_pool: Pool, redis: Redis) -> None:
    """publish.lua numbers frames exactly as `numbered_frame` says."""
    async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(redis_channel(1, ROOM))
        await until(lambda: _subscribed(redis, redis_channel(1, ROOM)), what="the subscription")
        await write(worker_pool, event(1), event(2))
        await relay(worker_pool, redis).relay_once()

        heard = [(await anext(subscription.listen()))["data"] for _ in range(2)]

    kept = await history(redis)
    assert heard == kept.frames == frames([event(1), event(2)], kept.epoch)


async def _subscribed(redis: Redis, channel: str) -> bool:
    [(_, subscribers)] = await redis.pubsub_numsub(channel)
    return int(subscribers) > 0


async def test_clinics_share_no_channel(worker_pool: Pool, redis: Redis) -> None:
    """The same conversation id of two clinics is two channels in Redis."""
    await write(worker_pool, event(1))
    await write(worker_pool, event(2), clinic_id=2)

    await relay(worker_pool, redis).relay_once()

    ours, theirs = await history(redis, clinic_id=1), await history(redis, clinic_id=2)
    assert (len(ours.frames), len(theirs.frames)) == (1, 1)
    assert '"n":1' in ours.frames[0]
    assert '"n":2' in theirs.frames[0]


async def test_a_crash_between_publish_and_commit_doubles_nothing(
    owner: Owner, worker_pool: Pool, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entries are still there, and published again: Redis knows them."""

    async def publish_and_die(client: Redis, entries: list[OutboxEntry]) -> list[int]:
        await publish(client, entries)
        raise SystemExit

    await write(worker_pool, event(1), event(2))
    with monkeypatch.context() as patched:
        patched.setattr(relay_module, "publish", publish_and_die)
        with pytest.raises(SystemExit):
            await relay(worker_pool, redis).relay_once()
    assert waiting(owner) == 2

    await write(worker_pool, event(3))
    await relay(worker_pool, redis).relay_once()

    kept = await history(redis)
    assert kept.frames == frames([event(1), event(2), event(3)], kept.epoch)
    assert waiting(owner) == 0


async def test_postgres_dies_before_the_commit(
    owner: Owner, database_url: str, worker_pool: Pool, redis: Redis
) -> None:
    """The connection tears after the publish: nothing is doubled, and in the end nothing is left."""
    await write(worker_pool, event(1), event(2))
    async with open_proxy(database_url) as proxy, open_pool(proxy.url, "prosa_worker", size=1) as pool:
        await pool.wait(5)
        async with running(relay(pool, redis)):
            await until(lambda: waiting(owner) == 0, what="an empty outbox")
            for number in range(3, 9):
                proxy.after(150 * (number - 2), proxy.cut)
                await write(worker_pool, event(number))
                await until(lambda: waiting(owner) == 0, what="an empty outbox")

    kept = await history(redis)
    assert kept.frames == frames([event(number) for number in range(1, 9)], kept.epoch)


async def test_while_redis_is_away_events_wait_in_the_outbox(
    owner: Owner, worker_pool: Pool, redis: Redis, redis_url: str
) -> None:
    """They are published when it is there again, in their order."""
    async with open_proxy(redis_url) as proxy, open_redis(proxy.url, "test") as client:
        proxy.refuse()
        async with running(relay(worker_pool, client)):
            await write(worker_pool, event(1), event(2))
            await until(lambda: proxy.accepted >= 2, what="two attempts")
            assert waiting(owner) == 2
            proxy.resume()
            await write(worker_pool, event(3))
            await until(lambda: waiting(owner) == 0, what="an empty outbox")

    kept = await history(redis)
    assert kept.frames == frames([event(1), event(2), event(3)], kept.epoch)


async def test_a_connection_to_redis_that_tears_doubles_nothing(
    owner: Owner, worker_pool: Pool, redis: Redis, redis_url: str
) -> None:
    """Wherever in a batch it tears: what Redis had already taken is not taken again."""
    events = [event(number) for number in range(1, 61)]
    async with open_proxy(redis_url) as proxy, open_redis(proxy.url, "test") as client:
        async with running(relay(worker_pool, client)):
            for start in range(0, 60, 10):
                proxy.after(500 + 211 * start, proxy.cut)
                await write(worker_pool, *events[start : start + 10])
                await until(lambda: waiting(owner) == 0, what="an empty outbox")

    kept = await history(redis)
    assert kept.frames == frames(events, kept.epoch)


async def test_a_flushed_redis_begins_a_new_epoch(owner: Owner, worker_pool: Pool, redis: Redis) -> None:
    """Clients see another epoch, and know that they may have missed something; the script itself is loaded again."""
    one = relay(worker_pool, redis)
    await write(worker_pool, event(1), event(2))
    await one.relay_once()
    before = await history(redis)
    await redis.flushall()
    await redis.script_flush()

    await write(worker_pool, event(3))
    await one.relay_once()

    after = await history(redis)
    assert after.epoch != before.epoch
    assert after.frames == frames([event(3)], after.epoch)
    assert waiting(owner) == 0


async def test_two_relays_publish_each_entry_once(owner: Owner, worker_pool: Pool, redis: Redis) -> None:
    """A race over thousands of entries of two channels: each is published exactly once, without a gap."""
    events = [event(number, room=number % 2 + 1) for number in range(3 * BATCH)]
    await write(worker_pool, *events)

    async with running(relay(worker_pool, redis), relay(worker_pool, redis)):
        await until(lambda: waiting(owner) == 0, what="an empty outbox")

    for room in (ROOM, OTHER_ROOM):
        kept = await history(redis, room)
        assert kept.seq == 3 * BATCH // 2
        assert len(set(kept.frames)) == len(kept.frames) == 300  # what the history keeps of them


async def test_entries_that_are_not_committed_yet_are_not_passed_over(
    owner: Owner, worker_pool: Pool, redis: Redis
) -> None:
    """A lower id may become visible after a higher one was published: there is no cursor that would skip it."""
    async with tenant_transaction(worker_pool, 1) as connection:
        await append_outbox(connection, 1, [event(1)])
        await write(worker_pool, event(2))
        assert await relay(worker_pool, redis).relay_once() == 1

    assert await relay(worker_pool, redis).relay_once() == 1
    assert (await history(redis)).seq == 2
