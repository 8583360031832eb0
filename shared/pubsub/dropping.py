"""Takes out of Redis what the API keeps there."""

from collections.abc import Collection

from redis.asyncio import Redis

from shared.pubsub.connection import pipelined


async def drop(redis: Redis, keys: Collection[str]) -> None:
    """Drop them, in one round trip; each by itself, since each may be in another slot of a cluster."""
    if keys:
        await pipelined(redis, [("UNLINK", key) for key in sorted(keys)])
