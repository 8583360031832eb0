"""Lua scripts in Redis: several steps that nobody can come between."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from shared.pubsub.connection import pipelined

# Keys, all of one channel, and arguments.
ScriptCall = tuple[Sequence[str], Sequence[str | int]]


class Script:
    """A script called by its hash, sent whole only when Redis does not know it."""

    def __init__(self, path: Path) -> None:
        self._source = path.read_text(encoding="utf-8")
        self._sha = ""

    async def call(self, redis: Redis, calls: Sequence[ScriptCall]) -> list[Any]:
        """Call it once for each (keys, arguments), in order, in one round trip. Raises redis.RedisError."""
        if not self._sha:
            self._sha = str(await redis.script_load(self._source))
        try:
            return await self._pipeline(redis, calls)
        except NoScriptError:
            self._sha = str(await redis.script_load(self._source))
            return await self._pipeline(redis, calls)

    async def _pipeline(self, redis: Redis, calls: Sequence[ScriptCall]) -> list[Any]:
        return await pipelined(
            redis, [("EVALSHA", self._sha, len(keys), *keys, *arguments) for keys, arguments in calls]
        )
