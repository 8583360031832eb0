"""Compares where quiet channels stand here and in Redis: nothing else tells that a channel's last event was missed.

Of a channel on which events come the next one proves a gap. On one that falls silent after a loss, or whose data was
flushed, nothing follows. So each is compared about every CHECK_SECONDS, once for the whole process, a few at a time.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import takewhile
from math import ceil

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import jittered
from services.realtime_gateway.cancellation import cancelled
from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.channels.hub import Hub
from shared.pubsub.history import read_positions

CHECK_SECONDS = 40.0
SHARES = 80
# An event that Redis counts already may still be on its way.
GRACE_SECONDS = 1.0


async def check_positions(hub: Hub, redis: Redis) -> None:
    """Compare every followed channel once a round, round after round, until cancelled."""
    while not cancelled():
        for share in takewhile(lambda _: not cancelled(), shares(hub.topics())):
            await asyncio.sleep(jittered(CHECK_SECONDS / SHARES))
            await check(list(filter(None, map(hub.channel, share))), redis)


def shares(topics: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """All of them in SHARES parts of about the same size, some of them empty where there are few."""
    size = max(1, ceil(len(topics) / SHARES))
    return (topics[number * size : (number + 1) * size] for number in range(SHARES))


async def check(channels: Sequence[Channel], redis: Redis) -> None:
    """Have those channels made complete of which Redis says that they stand elsewhere."""
    before = {channel: channel.certain for channel in channels if channel.certain}
    try:
        there = await read_positions(redis, [(channel.clinic_id, channel.name) for channel in before])
    except RedisError:
        return  # whoever needs Redis tries again; so does the next round
    elsewhere = [channel for channel, stand in zip(before, there, strict=True) if stand != before[channel]]
    metrics.POSITION_CHECKS.labels("level").inc(len(before) - len(elsewhere))
    if elsewhere:
        await asyncio.sleep(GRACE_SECONDS)
    for channel in elsewhere:
        if channel.used and channel.certain == before[channel]:
            metrics.POSITION_CHECKS.labels("behind").inc()
            channel.fall_behind()
