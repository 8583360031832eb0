"""The three servers of a stack: each is named by a URL in the environment, or private."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from deploy.local import daemon as daemons
from deploy.local.binaries import missing
from deploy.local.daemon import Daemon
from deploy.local.packages import install
from deploy.local.ports import server_ports
from deploy.local.postgres import PostgresHome, postgres_daemon, postgres_url
from deploy.local.probes import Probe
from deploy.local.problem import Problem
from deploy.local.processes import inhabitants, signal_process
from deploy.local.progress import Progress
from deploy.local.rabbitmq import rabbitmq_daemons, rabbitmq_url
from deploy.local.redis import redis_daemon, redis_url
from deploy.local.settings import Settings
from deploy.local.tasks import together
from deploy.local.urls import probe_of, same_server, without_password

STACKS = ("run", "test", "chaos")
_PROGRAMS = {"postgres", "redis-server", "beam.smp", "epmd", "erl_child_setup", "inet_gethost"}
_VARIABLES = {"postgres": "DATABASE_URL", "redis": "REDIS_URL", "rabbitmq": "RABBITMQ_URL"}
_GIVEN_ANSWERS_WITHIN = 10.0  # seconds


@dataclass(frozen=True)
class Server:
    """One of the three servers; a given one has no daemons, because it is not ours to start or stop."""

    kind: str
    variable: str
    url: Callable[[], str]
    probe: Probe
    daemons: tuple[Daemon, ...] = ()

    @property
    def private(self) -> bool:
        """Whether it is ours to start and stop."""
        return bool(self.daemons)


def servers_of(settings: Settings, stack: str) -> list[Server]:
    """The servers of a stack."""
    private = _private_servers(settings, stack)
    return [_given(settings, stack, server) or server for server in private]


def variable_name(stack: str, kind: str) -> str:
    """The variable that names a server: tests have their own, so that they never meet the data of the run stack."""
    return _VARIABLES[kind] if stack == "run" else f"PROSA_{stack.upper()}_{_VARIABLES[kind]}"


def all_ready(settings: Settings, stack: str) -> bool:
    """Whether every server of a stack answers, and the private ones are ours."""
    return all(_is_ready(server) for server in servers_of(settings, stack))


def start_servers(settings: Settings, stack: str, progress: Progress) -> None:
    """Bring a stack's servers up, at the same time; what is missing is installed first."""
    idle = [server for server in servers_of(settings, stack) if not _is_ready(server)]
    if not idle:
        progress.say(f"servers of stack {stack}: all run already")
        return
    daemons.refuse_taken_ports(part for server in idle for part in server.daemons)
    needs = missing(server.kind for server in idle if server.private)
    install(needs, settings.root, settings.local / "packages.log", progress)
    together([partial(_bring_up, server, progress) for server in idle])


def stop_servers(settings: Settings, stack: str, progress: Progress) -> None:
    """Stop a stack's private servers cleanly and leave no process of theirs behind."""
    together([partial(_take_down, server, progress) for server in _private_servers(settings, stack)])
    for home in (settings.local / stack, postgres_home(settings, stack).link.resolve()):
        for process in inhabitants(home, _PROGRAMS):
            signal_process(process, signal.SIGKILL)


def postgres_home(settings: Settings, stack: str) -> PostgresHome:
    """Where the stack's private Postgres lives."""
    return PostgresHome(settings.local / stack / "postgres")


def _private_servers(settings: Settings, stack: str) -> list[Server]:
    state, ports, home = settings.local / stack, server_ports(stack, settings.variables), postgres_home(settings, stack)
    postgres = postgres_daemon(home, ports.postgres, state)
    redis = redis_daemon(state / "redis", ports.redis, state)
    mapper, broker = rabbitmq_daemons(stack, state / "rabbitmq", ports, state)
    return [
        _private(stack, "postgres", lambda: postgres_url(home, ports.postgres), postgres),
        _private(stack, "redis", lambda: redis_url(ports.redis), redis),
        _private(stack, "rabbitmq", lambda: rabbitmq_url(ports.rabbitmq), mapper, broker),
    ]


def _private(stack: str, kind: str, url: Callable[[], str], *parts: Daemon) -> Server:
    return Server(kind, variable_name(stack, kind), url, parts[-1].probe, parts)


def _given(settings: Settings, stack: str, private: Server) -> Server | None:
    url = settings.variables.get(private.variable)
    if url is None:
        return None
    if stack == "test":
        _refuse_run_data(settings, private.kind, url)
    return Server(private.kind, private.variable, lambda: url, probe_of(private.kind, url))


def _refuse_run_data(settings: Settings, kind: str, url: str) -> None:
    run = next(server for server in servers_of(settings, "run") if server.kind == kind)
    try:
        used = run.url()
    except Problem:
        return  # never made: there is no data
    if same_server(url, used, kind):
        raise Problem(
            f"{variable_name('test', kind)} names the server and data of {variable_name('run', kind)}, "
            "and tests wipe what they use.",
            "Name another database (Redis: database number, RabbitMQ: virtual host), or unset it for a private server.",
        )


def _is_ready(server: Server) -> bool:
    return all(daemons.is_ready(part) for part in server.daemons) if server.private else server.probe() is None


def _bring_up(server: Server, progress: Progress) -> None:
    if not server.private:
        _await_given(server, progress)
        return
    began = time.monotonic()
    for part in server.daemons:
        daemons.start(part)
        daemons.await_ready(part)
    port = server.daemons[-1].ports[0]
    progress.say(f"{server.kind} ready on 127.0.0.1:{port} after {time.monotonic() - began:.1f} s")


def _await_given(server: Server, progress: Progress) -> None:
    deadline = time.monotonic() + _GIVEN_ANSWERS_WITHIN
    while (reason := server.probe()) is not None:
        if time.monotonic() > deadline:
            raise Problem(
                f"{server.variable} names {without_password(server.url())}, which is not ready: {reason}",
                f"Start that server, correct {server.variable}, or unset it for a private one.",
            )
        time.sleep(0.2)
    progress.say(f"{server.kind} ready at {without_password(server.url())} ({server.variable})")


def _take_down(server: Server, progress: Progress) -> None:
    stopped = [daemons.stop(part) for part in reversed(server.daemons)]
    if any(stopped):
        progress.say(f"{server.kind} stopped")
