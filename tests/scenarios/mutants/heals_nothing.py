"""A gateway with a fault that has to be found: after a lost link it goes on with what comes. No part of the product."""

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.protocol.positions import Position
from shared.pubsub.history import ChannelHistory
from tests.scenarios.mutants.started import start


def follow(self: Channel, history: ChannelHistory) -> None:
    """`Channel._follow`, without what was missed."""
    self.position = Position(history.seq, history.epoch)


if __name__ == "__main__":
    Channel._follow = follow  # type: ignore[method-assign]
    start()
