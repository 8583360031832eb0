"""A gateway with a fault that has to be found: what follows a gap is passed on at once. No part of the product."""

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.protocol.positions import Frame, Step
from tests.scenarios.mutants.started import start


def take_in_order(self: Channel, frame: Frame, what: Step) -> None:
    """`Channel._take_in_order`, to which every event is the next."""
    if what != "seen":
        self._pass_on(frame)


if __name__ == "__main__":
    Channel._take_in_order = take_in_order  # type: ignore[method-assign]
    start()
