"""Whatever happens to a connection, who asks Redis for something is told so by one of Redis' errors."""

import asyncio
import random
from contextlib import suppress
from urllib.parse import urlsplit

import uvloop
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.pubsub.connection import open_redis, pipelined

CALLS, CALLERS = 1200, 6


def test_every_failure_is_an_error_of_redis(redis_url: str) -> None:
    """Also where the loop finds a connection closed before a command is written, as uvloop does in its own words."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcomes = runner.run(asyncio.wait_for(calls_over_a_bad_line(redis_url), 50))

    assert outcomes["answered"] > 0
    assert outcomes["failed"] > 0


async def calls_over_a_bad_line(redis_url: str) -> dict[str, int]:
    """Calls over connections that are reset at any moment."""
    line, outcomes = BadLine(redis_url), {"answered": 0, "failed": 0}
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with open_redis(f"redis://127.0.0.1:{port}/0", "test") as redis:
        await asyncio.gather(*(call(redis, line, outcomes) for _ in range(CALLERS)))
    server.close()
    return outcomes


async def call(redis: Redis, line: "BadLine", outcomes: dict[str, int]) -> None:
    for _ in range(CALLS // CALLERS):
        try:
            await pipelined(redis, [("PING",), ("GET", "x")])
            await redis.get("x")
            outcomes["answered"] += 1
        except RedisError:
            outcomes["failed"] += 1
        line.reset_some()


class BadLine:
    """Carries connections to Redis, and resets some of them."""

    def __init__(self, redis_url: str) -> None:
        self._target = urlsplit(redis_url)
        self._random = random.Random(4)
        self._clients: list[asyncio.StreamWriter] = []

    def reset_some(self) -> None:
        for client in list(self._clients):
            if self._random.random() < 0.3:
                self._clients.remove(client)
                client.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._random.random() < 0.2:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._clients.append(writer)
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, RuntimeError):
            while data := await reader.read(65536):
                writer.write(data)
        writer.transport.abort()
