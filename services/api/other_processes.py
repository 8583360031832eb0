"""Which other processes of the installation there are, as far as Redis knows: None where it does not answer."""

import asyncio
import time
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.pubsub.channels import WAKE_CHANNEL
from shared.pubsub.connection import ClusterRedis
from shared.pubsub.gateways import GatewayReport, read_reports

REDIS_SECONDS = 1.0


async def gateways(redis: Redis) -> list[GatewayReport] | None:
    """What the gateways that are there say of themselves."""
    try:
        async with asyncio.timeout(REDIS_SECONDS):
            return await read_reports(redis, time.time())
    except (RedisError, OSError, TimeoutError):
        return None


async def count_workers(redis: Redis) -> int | None:
    """How many workers listen for words of new work. Each does so once, as long as it lives and reaches Redis."""
    # A node of a cluster knows only who listens at itself, and redis-py asks one unless told otherwise.
    in_cluster = isinstance(cast(object, redis), ClusterRedis)
    everywhere: dict[str, Any] = {"target_nodes": ClusterRedis.ALL_NODES} if in_cluster else {}
    try:
        async with asyncio.timeout(REDIS_SECONDS):
            [(_, listeners)] = await redis.pubsub_numsub(WAKE_CHANNEL, **everywhere)
    except (RedisError, OSError, TimeoutError):
        return None
    return int(listeners)
