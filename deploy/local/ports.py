"""Which port everything listens on."""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local.problem import Problem

OFFSET_VARIABLE = "PROSA_LOCAL_PORT_OFFSET"
_LARGEST_PORT = 65535
_LARGEST_OFFSET = 9000  # leaves the highest port below a port


@dataclass(frozen=True)
class ServerPorts:
    """The loopback ports of one stack's servers; two of them belong to Erlang, under RabbitMQ."""

    postgres: int
    redis: int
    rabbitmq: int
    erlang_distribution: int
    erlang_port_mapper: int


_SERVERS = {
    "run": ServerPorts(55432, 56379, 55672, 55674, 55676),
    "test": ServerPorts(55433, 56380, 55673, 55675, 55677),
    "chaos": ServerPorts(55434, 56381, 55683, 55684, 55685),
}
_SERVICES = {
    "API_PORT": 8080,
    "RECEIVER_PORT": 8081,
    "GATEWAY_WS_PORT": 8082,
    "GATEWAY_PORT": 8083,
    "WORKER_PORT": 8084,
}
_STAND_IN = 8085


def port_offset(variables: Mapping[str, str]) -> int:
    """What is added to every default port, so that clones whose offsets are multiples of 100 run side by side."""
    text = variables.get(OFFSET_VARIABLE, "0")
    if not text.isdecimal() or int(text) > _LARGEST_OFFSET:
        raise Problem(
            f"{OFFSET_VARIABLE} is {text!r}, which is not a number from 0 to {_LARGEST_OFFSET}.",
            f"Set it to a multiple of 100, for example {OFFSET_VARIABLE}=100, or unset it.",
        )
    return int(text)


def server_ports(stack: str, variables: Mapping[str, str]) -> ServerPorts:
    """The ports of a stack's private servers."""
    offset, base = port_offset(variables), _SERVERS[stack]
    return ServerPorts(
        base.postgres + offset,
        base.redis + offset,
        base.rabbitmq + offset,
        base.erlang_distribution + offset,
        base.erlang_port_mapper + offset,
    )


def service_ports(variables: Mapping[str, str]) -> dict[str, int]:
    """The services' ports by the variable that carries each: a variable that is set wins, and is not shifted."""
    offset = port_offset(variables)
    return {name: _given(variables, name) or default + offset for name, default in _SERVICES.items()}


def stand_in_port(variables: Mapping[str, str]) -> int:
    """Where the demo's stand-in for Evolution API listens, and the worker therefore sends by default."""
    return _STAND_IN + port_offset(variables)


def _given(variables: Mapping[str, str], name: str) -> int | None:
    text = variables.get(name)
    if text is None:
        return None
    if not text.isdecimal() or not 0 < int(text) <= _LARGEST_PORT:
        raise Problem(f"{name} is {text!r}, which is not a port.", f"Set it to 1 to {_LARGEST_PORT}, or unset it.")
    return int(text)
