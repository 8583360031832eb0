"""Tells the workers that something is queued, so that they need not wait for their next poll."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.api.metrics import WAKES
from shared.pubsub.channels import WAKE_CHANNEL

TIMEOUT_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Waker:
    """A hint on its way, at most one at a time: what asks while one is under way is served by the next.

    The row in Postgres is the truth. A hint that is lost costs a worker's poll interval, so nobody waits for it here.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._asked = asyncio.Event()
        self._ending = False

    def wake(self) -> None:
        """Ask for a hint. Returns at once and never fails."""
        self._asked.set()

    def end(self) -> None:
        """Let the loop return after what it is sending.

        Not by cancelling it: redis-py awaits through `asyncio.wait_for`, which in Python 3.11 may swallow a cancellation.
        """
        self._ending = True
        self._asked.set()

    async def run(self) -> None:
        """Send what is asked for, until ended."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            if self._ending:
                return
            await self._publish()

    async def _publish(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._redis.publish(WAKE_CHANNEL, "send")
        except (RedisError, OSError) as error:
            WAKES.labels("failed").inc()
            log.info("wake_failed", error=type(error).__name__)
        else:
            WAKES.labels("published").inc()


@asynccontextmanager
async def open_waker(redis: Redis) -> AsyncIterator[Waker]:
    """A waker whose loop runs until the block ends."""
    waker = Waker(redis)
    loop = asyncio.create_task(waker.run(), name="waker")
    try:
        yield waker
    finally:
        waker.end()
        await loop
