import pytest

from deploy.local.ports import OFFSET_VARIABLE, port_offset, server_ports, service_ports
from deploy.local.problem import Problem


def test_default_ports() -> None:
    """Without any variable everything listens where the documentation says."""
    run, test = server_ports("run", {}), server_ports("test", {})

    assert (run.postgres, run.redis, run.rabbitmq) == (55432, 56379, 55672)
    assert (test.postgres, test.redis, test.rabbitmq) == (55433, 56380, 55673)
    assert service_ports({}) == {
        "API_PORT": 8080,
        "RECEIVER_PORT": 8081,
        "GATEWAY_WS_PORT": 8082,
        "GATEWAY_PORT": 8083,
        "WORKER_PORT": 8084,
    }


def test_clones_do_not_meet() -> None:
    """Stacks and services of clones whose offsets are multiples of a hundred never share a port."""
    clones = [ports_of_clone(offset) for offset in range(0, 9001, 100)]

    every_port = [port for ports in clones for port in ports]
    assert len(every_port) == len(set(every_port))
    assert max(every_port) < 65536


def ports_of_clone(offset: int) -> list[int]:
    variables = {OFFSET_VARIABLE: str(offset)}
    groups = [vars(server_ports(stack, variables)) for stack in ("run", "test", "chaos")]
    return [port for group in [*groups, service_ports(variables)] for port in group.values()]


def test_named_service_port_is_not_shifted() -> None:
    """A port that somebody chose is used as it is."""
    ports = service_ports({OFFSET_VARIABLE: "100", "API_PORT": "9999"})

    assert ports["API_PORT"] == 9999
    assert ports["RECEIVER_PORT"] == 8181


@pytest.mark.parametrize("offset", ["-10", "ten", "1.5", "9001"])
def test_offset_out_of_reach(offset: str) -> None:
    """An offset that would lead out of the ports is refused by name."""
    with pytest.raises(Problem, match=OFFSET_VARIABLE):
        port_offset({OFFSET_VARIABLE: offset})


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_service_port_that_is_none(port: str) -> None:
    """A value that is no port is refused by the variable's name."""
    with pytest.raises(Problem, match="WORKER_PORT"):
        service_ports({"WORKER_PORT": port})
