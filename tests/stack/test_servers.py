import re
import socket
from pathlib import Path

import pytest

from deploy.local.ports import server_ports
from deploy.local.postgres import relocated_home
from deploy.local.postgres import server_command as postgres_command
from deploy.local.problem import Problem
from deploy.local.rabbitmq import broker_environment, configuration
from deploy.local.redis import server_command as redis_command
from deploy.local.servers import servers_of
from deploy.local.settings import Settings
from deploy.local.urls import probe_of, same_server, without_password


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("postgres", "postgresql://a:b@localhost/prosa", "postgres://127.0.0.1:5432/prosa", True),
        ("postgres", "postgresql://localhost/prosa", "postgresql://localhost/prosa_test", False),
        ("postgres", "postgresql://localhost:5432/prosa", "postgresql://localhost:5433/prosa", False),
        ("redis", "redis://localhost", "redis://localhost:6379/0", True),
        ("redis", "redis://localhost/1", "redis://localhost/0", False),
        ("rabbitmq", "amqp://guest:guest@localhost/%2F", "amqp://localhost:5672", True),
        ("rabbitmq", "amqp://localhost/tests", "amqp://localhost/", False),
        ("rabbitmq", "amqp://a:b@one/,amqp://a:b@two/", "amqp://two:5672/", True),
        ("rabbitmq", "amqp://a:b@one/,amqp://a:b@two/", "amqp://two/tests", False),
    ],
)
def test_same_data(kind: str, one: str, other: str, same: bool) -> None:
    """Two URLs are the same data when they lead to it, however they are written."""
    assert same_server(one, other, kind) is same


def test_url_without_a_proper_port() -> None:
    """A URL that cannot be meant is refused, not guessed at."""
    with pytest.raises(Problem, match="redis"):
        probe_of("redis", "redis://localhost:port/0")


def test_password_is_not_shown() -> None:
    """What is printed of a URL holds no password."""
    assert without_password("redis://:secret@host:1/0") == "redis://:***@host:1/0"
    assert without_password("redis://host:1/0") == "redis://host:1/0"
    nodes = ",".join(
        f"amqp://{name}:{password}@{name}/" for name, password in (("one", "with,comma"), ("two", "other"))
    )
    assert without_password(nodes) == "amqp://one:***@one/,amqp://two:***@two/"


def test_one_node_of_a_cluster_is_enough() -> None:
    """Services ask the others when one is away, so a stack is ready as long as one answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_server(("127.0.0.1", 0)) as gone:
        up, away = listening.getsockname()[1], gone.getsockname()[1]
        gone.close()
        nodes = [f"amqps://127.0.0.1:{port}/" for port in (away, up)]

        assert probe_of("rabbitmq", ",".join(nodes))() is None
        assert probe_of("rabbitmq", nodes[0])() is not None


def test_given_server_is_used(tmp_path: Path) -> None:
    """A server that a variable names is neither installed nor started."""
    settings = Settings(tmp_path, {"REDIS_URL": "redis://elsewhere:6379/0"})

    by_kind = {server.kind: server for server in servers_of(settings, "run")}

    assert by_kind["redis"].url() == "redis://elsewhere:6379/0"
    assert not by_kind["redis"].private
    assert by_kind["postgres"].private
    assert by_kind["rabbitmq"].private


def test_run_servers_are_not_test_servers(tmp_path: Path) -> None:
    """What is given to the run stack says nothing about the tests' servers."""
    settings = Settings(tmp_path, {"DATABASE_URL": "postgresql://elsewhere/prosa"})

    assert [server.variable for server in servers_of(settings, "test") if server.private] == [
        "PROSA_TEST_DATABASE_URL",
        "PROSA_TEST_REDIS_URL",
        "PROSA_TEST_RABBITMQ_URL",
    ]


def test_tests_refuse_data_of_the_run_stack(tmp_path: Path) -> None:
    """Tests are not let near the data that the services use."""
    variables = {"REDIS_URL": "redis://localhost:6379/0", "PROSA_TEST_REDIS_URL": "redis://127.0.0.1/0"}

    with pytest.raises(Problem, match="PROSA_TEST_REDIS_URL"):
        servers_of(Settings(tmp_path, variables), "test")


def test_url_of_a_server_that_never_ran(tmp_path: Path) -> None:
    """Asking for a Postgres that was never made says how to make it."""
    postgres = servers_of(Settings(tmp_path, {}), "run")[0]

    with pytest.raises(Problem, match="never been started"):
        postgres.url()


def test_everything_stays_on_loopback(tmp_path: Path) -> None:
    """Every server is told to listen on this machine only."""
    ports = server_ports("run", {})
    environment = broker_environment("run", tmp_path, ports)

    assert "listen_addresses=127.0.0.1" in postgres_command(tmp_path, tmp_path, 1)
    assert "bind=127.0.0.1" in "=".join(redis_command(tmp_path, tmp_path, 1)).replace("--", "")
    assert f"listeners.tcp.1 = 127.0.0.1:{ports.rabbitmq}\n" in configuration(ports.rabbitmq)
    assert environment["ERL_EPMD_ADDRESS"] == "127.0.0.1"
    assert "inet_dist_use_interface {127,0,0,1}" in environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]


def test_rabbitmq_leaves_the_system_alone(tmp_path: Path) -> None:
    """Every file that RabbitMQ reads or writes lies in its own directory."""
    environment = broker_environment("test", tmp_path, server_ports("test", {}))

    places = {name: value for name, value in environment.items() if name.startswith("RABBITMQ_") and "/" in value}
    assert all(value.startswith(str(tmp_path)) for value in places.values())
    assert {"RABBITMQ_CONF_ENV_FILE", "RABBITMQ_CONFIG_FILE", "RABBITMQ_MNESIA_BASE"} <= places.keys()
    assert environment["HOME"] == str(tmp_path)


def test_durability_is_not_traded(tmp_path: Path) -> None:
    """Postgres flushes what it commits, in the tests too."""
    assert "fsync=on" in postgres_command(tmp_path, tmp_path, 1)


def test_home_outside_the_clone_is_the_clones_own() -> None:
    """Each user, clone and stack that needs a place outside has one of its own."""
    homes = {
        relocated_home(Path(clone, ".local", stack, "postgres"), uid)
        for clone in ("/srv/a", "/srv/b")
        for stack in ("run", "test")
        for uid in (0, 1000)
    }

    assert len(homes) == 8
    assert all(re.fullmatch(r"prosa-\d+-[0-9a-f]{12}", home.name) for home in homes)
