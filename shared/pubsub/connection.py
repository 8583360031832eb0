"""Connections to Redis, opened the same way everywhere: to one server or to a cluster."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

# One server and its ordinary channels; one server and sharded channels; a cluster, whose channels are always sharded.
RedisMode = Literal["classic", "sharded", "cluster"]


@contextmanager
def redis_errors() -> Iterator[None]:
    """Let every way in which Redis can be away be one of Redis' errors.

    What redis-py raises about clusters is none, and neither is what uvloop says of a connection that was closed before
    the command was written.
    """
    try:
        yield
    except (RedisClusterException, RuntimeError) as error:
        raise RedisConnectionError(str(error)) from error


class PlainRedis(Redis):
    """One server."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Have a command carried out. Raises redis.RedisError."""
        with redis_errors():
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]


class ShardedRedis(PlainRedis):
    """One server on which live events travel over sharded channels. Nothing but its type says so."""


class ClusterRedis(RedisCluster):
    """A cluster whose failures are Redis' errors like any other."""

    async def initialize(self, *args: Any, **kwargs: Any) -> "ClusterRedis":
        """Learn which node has what. Raises redis.RedisError."""
        with redis_errors():
            await super().initialize(*args, **kwargs)
        return self

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Have a command carried out where its key is. Raises redis.RedisError."""
        with redis_errors():
            return await super().execute_command(*args, **kwargs)


@asynccontextmanager
async def open_redis(url: str, name: str, mode: RedisMode = "classic") -> AsyncIterator[Redis]:
    """A client whose commands fail within seconds when Redis is away: waiting is the caller's decision."""
    kinds = {"classic": PlainRedis, "sharded": ShardedRedis, "cluster": ClusterRedis}
    # redis-py's clients for one server and for a cluster share their commands and no type.
    client = cast(type[Redis], kinds[mode]).from_url(
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


def publish_verb(redis: Redis) -> str:
    """The command that publishes where subscribers of live events listen."""
    return "SPUBLISH" if isinstance(redis, ShardedRedis | ClusterRedis) else "PUBLISH"


def keys_in_one_call(redis: Redis) -> int:
    """How many channels' keys a script may be given: in a cluster those of two channels may be on two nodes."""
    return 1 if isinstance(redis, ShardedRedis | ClusterRedis) else sys.maxsize


async def pipelined(redis: Redis, commands: list[tuple[str | int, ...]]) -> list[Any]:
    """What the commands answer, in order, asked for in one round trip (to each node). Raises redis.RedisError."""
    async with redis.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)
        with redis_errors():
            answers: list[Any] = await pipeline.execute()
    return answers


async def ping(client: Redis) -> None:
    """Raise where Redis does not answer."""
    await client.ping()
