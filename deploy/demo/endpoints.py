"""Where the running product is, and where the stand-in for Evolution has to be for the product to find it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from deploy.demo.evolution.server import DEFAULT_KEY, DEFAULT_PORT, HOST
from deploy.local.ports import service_ports
from deploy.local.problem import Problem

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0"})  # noqa: S104 - to compare with, not to listen at


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs of the four services, and the stand-in's port and key."""

    receiver: str
    worker: str
    gateway: str
    socket: str
    api: str
    stand_in_port: int
    stand_in_key: str = field(repr=False)

    @property
    def services(self) -> dict[str, str]:
        """The services by name."""
        return {
            "webhook_receiver": self.receiver,
            "queue_worker": self.worker,
            "realtime_gateway": self.gateway,
            "api": self.api,
        }


def read_endpoints(variables: Mapping[str, str]) -> Endpoints:
    """Read the addresses from the same variables that the services are started with. Raises Problem."""
    ports = service_ports(variables)
    return Endpoints(
        receiver=f"http://{HOST}:{ports['RECEIVER_PORT']}",
        worker=f"http://{HOST}:{ports['WORKER_PORT']}",
        gateway=f"http://{HOST}:{ports['GATEWAY_PORT']}",
        socket=f"ws://{HOST}:{ports['GATEWAY_WS_PORT']}/ws",
        api=f"http://{HOST}:{ports['API_PORT']}",
        stand_in_port=_stand_in_port(variables),
        stand_in_key=variables.get("EVOLUTION_API_KEY", DEFAULT_KEY),
    )


def _stand_in_port(variables: Mapping[str, str]) -> int:
    own = variables.get("EVOLUTION_STANDIN_PORT")
    if own is None:
        return _port_the_worker_calls(variables.get("EVOLUTION_API_URL"))
    if not own.isdecimal():
        raise Problem(f"EVOLUTION_STANDIN_PORT is {own!r}, which is not a port.", "Set it to a port, or unset it.")
    return int(own)


def _port_the_worker_calls(url: str | None) -> int:
    if url is None:
        return DEFAULT_PORT
    address = urlsplit(url)
    # The day's patients are made up, but their numbers may be somebody's.
    if address.hostname not in _LOOPBACK:
        raise Problem(
            f"EVOLUTION_API_URL names {address.hostname}: the demo's replies would go out to real people.",
            "Unset EVOLUTION_API_URL, then: make restart demo",
        )
    return address.port or DEFAULT_PORT
