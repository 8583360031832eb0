"""A gateway with a fault that has to be found: what nobody follows stays open. No part of the product."""

from services.realtime_gateway.channels.hub import Hub
from tests.scenarios.mutants.started import start

if __name__ == "__main__":
    Hub._close_unused = lambda _self, _channel: None  # type: ignore[assignment, method-assign]
    start()
