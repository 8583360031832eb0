"""Everything in the foreground: one terminal shows all services, and takes everything down when it is left."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from deploy.local import daemon as daemons
from deploy.local.daemon import Daemon
from deploy.local.follow import LogScreen
from deploy.local.lifecycle import bring_up, is_up, take_down
from deploy.local.lock import exclusive
from deploy.local.logs import last_lines
from deploy.local.ports import service_ports
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.services import service_daemons
from deploy.local.settings import Settings
from deploy.local.welcome import welcome

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Asked(BaseException):
    """Somebody asked us to stop."""


def run_in_foreground(settings: Settings, progress: Progress) -> int:
    """Run everything until Ctrl-C, SIGTERM or the end of a service, then stop services and private servers."""
    services = service_daemons(settings)
    if is_up(settings, services):
        progress.say("everything runs already: make logs ARGS=-f shows it, make down stops it")
        return 0
    screen = LogScreen({service.name: service.log for service in services}, sys.stdout)
    try:
        with _signals(_raise_asked):
            _bring_up(settings, services, progress)
            screen.follow(until=lambda: screen.closed or bool(_ended(services)))
        return _explain_end(services, screen)
    except _Asked:
        progress.say("stopping")
        return 0
    finally:
        _stop_everything(settings, services, progress)
        with suppress(OSError):  # a closed terminal
            screen.show_new()  # what they said while they stopped


def _bring_up(settings: Settings, services: list[Daemon], progress: Progress) -> None:
    with exclusive(settings.local / "lock", progress):
        bring_up(settings, services, progress)
    demo = settings.variables.get("PROSA_ENV") != "production"
    progress.line(welcome(service_ports(settings.variables), demo=demo, how_to_stop="Stop everything: Ctrl-C"))


def _explain_end(services: list[Daemon], screen: LogScreen) -> int:
    if screen.closed:
        return 0
    service = _ended(services)[0]
    raise Problem(
        f"{service.name} {daemons.ending(service)}, so everything was stopped.",
        f"Read {service.log}, repair what it names, then: make run",
        last_lines(service.log, 15),
    )


def _ended(services: list[Daemon]) -> list[Daemon]:
    return [service for service in services if service.record.read() is None]


def _stop_everything(settings: Settings, services: list[Daemon], progress: Progress) -> None:
    # Stopping is bounded; a second Ctrl-C must not leave half of it running.
    with _signals(signal.SIG_IGN), exclusive(settings.local / "lock", progress):
        take_down(settings, services, progress)
        progress.say("everything is stopped")


@contextmanager
def _signals(handler: object) -> Iterator[None]:
    previous = {number: signal.signal(number, handler) for number in _STOP_SIGNALS}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, old)


def _raise_asked(_number: int, _frame: FrameType | None) -> None:
    raise _Asked
