"""The four services of the run stack, and what has to be done before they start."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.local import daemon as daemons
from deploy.local.daemon import Daemon, Launch
from deploy.local.listeners import Listener
from deploy.local.logs import last_lines
from deploy.local.ports import service_ports, stand_in_port
from deploy.local.probes import probe_http
from deploy.local.problem import Problem
from deploy.local.processes import command_of, lives_in
from deploy.local.progress import Progress
from deploy.local.servers import servers_of
from deploy.local.settings import Settings
from deploy.local.tasks import run_logged, together

_READY_WITHIN = 60.0  # seconds
_STOP_WITHIN = 20.0  # seconds: a service drains its sockets and finishes what it holds


@dataclass(frozen=True)
class Service:
    """A service, and the variables that carry its ports; the first one answers `/readyz`."""

    name: str
    port_variables: tuple[str, ...]


SERVICES = (
    Service("webhook_receiver", ("RECEIVER_PORT",)),
    Service("queue_worker", ("WORKER_PORT",)),
    Service("realtime_gateway", ("GATEWAY_PORT", "GATEWAY_WS_PORT")),
    Service("api", ("API_PORT",)),
)


def service_daemons(settings: Settings) -> list[Daemon]:
    """The services as programs of the local stack."""
    return [_daemon(settings, service) for service in SERVICES]


def service_environment(settings: Settings) -> dict[str, str]:
    """What a service is told: everything that was set for us, and the servers and ports of the run stack."""
    ports = service_ports(settings.variables)
    return {
        **settings.variables,
        **{server.variable: server.url() for server in servers_of(settings, "run")},
        **{name: str(port) for name, port in ports.items()},
        "PROSA_ENV": settings.variables.get("PROSA_ENV", "development"),
        "PROSA_API_URL": settings.variables.get("PROSA_API_URL", f"http://127.0.0.1:{ports['API_PORT']}"),
        "EVOLUTION_API_URL": settings.variables.get(
            "EVOLUTION_API_URL", f"http://127.0.0.1:{stand_in_port(settings.variables)}"
        ),
        "WEBHOOK_SPOOL_DIR": settings.variables.get("WEBHOOK_SPOOL_DIR", str(settings.local / "run" / "spool")),
        # The demo's passwords and the development secret are published: nobody else in the network is to use them.
        "PROSA_BIND_HOST": settings.variables.get("PROSA_BIND_HOST", "127.0.0.1"),
        "PYTHONUNBUFFERED": "1",  # a log line is in the log when it is written
    }


def migrate(settings: Settings, progress: Progress) -> None:
    """Bring the database to the newest schema, and have the broker's queues stand before anything is published."""
    _run_module(settings, "shared.db.migrate", "migrations applied", progress)
    _run_module(settings, "shared.broker.declare", "queues declared", progress)


def seed(settings: Settings, progress: Progress) -> None:
    """Add the demo clinics and users, except in production."""
    if settings.variables.get("PROSA_ENV") != "production":
        _run_module(settings, "deploy.demo.seed", "demo data in place", progress)


def start_services(services: Sequence[Daemon], progress: Progress) -> None:
    """Start the services that do not run, and wait until every one is ready."""
    for service in services:
        daemons.start(service)
    daemons.await_ready(*services)
    progress.say(f"services ready: {', '.join(service.name for service in services)}")


def stop_services(services: Sequence[Daemon], progress: Progress) -> None:
    """Stop the services; each may finish what it holds."""
    together([partial(_stop, service, progress) for service in services])


def _stop(service: Daemon, progress: Progress) -> None:
    if daemons.stop(service):
        progress.say(f"{service.name} stopped")


def _daemon(settings: Settings, service: Service) -> Daemon:
    ports = service_ports(settings.variables)
    own = tuple(ports[variable] for variable in service.port_variables)
    state = settings.local / "run"
    return Daemon(
        name=service.name,
        ports=own,
        log=state / "log" / f"{service.name}.log",
        record_file=state / "pid" / f"{service.name}.json",
        probe=lambda: probe_http(own[0], "/readyz"),
        prepare=lambda: _launch(settings, service),
        owns=lambda listener: _owns(listener, settings.root, service),
        stop_steps=((signal.SIGTERM, _STOP_WITHIN),),
        start_seconds=_READY_WITHIN,
    )


def _launch(settings: Settings, service: Service) -> Launch:
    return Launch([str(settings.python), "-m", _module(service)], service_environment(settings), settings.root)


def _owns(listener: Listener, root: Path, service: Service) -> bool:
    if listener.pid is None or not lives_in(listener.pid, root):
        return False
    return _module(service) in command_of(listener.pid).split()


def _module(service: Service) -> str:
    return f"services.{service.name}"


def _run_module(settings: Settings, module: str, done: str, progress: Progress) -> None:
    log = settings.local / "run" / "log" / f"{module.rpartition('.')[2]}.log"
    environment: Mapping[str, str] = service_environment(settings)
    code = run_logged([str(settings.python), "-m", module], settings.root, log, environment)
    if code != 0:
        raise Problem(
            f"{module} failed with exit code {code}.",
            f"Read {log}, repair what it names, then run the same make command again.",
            last_lines(log, 15),
        )
    progress.say(done)
