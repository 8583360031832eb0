"""A Redis of a test's own, to be stopped, frozen and started again."""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from deploy.local.binaries import find_program
from deploy.local.redis import redis_url, server_command
from tests.ports import free_port
from tests.waiting import until


class OwnRedis:
    """One server, on one port for as long as the test lasts."""

    def __init__(self, program: Path, home: Path, port: int) -> None:
        self._command = server_command(program, home, port)
        self._process: asyncio.subprocess.Process | None = None
        self.url = redis_url(port)

    async def start(self) -> None:
        """Start it, with what it saved when it was stopped last."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        await until(self.answers, what="Redis")

    async def stop(self, *, save: bool = False) -> None:
        """Stop it at once. With `save`, what it has now comes back with its next start."""
        if save:
            await self.command("SAVE")
        self.signal(signal.SIGKILL)
        if self._process is not None:
            await self._process.wait()
            self._process = None

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    async def answers(self) -> bool:
        try:
            return bool(await self.command("PING"))
        except (RedisError, OSError):
            return False

    async def command(self, *words: str | int) -> object:
        async with Redis.from_url(self.url, socket_timeout=5) as client:
            answer: object = await client.execute_command(*words)  # type: ignore[no-untyped-call]
            return answer


@contextlib.asynccontextmanager
async def own_redis(home: Path) -> AsyncIterator[OwnRedis]:
    """A running server, gone with its data at the end."""
    program = find_program("redis-server")
    assert program is not None
    server = OwnRedis(program, home, free_port())
    await server.start()
    try:
        yield server
    finally:
        server.thaw()
        await server.stop()
