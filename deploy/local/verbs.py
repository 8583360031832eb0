"""What each command of the command line does; each gives the exit code."""

import argparse
import shlex
import sys
from contextlib import suppress

from deploy.local import lifecycle
from deploy.local.dashboard import ensure_dashboard, ensure_packages
from deploy.local.environment import ensure_environment
from deploy.local.follow import LogScreen
from deploy.local.foreground import run_in_foreground
from deploy.local.ports import service_ports
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.servers import servers_of, start_servers, stop_servers
from deploy.local.services import SERVICES, service_daemons, service_environment, stop_services
from deploy.local.settings import Settings
from deploy.local.status import Row, as_json, as_table, status_rows
from deploy.local.welcome import welcome
from deploy.local.workspace import wipe_stack

LOGS = (*(service.name for service in SERVICES), "postgres", "redis", "rabbitmq", "epmd", "migrate", "declare", "seed")
NOT_READY = 3  # as `systemctl status` answers for what does not run

_TAIL = 40  # lines
_TOLD_TO_SERVICES = (
    *(name for service in SERVICES for name in service.port_variables),
    "PROSA_API_URL",
    "EVOLUTION_API_URL",
    "PROSA_ENV",
    "PROSA_SECRETS_KEY",  # where it was set: `./prosa` seals what the services open
)


def run(_options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """Everything in the foreground."""
    return run_in_foreground(settings, progress)


def up(_options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """Everything in the background."""
    lifecycle.bring_up(settings, service_daemons(settings), progress)
    demo = settings.variables.get("PROSA_ENV") != "production"
    how_to_stop = "Look: make status, make logs    Stop: make down"
    progress.line(welcome(service_ports(settings.variables), demo=demo, how_to_stop=how_to_stop))
    return 0


def down(_options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """Nothing of the run stack left."""
    lifecycle.take_down(settings, service_daemons(settings), progress)
    progress.say("nothing of the run stack is running")
    return 0


def restart(_options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """The services anew."""
    services = service_daemons(settings)
    stop_services(services, progress)
    lifecycle.bring_up(settings, services, progress)
    return 0


def status(options: argparse.Namespace, settings: Settings, _progress: Progress) -> int:
    """A table of a stack."""
    return _show(status_rows(settings, options.stack), as_json_text=options.json)


def logs(options: argparse.Namespace, settings: Settings, _progress: Progress) -> int:
    """The end of the logs, and what is added to them."""
    names = options.names or [service.name for service in SERVICES]
    screen = LogScreen({name: settings.local / "run" / "log" / f"{name}.log" for name in names}, sys.stdout)
    screen.show_tail(_TAIL)
    if options.follow:
        with suppress(KeyboardInterrupt):  # the way to end it
            screen.follow(until=lambda: screen.closed)
    return 0


def environment(_options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """The virtual environment."""
    ensure_environment(settings, progress)
    return 0


def dashboard(options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """The dashboard's build, or only the packages for it."""
    (ensure_packages if options.packages else ensure_dashboard)(settings, progress)
    return 0


def migrate(_options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """The newest schema in the run stack's Postgres."""
    lifecycle.bring_up_database(settings, progress)
    return 0


def servers_up(options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """The servers of a stack."""
    start_servers(settings, options.stack, progress)
    return 0


def servers_down(options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """No server of a stack."""
    stop_servers(settings, options.stack, progress)
    return 0


def env(options: argparse.Namespace, settings: Settings, _progress: Progress) -> int:
    """The servers of a stack as lines for a shell."""
    variables = {server.variable: server.url() for server in servers_of(settings, options.stack)}
    if options.stack == "run":
        told = service_environment(settings)
        variables |= {name: told[name] for name in _TOLD_TO_SERVICES if name in told}
    print(as_exports(variables))
    return 0


def clean(options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    """No data of a stack."""
    if options.stack == "run" and not options.yes:
        raise Problem(
            "The run stack holds conversations somebody may want to keep.",
            "To remove them for good: python3 -m deploy.local clean --stack run --yes",
        )
    if options.stack == "run":
        lifecycle.take_down(settings, service_daemons(settings), progress)
    else:
        stop_servers(settings, options.stack, progress)
    wipe_stack(settings, options.stack)
    progress.say(f"the data of stack {options.stack} is gone")
    return 0


def as_exports(variables: dict[str, str]) -> str:
    """Variables as a POSIX shell reads them."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def _show(rows: list[Row], *, as_json_text: bool) -> int:
    print(as_json(rows) if as_json_text else as_table(rows))
    return 0 if all(row.ready for row in rows) else NOT_READY
