"""Wake-ups: an idle loop starts at once when there is work, and looks by itself where the word did not reach it."""

import asyncio
from collections.abc import Sequence

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.pubsub.channels import WAKE_CHANNEL
from shared.pubsub.connection import redis_errors

log = structlog.get_logger(__name__)

RECONNECT_SECONDS = 1.0


class Wakeup:
    """A bell for one or more loops. A ring while nobody waits is remembered."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, longest: float) -> None:
        """Return at the next ring, or after `longest` seconds."""
        try:
            async with asyncio.timeout(longest):
                await self._rung.wait()
        except TimeoutError:
            return
        finally:
            self._rung.clear()


async def listen(redis: Redis, *bells: Wakeup) -> None:
    """Ring for every word from another process, until cancelled. Redis away only costs the polls' interval."""
    while True:
        try:
            with redis_errors():
                await _ring_while_told(redis, bells)
        except (RedisError, OSError) as error:
            log.warning("wakeup_link_lost", error=repr(error))
        await asyncio.sleep(RECONNECT_SECONDS)


async def _ring_while_told(redis: Redis, bells: Sequence[Wakeup]) -> None:
    await redis.initialize()  # a cluster's subscriptions do not see to it themselves
    async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(WAKE_CHANNEL)
        async for _ in subscription.listen():
            for bell in bells:
                bell.ring()
