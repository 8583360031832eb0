"""Several watchers of the same channels."""

from services.realtime_gateway.channels.channel import Channel, Watcher
from services.realtime_gateway.protocol.positions import Frame


class Watchers:
    """Tells each of them."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def opened(self, channel: Channel) -> None:
        """The channel is followed from now on."""
        for watcher in self._watchers:
            watcher.opened(channel)

    def closed(self, channel: Channel) -> None:
        """It is followed no longer."""
        for watcher in self._watchers:
            watcher.closed(channel)

    def levelled(self, channel: Channel) -> None:
        """From now on nothing is missed."""
        for watcher in self._watchers:
            watcher.levelled(channel)

    def reset(self, channel: Channel) -> None:
        """Numbered events were missed for good."""
        for watcher in self._watchers:
            watcher.reset(channel)

    def whispered(self, channel: Channel, frame: Frame) -> bool:
        """An ephemeral event came; whether none of them keeps it from the listeners, and from those after it."""
        return all(watcher.whispered(channel, frame) for watcher in self._watchers)

    def passed(self, channel: Channel, frame: Frame) -> None:
        """A numbered event went to the listeners."""
        for watcher in self._watchers:
            watcher.passed(channel, frame)
