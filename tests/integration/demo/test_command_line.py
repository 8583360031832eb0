"""How the demo is told what to do, and where."""

import pytest

from deploy.demo.endpoints import read_endpoints
from deploy.demo.options import Options, read_options
from deploy.local.problem import Problem


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], Options(30, 1, keep=False)),
        (["--once"], Options(30, 1, keep=False)),
        (["--minutes", "10", "--keep"], Options(600, 1, keep=True)),
        (["--speed", "3", "--seed", "7"], Options(10, 7, keep=False)),
    ],
)
def test_the_day_takes_half_a_minute_unless_told_otherwise(arguments: list[str], options: Options) -> None:
    """By its length or by how much faster it goes."""
    assert read_options(arguments) == options


@pytest.mark.parametrize("arguments", [["--speed", "0"], ["--minutes", "-1"], ["--once", "--keep"], ["--speed", "x"]])
def test_nonsense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With usage, not with a traceback."""
    with pytest.raises(SystemExit):
        read_options(arguments)
    assert "usage: python -m deploy.demo" in capsys.readouterr().err


def test_the_product_is_looked_for_where_make_up_starts_it() -> None:
    """The defaults, and the same variables and offset that move the services."""
    here = read_endpoints({})
    assert (here.receiver, here.api, here.socket) == (
        "http://127.0.0.1:8081",
        "http://127.0.0.1:8080",
        "ws://127.0.0.1:8082/ws",
    )
    assert read_endpoints({"PROSA_LOCAL_PORT_OFFSET": "100"}).worker == "http://127.0.0.1:8184"
    assert read_endpoints({"RECEIVER_PORT": "9000"}).receiver == "http://127.0.0.1:9000"


def test_the_stand_in_listens_where_the_worker_calls() -> None:
    """Port 8085 for both by default; EVOLUTION_STANDIN_PORT wins."""
    assert read_endpoints({}).stand_in_port == 8085
    assert read_endpoints({"EVOLUTION_API_URL": "http://localhost:8099"}).stand_in_port == 8099
    both = {"EVOLUTION_API_URL": "http://localhost:8099", "EVOLUTION_STANDIN_PORT": "8100"}
    assert read_endpoints(both).stand_in_port == 8100
    assert read_endpoints({"EVOLUTION_API_KEY": "k"}).stand_in_key == "k"


def test_the_demo_refuses_a_worker_that_sends_to_real_people() -> None:
    """The patients are made up; their numbers may be somebody's."""
    with pytest.raises(Problem, match=r"evolution\.example\.com"):
        read_endpoints({"EVOLUTION_API_URL": "https://evolution.example.com"})


def test_a_port_that_is_none_is_refused() -> None:
    """By the name of the variable."""
    with pytest.raises(Problem, match="EVOLUTION_STANDIN_PORT"):
        read_endpoints({"EVOLUTION_STANDIN_PORT": "eighty"})
