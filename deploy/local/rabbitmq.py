"""The private RabbitMQ, and the Erlang port mapper that belongs to it alone."""

import secrets
import signal
from collections.abc import Mapping
from pathlib import Path

from deploy.local.binaries import find_program, find_rabbitmq, search_path
from deploy.local.daemon import Daemon, Launch
from deploy.local.listeners import Listener
from deploy.local.ports import ServerPorts
from deploy.local.probes import probe_port_mapper, probe_rabbitmq
from deploy.local.problem import Problem
from deploy.local.processes import lives_in

# Two schedulers that sleep when idle: Erlang would otherwise spin on every core and disturb what is measured beside it.
_VIRTUAL_MACHINE = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
_LOOPBACK_ONLY = "-kernel inet_dist_use_interface {127,0,0,1}"


def rabbitmq_daemons(stack: str, home: Path, ports: ServerPorts, state: Path) -> tuple[Daemon, Daemon]:
    """The private RabbitMQ of a stack, after the port mapper it needs.

    Erlang starts a port mapper by itself where none answers, for the whole machine and for good. Ours runs on its own
    port and is started first, so that it can be stopped without disturbing anybody.
    """
    return _port_mapper(home, ports, state), _broker(stack, home, ports, state)


def rabbitmq_url(port: int) -> str:
    """The URL of the private RabbitMQ, whose `guest` may connect from this machine only."""
    return f"amqp://guest:guest@127.0.0.1:{port}/%2F"


def broker_environment(stack: str, home: Path, ports: ServerPorts) -> dict[str, str]:
    """Everything RabbitMQ's start script needs to leave the system's configuration, data and cookie alone."""
    return {
        **_erlang_environment(home, ports),
        "RABBITMQ_NODENAME": f"prosa_{stack}@localhost",
        "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),  # does not exist: the system's is not to be read
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),  # likewise
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "ERL_CRASH_DUMP_SECONDS": "0",  # a dump of many megabytes tells a newcomer nothing that the log does not
        "RABBITMQ_PID_FILE": str(home / "rabbitmq.pid"),
        "RABBITMQ_DIST_PORT": str(ports.erlang_distribution),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_VIRTUAL_MACHINE} {_LOOPBACK_ONLY}",
        # The script then becomes the server instead of staying as its parent, so that the recorded pid is the server's.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def configuration(port: int) -> str:
    """RabbitMQ's configuration file."""
    return "\n".join(
        [
            f"listeners.tcp.1 = 127.0.0.1:{port}",
            "vm_memory_high_watermark.relative = 0.4",
            "disk_free_limit.absolute = 500MB",
            "max_message_size = 33554432",  # RabbitMQ 4's own limit is below the largest webhook that is accepted
            "log.console = true",
            "log.console.use_colors = off",
            "log.file = false",
            # Every look at whether it is ready is a connection that ends early: a warning each, about nothing.
            "log.connection.level = error",
            "",
        ]
    )


def _port_mapper(home: Path, ports: ServerPorts, state: Path) -> Daemon:
    port = ports.erlang_port_mapper
    return Daemon(
        name="epmd",
        ports=(port,),
        log=state / "log/epmd.log",
        record_file=state / "pid/epmd.json",
        probe=lambda: probe_port_mapper("127.0.0.1", port),
        prepare=lambda: _prepare_port_mapper(home, ports),
        owns=lambda listener: _owns(listener, home),
        stop_steps=((signal.SIGTERM, 5.0),),
    )


def _broker(stack: str, home: Path, ports: ServerPorts, state: Path) -> Daemon:
    return Daemon(
        name="rabbitmq",
        ports=(ports.rabbitmq, ports.erlang_distribution),
        log=state / "log/rabbitmq.log",
        record_file=state / "pid/rabbitmq.json",
        probe=lambda: probe_rabbitmq("127.0.0.1", ports.rabbitmq),
        prepare=lambda: _prepare_broker(stack, home, ports),
        owns=lambda listener: _owns(listener, home),
        stop_steps=((signal.SIGTERM, 30.0),),
    )


def _owns(listener: Listener, home: Path) -> bool:
    return listener.pid is not None and lives_in(listener.pid, home)


def _erlang_environment(home: Path, ports: ServerPorts) -> Mapping[str, str]:
    return {
        "PATH": search_path(),
        "LANG": "C.UTF-8",
        "HOME": str(home),  # Erlang keeps its cookie there
        "ERL_EPMD_PORT": str(ports.erlang_port_mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }


def _prepare_port_mapper(home: Path, ports: ServerPorts) -> Launch:
    program = find_program("epmd")
    if program is None:
        raise Problem("Erlang's epmd was not found.", "Install Erlang, or name a running RabbitMQ in RABBITMQ_URL.")
    home.mkdir(parents=True, exist_ok=True)
    return Launch([str(program)], _erlang_environment(home, ports), home)


def _prepare_broker(stack: str, home: Path, ports: ServerPorts) -> Launch:
    script = find_rabbitmq()
    if script is None:
        raise Problem("rabbitmq-server was not found.", "Install RabbitMQ, or name a running one in RABBITMQ_URL.")
    (home / "data").mkdir(parents=True, exist_ok=True)
    (home / "rabbitmq.conf").write_text(configuration(ports.rabbitmq), "ascii")
    (home / "enabled_plugins").write_text("[].\n", "ascii")
    _ensure_cookie(home / ".erlang.cookie")
    return Launch([str(script)], broker_environment(stack, home, ports), home)


def _ensure_cookie(path: Path) -> None:
    if not path.exists():
        draft = path.with_name(".erlang.cookie.new")
        draft.unlink(missing_ok=True)
        draft.write_text(secrets.token_hex(20), "ascii")
        draft.chmod(0o400)
        draft.rename(path)
