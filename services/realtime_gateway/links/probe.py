"""Proof that what is published arrives: a link may answer pings and deliver nothing.

That happens when Redis was replaced behind its address and the link still ends at the former one, while commands go to
the new one (centrifugal/centrifugo#1189). So a word is published as events are, and has to come back on the link.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog
from redis.exceptions import RedisError

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import jittered

log = structlog.get_logger(__name__)

PROBE_SECONDS = 10.0
# After a word that could not be published.
AGAIN_SECONDS = 1.0
# A gateway or a Redis that is busy for seconds is slow and not deaf.
ANSWER_SECONDS = 5.0

Publish = Callable[[str, str], Awaitable[object]]


class ProbeFailedError(Exception):
    """What was published did not arrive."""


def any_topic() -> bytes:
    """A channel that only one link listens to."""
    return f"{{prosa:probe:{secrets.token_hex(8)}}}".encode()


class Probe:
    """Publishes and listens for one link at a time. `choose_topic` gives each link a channel of its own."""

    def __init__(self, publish: Publish, choose_topic: Callable[[], bytes] = any_topic) -> None:
        self._publish = publish
        self._choose_topic = choose_topic
        self._confirmed = asyncio.Event()
        self._heard = asyncio.Event()
        self._word = ""
        self.topic = b""

    def begin(self) -> bytes:
        """The channel of a new link, to be subscribed to there."""
        self.topic = self._choose_topic()
        self._confirmed.clear()
        return self.topic

    def confirmed(self) -> None:
        """The link is subscribed to the probe's channel."""
        self._confirmed.set()

    def heard(self, payload: bytes) -> None:
        """Something came on it."""
        if payload == self._word.encode():
            self._heard.set()

    async def keep_proving(self, proven: Callable[[], None]) -> None:
        """Probe at once and then regularly, and tell of each success. Raises ProbeFailedError."""
        while True:
            if arrived := await self._once():
                proven()
            await asyncio.sleep(jittered(PROBE_SECONDS if arrived else AGAIN_SECONDS))

    async def _once(self) -> bool:
        """Whether a word came back; what cannot be published says nothing about the link. Raises ProbeFailedError."""
        began = monotonic()
        await self._in_time(self._confirmed)
        self._word = secrets.token_hex(8)
        self._heard.clear()
        try:
            # Shielded, for redis-py may swallow a cancellation: a probe must not outlive its link.
            await asyncio.shield(asyncio.ensure_future(self._publish(self.topic.decode(), self._word)))
        except (RedisError, OSError) as error:
            log.warning("redis_probe_not_published", error=str(error))
            return False
        await self._in_time(self._heard)
        metrics.REDIS_PROBE.observe(monotonic() - began)
        return True

    async def _in_time(self, awaited: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await awaited.wait()
        except TimeoutError:
            metrics.REDIS_PROBE_FAILURES.inc()
            raise ProbeFailedError from None
