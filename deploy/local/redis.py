"""The private Redis: nothing in it needs to survive, so nothing of it is written to disk."""

import signal
import subprocess
from pathlib import Path

from deploy.local.binaries import find_program, major_version, search_path
from deploy.local.daemon import Daemon, Launch
from deploy.local.probes import probe_redis
from deploy.local.problem import Problem
from deploy.local.processes import lives_in

_OLDEST = 7


def redis_daemon(home: Path, port: int, state: Path) -> Daemon:
    """The private Redis of a stack."""
    return Daemon(
        name="redis",
        ports=(port,),
        log=state / "log/redis.log",
        record_file=state / "pid/redis.json",
        probe=lambda: probe_redis("127.0.0.1", port),
        prepare=lambda: _prepare(home, port),
        owns=lambda listener: listener.pid is not None and lives_in(listener.pid, home),
        stop_steps=((signal.SIGTERM, 10.0),),
    )


def redis_url(port: int) -> str:
    """The URL of the private Redis."""
    return f"redis://127.0.0.1:{port}/0"


def server_command(program: Path, home: Path, port: int) -> list[str]:
    """How Redis is started; without a configuration file, so that none of the system's counts."""
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(home),
        "save": "",
        "appendonly": "no",
        "daemonize": "no",
    }
    return [str(program), *(part for name, value in options.items() for part in (f"--{name}", value))]


def _prepare(home: Path, port: int) -> Launch:
    program = find_program("redis-server")
    if program is None:
        raise Problem("redis-server was not found.", "Install Redis 7 or newer, or name a running one in REDIS_URL.")
    _require_version(program)
    home.mkdir(parents=True, exist_ok=True)
    return Launch(server_command(program, home, port), {"PATH": search_path(), "LANG": "C"}, home)


def _require_version(program: Path) -> None:
    version = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    major = major_version(version)
    if major is not None and major < _OLDEST:
        raise Problem(
            f"{program} is Redis {major}; Prosa needs {_OLDEST} or newer.",
            "Install a newer one, or name a running one in REDIS_URL.",
        )
