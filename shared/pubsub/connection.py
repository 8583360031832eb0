"""Connections to Redis, opened the same way everywhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff


@asynccontextmanager
async def open_redis(url: str, name: str) -> AsyncIterator[Redis]:
    """A client whose commands fail within seconds when Redis is away: waiting is the caller's decision."""
    client = Redis.from_url(
        url,
        client_name=name,
        decode_responses=True,
        socket_timeout=3.0,
        socket_connect_timeout=2.0,
        retry=Retry(NoBackoff(), 1),
    )
    try:
        yield client
    finally:
        await client.aclose()


async def ping(client: Redis) -> None:
    """Raise where Redis does not answer."""
    await client.ping()
