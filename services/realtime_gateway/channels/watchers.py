"""Several watchers of the same channels. What one of them fails at concerns neither the others nor the channel."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from services.realtime_gateway import metrics
from services.realtime_gateway.channels.channel import Channel, Watcher
from services.realtime_gateway.protocol.positions import Frame

log = structlog.get_logger(__name__)


class Watchers:
    """Tells each of them."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def opened(self, channel: Channel) -> None:
        """The channel is followed from now on."""
        for watcher in self._watchers:
            with _apart():
                watcher.opened(channel)

    def closed(self, channel: Channel) -> None:
        """It is followed no longer."""
        for watcher in self._watchers:
            with _apart():
                watcher.closed(channel)

    def levelled(self, channel: Channel) -> None:
        """From now on nothing is missed."""
        for watcher in self._watchers:
            with _apart():
                watcher.levelled(channel)

    def reset(self, channel: Channel) -> None:
        """Numbered events were missed for good."""
        for watcher in self._watchers:
            with _apart():
                watcher.reset(channel)

    def whispered(self, channel: Channel, frame: Frame) -> bool:
        """An ephemeral event came; whether none of them keeps it from the listeners, and from those after it."""
        with _apart():
            return all(watcher.whispered(channel, frame) for watcher in self._watchers)
        return False

    def passed(self, channel: Channel, frame: Frame) -> None:
        """A numbered event went to the listeners."""
        for watcher in self._watchers:
            try:  # as in `_apart`, which would cost more than the watchers do
                watcher.passed(channel, frame)
            except Exception:
                metrics.FAULTS.inc()
                log.exception("watcher_failed")


@contextmanager
def _apart() -> Iterator[None]:
    """An event that a watcher does not understand would come again with every new link, and end it again."""
    try:
        yield
    except Exception:
        metrics.FAULTS.inc()
        log.exception("watcher_failed")
