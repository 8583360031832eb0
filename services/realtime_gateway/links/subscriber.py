"""Keeps this process subscribed at one Redis server to what is followed there, over a link that is opened again when lost."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

import structlog

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import pause
from services.realtime_gateway.links.orders import CHANNELS_PER_COMMAND, Orders
from services.realtime_gateway.links.probe import Probe, ProbeFailedError
from services.realtime_gateway.links.redis_link import RedisLink, RedisLinkError, open_link

log = structlog.get_logger(__name__)


class LinkDownError(Exception):
    """Events are not being received just now."""


class Audience(Protocol):
    """Who is told what happens on the link. Names are Redis' names, as bytes."""

    def topics(self) -> Iterable[bytes]:
        """What must be subscribed to on a new link."""

    def confirmed(self, topic: bytes) -> None:
        """Whatever is published from now on will be received."""

    def received(self, topic: bytes, payload: bytes) -> None:
        """Something was published."""

    def rested(self) -> None:
        """Everything was told that came together."""

    def lost(self, topics: Iterable[bytes]) -> None:
        """Nothing is received on these until they are confirmed again."""


class Movements(Protocol):
    """Who is told that a server no longer has what it had. Only in a cluster is there another that does."""

    def moved(self, slot: int, address: str) -> None:
        """The slot is at another address."""

    def dropped(self, topic: bytes) -> None:
        """The server ended a subscription by itself: its slot went elsewhere."""


class Subscriber:
    """One link for the whole process: Redis sends each event to a gateway once, not once for each agent.

    A link is *proven* from its first probe on. Until then, and from the first that fails, there is no telling what is
    missed: the gateway is not ready, and links that fail their probe are opened again at growing intervals.
    """

    def __init__(
        self, options: Mapping[str, Any], probe: Probe, *, sharded: bool = False, movements: Movements | None = None
    ) -> None:
        self._options = options
        self._probe = probe
        self._movements = movements
        self._new_orders: Callable[[], Orders] = partial(
            Orders, sharded=sharded, channels_per_command=1 if movements else CHANNELS_PER_COMMAND
        )
        self._link: RedisLink | None = None
        self._orders = self._new_orders()
        self._sending = False
        self._proven = False
        self._attempt = 0

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

    def give_up(self, topic: bytes) -> None:
        """Expect no word on a channel that the server refused or ended."""
        self._orders.give_up(topic)

    async def check(self) -> None:
        """Raise LinkDownError where events are not being received."""
        if self._link is None:
            raise LinkDownError("no publish/subscribe link")
        if not self._proven:
            raise LinkDownError("what is published does not arrive")

    async def run(self, audience: Audience) -> None:
        """Hold the link, until cancelled."""
        metrics.REDIS_LINKS.inc()
        try:
            await self._hold(audience)
        finally:
            metrics.REDIS_LINKS.dec()

    async def _hold(self, audience: Audience) -> None:
        while True:
            try:
                async with open_link(self._options, partial(self._replied, audience), audience.rested) as link:
                    self._begin(link, audience.topics())
                    await self._probed(link)
                metrics.REDIS_LOST.inc()
                log.warning("redis_link_lost")
            except (OSError, TimeoutError, RedisLinkError) as error:
                log.warning("redis_link_not_opened", error=str(error) or type(error).__name__)
            finally:
                self._end(audience)
            await pause(self._attempt)
            self._attempt += 1

    async def _probed(self, link: RedisLink) -> None:
        """Return when the link is no more; it is ended where what is published does not arrive on it."""
        probing = asyncio.create_task(self._probe.keep_proving(self._prove))
        ended = asyncio.create_task(link.ended())
        try:
            await asyncio.wait({probing, ended}, return_when=asyncio.FIRST_COMPLETED)
            if probing.done():
                probing.result()
        except ProbeFailedError:
            log.warning("redis_probe_failed")
        finally:
            self._proven = False
            probing.cancel()
            ended.cancel()

    def _prove(self) -> None:
        self._proven = True
        self._attempt = 0

    def _begin(self, link: RedisLink, topics: Iterable[bytes]) -> None:
        self._link, self._orders = link, self._new_orders()
        metrics.REDIS_LINK.inc()
        for topic in (self._probe.begin(), *topics):
            self.subscribe(topic)

    def _end(self, audience: Audience) -> None:
        if self._link:
            self._link = None
            metrics.REDIS_LINK.dec()
        audience.lost(audience.topics())

    def _send_soon(self) -> None:
        if not self._sending:
            self._sending = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._sending = False
        if self._link:
            self._link.send(*self._orders.take())

    def _replied(self, audience: Audience, kind: bytes, topic: bytes, value: Any) -> None:
        match kind:
            case b"message" | b"smessage" if topic != self._probe.topic:
                audience.received(topic, value)
            case b"message" | b"smessage":
                self._probe.heard(value)
            case b"subscribe" | b"ssubscribe":
                self._confirmed(audience, topic)
            case b"unsubscribe" | b"sunsubscribe" if not self._orders.left(topic):
                self._dropped(topic)
            case b"moved" if self._movements:
                self._movements.moved(int(topic), value.decode())

    def _confirmed(self, audience: Audience, topic: bytes) -> None:
        if self._orders.confirm(topic):
            if topic == self._probe.topic:
                self._probe.confirmed()
            else:
                audience.confirmed(topic)

    def _dropped(self, topic: bytes) -> None:
        if topic == self._probe.topic and self._link:
            self._link.end()
        elif self._movements:
            self._movements.dropped(topic)
