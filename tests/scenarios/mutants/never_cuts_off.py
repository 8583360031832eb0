"""A gateway with a fault that has to be found: it keeps everything for who does not read. No part of the product."""

from services.realtime_gateway.connections.backlog import Backlog
from tests.scenarios.mutants.started import start

if __name__ == "__main__":
    Backlog.full = lambda _self, _unsent: False  # type: ignore[assignment, method-assign]
    Backlog.hopeless = lambda _self, _unsent, _now: False  # type: ignore[assignment, method-assign]
    start()
