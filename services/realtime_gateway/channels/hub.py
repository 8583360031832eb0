"""The channels this process follows: opened by the first who listens, kept complete, closed by the last."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import pause
from services.realtime_gateway.channels.channel import Channel, Listener, Watcher
from services.realtime_gateway.channels.frame_spans import frame_span
from services.realtime_gateway.channels.histories import HistoryReader
from services.realtime_gateway.channels.latency import AgeSampler
from services.realtime_gateway.tally import Tally
from shared.pubsub.channels import redis_channel

log = structlog.get_logger(__name__)


class Topics(Protocol):
    """Where subscriptions are ordered."""

    def subscribe(self, topic: bytes) -> None:
        """Ask for a channel."""

    def unsubscribe(self, topic: bytes) -> None:
        """Ask for it no longer."""


class Caster(Protocol):
    """What brings frames to many listeners."""

    def cast(self, audience: Sequence[Listener], frame: bytes) -> None:
        """Have everybody sent a frame with the next `write`."""

    def write(self) -> None:
        """Write what was sent."""


class Hub:
    """Channels by their name in Redis, which is built from the token's clinic: no client can name another clinic's."""

    def __init__(
        self, topics: Topics, histories: HistoryReader, tasks: asyncio.TaskGroup, tally: Tally, caster: Caster
    ) -> None:
        self._topics = topics
        self._histories = histories
        self._tasks = tasks
        self._tally = tally
        self._caster = caster
        # To be set before the first channel is opened.
        self.watcher: Watcher | None = None
        self._ages = AgeSampler()
        self._channels: dict[bytes, Channel] = {}
        self._healing: dict[Channel, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._channels)

    @contextmanager
    def reserved(self, clinic_id: int, name: str) -> Iterator[Channel]:
        """The channel, followed for as long as the block lasts even if nobody listens yet."""
        channel = self._open(clinic_id, name)
        channel.reservations += 1
        try:
            yield channel
        finally:
            channel.reservations -= 1
            self._close_unused(channel)

    def admit(self, channel: Channel, listener: Listener) -> None:
        """Let the listener have what follows the channel's position. The caller holds a reservation."""
        if channel.admit(listener):
            metrics.SUBSCRIPTIONS.inc()

    def dismiss(self, channel: Channel, listener: Listener) -> None:
        """Let the listener have nothing more."""
        if channel.dismiss(listener):
            metrics.SUBSCRIPTIONS.dec()
        self._close_unused(channel)

    # What the subscriber tells

    def topics(self) -> list[bytes]:
        """What must be subscribed to on a new link."""
        return list(self._channels)

    def confirmed(self, topic: bytes) -> None:
        """Make the channel complete from here on."""
        if channel := self._channels.get(topic):
            channel.fall_behind()

    def received(self, topic: bytes, payload: bytes) -> None:
        """Pass an event to whom it concerns."""
        if channel := self._channels.get(topic):
            with frame_span(channel.clinic_id, channel.name, payload):
                channel.receive(payload)
            self._tally.events += 1
            self._ages.sample(payload, time.time())

    def rested(self) -> None:
        """Write what came together. What fails at one socket must not end the link that all events come by."""
        try:
            self._caster.write()
        except Exception:
            metrics.FAULTS.inc()
            log.exception("write_failed")

    def lost(self, topics: Iterable[bytes]) -> None:
        """Trust none of these channels until it is confirmed again."""
        for channel in filter(None, map(self._channels.get, topics)):
            channel.lose()
            self._stop_healing(channel)

    # What the position checks ask

    def channel(self, topic: bytes) -> Channel | None:
        """The channel, as long as it is followed."""
        return self._channels.get(topic)

    # Channels

    def _open(self, clinic_id: int, name: str) -> Channel:
        topic = redis_channel(clinic_id, name).encode()
        channel = self._channels.get(topic)
        if channel is None:
            channel = self._channels[topic] = Channel(
                clinic_id, name, self._start_healing, self.watcher, self._caster.cast
            )
            if self.watcher:
                self.watcher.opened(channel)
            self._topics.subscribe(topic)
            metrics.CHANNELS.set(len(self._channels))
        return channel

    def _close_unused(self, channel: Channel) -> None:
        if not channel.used and self._channels.get(channel.topic) is channel:
            del self._channels[channel.topic]
            metrics.CHANNELS.set(len(self._channels))
            self._stop_healing(channel)
            self._topics.unsubscribe(channel.topic)
            if self.watcher:
                self.watcher.closed(channel)

    # Healing: a history that was read before the last confirmation or gap proves nothing, so a newer one replaces it.

    def _start_healing(self, channel: Channel) -> None:
        self._stop_healing(channel)
        self._healing[channel] = self._tasks.create_task(self._heal(channel))

    def _stop_healing(self, channel: Channel) -> None:
        if task := self._healing.pop(channel, None):
            task.cancel()

    async def _heal(self, channel: Channel) -> None:
        for attempt in count():
            try:
                history = await self._histories.read(channel.clinic_id, channel.name, channel.read_after)
            except RedisError:
                await pause(attempt)
                continue
            self._healing.pop(channel, None)
            channel.catch_up(history)
            self._caster.write()
            return
