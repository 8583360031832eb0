"""Keeps this process subscribed in Redis to what its hub follows, over a link that is opened again whenever it is lost."""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol

import structlog

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import pause
from services.realtime_gateway.links.orders import Orders
from services.realtime_gateway.links.redis_link import RedisLink, RedisLinkError, open_link

log = structlog.get_logger(__name__)


class LinkDownError(Exception):
    """There is no link to Redis just now."""


class Audience(Protocol):
    """Who is told what happens on the link. Names are Redis' names, as bytes."""

    def topics(self) -> Iterable[bytes]:
        """What must be subscribed to on a new link."""

    def confirmed(self, topic: bytes) -> None:
        """Whatever is published from now on will be received."""

    def received(self, topic: bytes, payload: bytes) -> None:
        """Something was published."""

    def lost(self) -> None:
        """Nothing is received until it is confirmed again."""


class Subscriber:
    """One link for the whole process: Redis sends each event to a gateway once, not once for each agent."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._link: RedisLink | None = None
        self._orders = Orders()
        self._sending = False

    def subscribe(self, topic: bytes) -> None:
        """Ask for a channel; the audience hears when it is confirmed."""
        if self._link:  # the next link begins with what the audience then follows
            self._orders.subscribe(topic)
            self._send_soon()

    def unsubscribe(self, topic: bytes) -> None:
        """Ask for a channel no longer."""
        if self._link:
            self._orders.unsubscribe(topic)
            self._send_soon()

    async def check(self) -> None:
        """Raise LinkDownError where events are not being received."""
        if self._link is None:
            raise LinkDownError("no publish/subscribe link")

    async def run(self, audience: Audience) -> None:
        """Hold the link, until cancelled."""
        attempt = 0
        while True:
            try:
                async with open_link(self._url, partial(self._replied, audience)) as link:
                    attempt = 0
                    self._begin(link, audience.topics())
                    await link.ended()
                metrics.REDIS_LOST.inc()
                log.warning("redis_link_lost")
            except (OSError, TimeoutError, RedisLinkError) as error:
                log.warning("redis_link_not_opened", error=str(error) or type(error).__name__)
            finally:
                self._end(audience)
            await pause(attempt)
            attempt += 1

    def _begin(self, link: RedisLink, topics: Iterable[bytes]) -> None:
        self._link, self._orders = link, Orders()
        metrics.REDIS_LINK.set(1)
        for topic in topics:
            self.subscribe(topic)

    def _end(self, audience: Audience) -> None:
        self._link = None
        metrics.REDIS_LINK.set(0)
        audience.lost()

    def _send_soon(self) -> None:
        if not self._sending:
            self._sending = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._sending = False
        if self._link:
            for command in self._orders.take():
                self._link.send(*command)

    def _replied(self, audience: Audience, kind: bytes, topic: bytes, value: Any) -> None:
        if kind == b"message":
            audience.received(topic, value)
        elif kind == b"subscribe" and self._orders.confirm(topic):
            audience.confirmed(topic)
