"""Where the scenarios take place: one Redis and gateways that are processes, kept from one scenario to the next."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import MappingProxyType

from tests.ports import free_port
from tests.scenarios.gateway_process import MODULE, GatewayProcess
from tests.scenarios.redis_server import RedisServer

# Short where a scenario waits for it; the rest is as shipped.
ENVIRONMENT = {
    "PROSA_ENV": "test",
    "WEBSOCKET_MAX_CONNECTIONS": "5000",
    "GATEWAY_CONNECTIONS_PER_CLINIC": "2000",
    "GATEWAY_HANDSHAKES_PER_SECOND": "500",
    "GATEWAY_AUTH_TIMEOUT": "2000",
    "GATEWAY_DRAIN_TIME": "2000",
}


class Arena:
    """Everything that a scenario may break. `heal` mends it for the next."""

    def __init__(self, folder: Path, module: str = MODULE, gateways: int = 2) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.api_port = free_port()
        self.redis = RedisServer(folder / "redis", free_port())
        self._folder = folder
        self._environment = {
            **ENVIRONMENT,
            "REDIS_URL": self.redis.url,
            "PROSA_API_URL": f"http://127.0.0.1:{self.api_port}",
        }
        self.module = module
        self._all: dict[str, GatewayProcess] = {}
        self.gateways = [self.gateway(f"gateway-{n}", module) for n in range(1, gateways + 1)]
        # No two scenarios share a conversation, a user or an outbox entry.
        self.numbers = count(1000)

    def gateway(self, name: str, module: str, environment: Mapping[str, str] = MappingProxyType({})) -> GatewayProcess:
        """A gateway on the same Redis; whoever asks for one that there is not yet lets it be started by `heal`."""
        if name not in self._all:
            self._all[name] = GatewayProcess(name, self._folder, {**self._environment, **environment}, module)
        return self._all[name]

    def heal(self) -> None:
        """Start what does not run, thaw what is frozen; return when all are ready."""
        if not self.redis.runs:
            self.redis.start()
        self.redis.thaw()
        for gateway in self._all.values():
            gateway.thaw()
            if not gateway.runs:
                gateway.start()
        for gateway in self._all.values():
            gateway.await_ready()

    def faults(self) -> int:
        """How many tracebacks the gateways have logged."""
        return sum(gateway.faults() for gateway in self._all.values())

    def end(self) -> None:
        """Leave nothing running."""
        for gateway in self._all.values():
            gateway.kill()
        self.redis.kill()


@contextmanager
def open_arena(folder: Path, module: str = MODULE, gateways: int = 2) -> Iterator[Arena]:
    """An arena that is ready."""
    arena = Arena(folder, module, gateways)
    try:
        arena.redis.start(empty=True)
        arena.heal()
        yield arena
    finally:
        arena.end()
