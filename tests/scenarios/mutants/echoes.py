"""A gateway with a fault that has to be found: typing is told to the tab that it comes from. No part of the product."""

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.protocol.positions import Frame
from tests.scenarios.mutants.started import start

whisper = Channel._whisper


def echo(self: Channel, ephemeral: Frame) -> None:
    """`Channel._whisper`, to which everybody is another."""
    whisper(self, ephemeral._replace(origin=None))


if __name__ == "__main__":
    Channel._whisper = echo  # type: ignore[method-assign]
    start()
