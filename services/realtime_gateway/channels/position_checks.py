"""Compares where quiet channels stand here and in Redis: nothing else tells that a channel's last event was missed.

Of a channel on which events come the next one proves a gap. On one that falls silent after a loss, or whose data was
flushed, nothing follows. So each is compared about every CHECK_SECONDS, once for the whole process, a few at a time.
"""

import asyncio
from collections.abc import Iterator, Sequence
from math import ceil

from redis.exceptions import RedisError

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import jittered
from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.channels.histories import HistoryReader
from services.realtime_gateway.channels.hub import Hub

CHECK_SECONDS = 40.0
SHARES = 80
# An event that Redis counts already may still be on its way.
GRACE_SECONDS = 1.0


async def check_positions(hub: Hub, histories: HistoryReader) -> None:
    """Compare every followed channel once a round, round after round, until cancelled."""
    while True:
        for share in shares(hub.topics()):
            await asyncio.sleep(jittered(CHECK_SECONDS / SHARES))
            channels = filter(None, map(hub.channel, share))
            await asyncio.gather(*(check_position(channel, histories) for channel in channels))


def shares(topics: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """All of them in SHARES parts of about the same size, some of them empty where there are few."""
    size = max(1, ceil(len(topics) / SHARES))
    return (topics[number * size : (number + 1) * size] for number in range(SHARES))


async def check_position(channel: Channel, histories: HistoryReader) -> None:
    """Have the channel made complete where Redis says that it stands elsewhere."""
    before = channel.certain
    if before is None:
        return
    try:
        there = await histories.read(channel.clinic_id, channel.name, None)
    except RedisError:
        return  # whoever needs Redis tries again; so does the next round
    if (there.seq, there.epoch) == before:
        metrics.POSITION_CHECKS.labels("level").inc()
        return
    await asyncio.sleep(GRACE_SECONDS)
    if channel.used and channel.certain == before:
        metrics.POSITION_CHECKS.labels("behind").inc()
        channel.fall_behind()
