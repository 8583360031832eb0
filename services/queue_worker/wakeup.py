"""Wake-ups: an idle loop starts at once when there is work, and looks by itself where the word did not reach it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.pubsub.channels import WAKE_CHANNEL
from shared.pubsub.connection import redis_errors

log = structlog.get_logger(__name__)

RECONNECT_SECONDS = 1.0


class Bell(Protocol):
    """Whatever can be rung."""

    def ring(self) -> None: ...


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


class NextIdle:
    """A bell for loops that do the same, of which one is enough: it wakes who has waited longest, and a second ring the next.

    A ring while nobody waits is remembered. Who finds more than it can take rings for another.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._rung = False

    def ring(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._rung = True

    async def wait(self, longest: float) -> None:
        """Return when it is one's turn, or after `longest` seconds."""
        if self._rung:
            self._rung = False
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(longest):
                await waiter
        except TimeoutError:
            return
        finally:
            with suppress(ValueError):
                self._waiting.remove(waiter)


async def listen(redis: Redis, *bells: Bell) -> None:
    """Ring for every word from another process, until cancelled. Redis away only costs the polls' interval."""
    while True:
        try:
            with redis_errors():
                await _ring_while_told(redis, bells)
        except (RedisError, OSError) as error:
            log.warning("wakeup_link_lost", error=repr(error))
        await asyncio.sleep(RECONNECT_SECONDS)


async def _ring_while_told(redis: Redis, bells: Sequence[Bell]) -> None:
    await redis.initialize()  # a cluster's subscriptions do not see to it themselves
    async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe(WAKE_CHANNEL)
        async for _ in subscription.listen():
            for bell in bells:
                bell.ring()
