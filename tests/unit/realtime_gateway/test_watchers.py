"""Watchers of channels that fail."""

from typing import Any

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.channels.watchers import Watchers
from services.realtime_gateway.protocol.positions import Frame

CHANNEL = Channel(1, "conversa:12", lambda _: None)
FRAME = Frame(b"{}", None)


class Watcher:
    """Writes down what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def opened(self, _channel: Channel) -> None:
        self.told.append("opened")

    def closed(self, _channel: Channel) -> None:
        self.told.append("closed")

    def levelled(self, _channel: Channel) -> None:
        self.told.append("levelled")

    def reset(self, _channel: Channel) -> None:
        self.told.append("reset")

    def whispered(self, _channel: Channel, _frame: Frame) -> bool:
        self.told.append("whispered")
        return True

    def passed(self, _channel: Channel, _frame: Frame) -> None:
        self.told.append("passed")


class Failing:
    """Understands nothing."""

    def __getattr__(self, _name: str) -> Any:
        def fail(*_: Any) -> Any:
            raise ValueError("nobody has foreseen this")

        return fail


def test_failure_of_one_watcher_is_not_the_others() -> None:
    """Nor the channel's: what it raised would end the link, and come again with the next."""
    watcher = Watcher()
    watchers = Watchers(Failing(), watcher)
    watchers.opened(CHANNEL)
    watchers.levelled(CHANNEL)
    watchers.passed(CHANNEL, FRAME)
    watchers.reset(CHANNEL)
    watchers.closed(CHANNEL)

    assert watcher.told == ["opened", "levelled", "passed", "reset", "closed"]


def test_ephemeral_event_that_nobody_understands_is_dropped() -> None:
    """It may be a word of the gateways among themselves, which no client must get."""
    assert not Watchers(Failing()).whispered(CHANNEL, FRAME)
    assert Watchers(Watcher()).whispered(CHANNEL, FRAME)
