"""A gateway with a fault that has to be found: on SIGTERM it just goes. No part of the product."""

from services.realtime_gateway.sockets import listener
from tests.scenarios.mutants.started import start


async def gone(connections: object, seconds: float) -> None:
    """`drain`, that tells nobody."""


if __name__ == "__main__":
    listener.drain = gone  # type: ignore[attr-defined]
    start()
