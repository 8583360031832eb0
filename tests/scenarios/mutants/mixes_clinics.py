"""A gateway with a fault that has to be found: channels are known by their names alone. No part of the product."""

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.channels.hub import Hub
from tests.scenarios.mutants.started import start

open_channel = Hub._open


def opened(self: Hub, clinic_id: int, name: str) -> Channel:
    """`Hub._open`, which takes what has the name for what was meant."""
    for channel in self._channels.values():
        if channel.name == name:
            return channel
    return open_channel(self, clinic_id, name)


if __name__ == "__main__":
    Hub._open = opened  # type: ignore[method-assign]
    start()
