"""What runs and what does not."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from deploy.local.daemon import Daemon
from deploy.local.ports import service_ports
from deploy.local.problem import Problem
from deploy.local.processes import Process
from deploy.local.servers import Server, postgres_home, servers_of
from deploy.local.services import service_daemons
from deploy.local.settings import Settings
from deploy.local.urls import without_password

_COLUMNS = ("what", "state", "pid", "port", "uptime", "url")


@dataclass(frozen=True)
class Row:
    """One thing of the stack; `state` is ready, given (by a URL), not ready, or stopped."""

    what: str
    state: str
    pid: int | None
    port: int | None
    uptime_seconds: int | None
    url: str
    note: str = ""

    @property
    def ready(self) -> bool:
        """Whether it does its work."""
        return self.state in ("ready", "given")


def status_rows(settings: Settings, stack: str) -> list[Row]:
    """The state of everything in a stack, asked for at this moment."""
    rows = [_server_row(server) for server in servers_of(settings, stack)]
    rows = [_with_place(row, settings, stack) if row.what == "postgres" else row for row in rows]
    return rows + (_service_rows(settings) if stack == "run" else [])


def as_table(rows: Sequence[Row]) -> str:
    """Rows for people: a table, then what there is to say about some of them."""
    cells = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_COLUMNS))]
    table = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([*table, *(f"{row.what}: {row.note}" for row in rows if row.note)])


def as_json(rows: Iterable[Row]) -> str:
    """Rows for programs."""
    return json.dumps([asdict(row) for row in rows], indent=2)


def duration(seconds: int) -> str:
    """A length of time in its two largest units."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days}d {hours % 24}h"
    if hours:
        return f"{hours}h {minutes % 60}m"
    return f"{minutes}m {seconds % 60}s" if minutes else f"{seconds}s"


def _server_row(server: Server) -> Row:
    if server.private:
        return _daemon_row(server.kind, server.daemons[-1], _shown_url(server))
    reason = server.probe()
    state = "given" if reason is None else "not ready"
    return Row(server.kind, state, None, None, None, _shown_url(server), reason or "")


def _with_place(row: Row, settings: Settings, stack: str) -> Row:
    home = postgres_home(settings, stack).link
    if not home.is_symlink():
        return row
    note = f"its data lies in {home.readlink()}, because its user can't enter this clone"
    return replace(row, note="; ".join(filter(None, [row.note, note])))


def _service_rows(settings: Settings) -> list[Row]:
    urls = _service_urls(settings)
    return [_daemon_row(service.name, service, urls[service.name]) for service in service_daemons(settings)]


def _service_urls(settings: Settings) -> dict[str, str]:
    ports = service_ports(settings.variables)
    return {
        "webhook_receiver": f"http://127.0.0.1:{ports['RECEIVER_PORT']}/webhooks/",
        "queue_worker": f"http://127.0.0.1:{ports['WORKER_PORT']}/metrics",
        "realtime_gateway": f"ws://127.0.0.1:{ports['GATEWAY_WS_PORT']}/ws",
        "api": f"http://127.0.0.1:{ports['API_PORT']}/",
    }


def _daemon_row(what: str, daemon: Daemon, url: str) -> Row:
    process = daemon.record.read()
    if process is None:
        return Row(what, "stopped", None, daemon.ports[0], None, url)
    return _running_row(what, daemon, process, url)


def _running_row(what: str, daemon: Daemon, process: Process, url: str) -> Row:
    reason = daemon.probe()
    state = "ready" if reason is None else "not ready"
    return Row(what, state, process.pid, daemon.ports[0], int(daemon.record.age_seconds()), url, reason or "")


def _shown_url(server: Server) -> str:
    try:
        return without_password(server.url())
    except Problem:
        return ""  # never started


def _cells(row: Row) -> tuple[str, ...]:
    uptime = "" if row.uptime_seconds is None else duration(row.uptime_seconds)
    return (row.what, row.state, str(row.pid or ""), str(row.port or ""), uptime, row.url)
