"""The whole run stack: up and down, in order."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from deploy.local import daemon as daemons
from deploy.local.daemon import Daemon
from deploy.local.dashboard import try_dashboard
from deploy.local.environment import REQUIREMENTS, ensure_environment
from deploy.local.progress import Progress
from deploy.local.servers import all_ready, start_servers, stop_servers
from deploy.local.services import migrate, seed, start_services, stop_services
from deploy.local.settings import Settings

_CODE = ("services", "shared")


def is_up(settings: Settings, services: Sequence[Daemon]) -> bool:
    """Whether every server and every service is ready."""
    return all_ready(settings, "run") and all(daemons.is_ready(service) for service in services)


def bring_up(settings: Settings, services: Sequence[Daemon], progress: Progress) -> None:
    """Bring everything up; what runs already is left as it is."""
    try_dashboard(settings, progress)
    if is_up(settings, services):
        progress.say("everything runs already")
        _mention_newer_code(settings, services, progress)
        return
    daemons.refuse_taken_ports(services)
    bring_up_database(settings, progress)
    seed(settings, progress)
    start_services(services, progress)


def bring_up_database(settings: Settings, progress: Progress) -> None:
    """Bring the servers up, with the newest schema in Postgres."""
    ensure_environment(settings, progress)
    start_servers(settings, "run", progress)
    migrate(settings, progress)


def take_down(settings: Settings, services: Sequence[Daemon], progress: Progress) -> None:
    """Stop the services, then the private servers under them."""
    stop_services(services, progress)
    stop_servers(settings, "run", progress)


def is_newer(files: Iterable[Path], than: float) -> bool:
    """Whether any of the files changed after a moment."""
    return any(file.stat().st_mtime > than for file in files)


def _mention_newer_code(settings: Settings, services: Sequence[Daemon], progress: Progress) -> None:
    started = min(service.record_file.stat().st_mtime for service in services)
    code = (file for directory in _CODE for file in (settings.root / directory).rglob("*.py"))
    if is_newer([*code, settings.root / REQUIREMENTS], started):
        progress.say("the code changed since the services started: make restart runs the new one")
