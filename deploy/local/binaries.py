"""Where the servers' programs are on this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from deploy.local.packages import OLDEST_POSTGRES

_BREW = (Path("/opt/homebrew"), Path("/usr/local"), Path("/home/linuxbrew/.linuxbrew"))
# An ordinary user's PATH on Debian lacks the sbin directories, and a minimal one on macOS lacks Homebrew's.
_ALSO_IN = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/opt/homebrew/bin", "/opt/homebrew/sbin")


def find_program(name: str) -> Path | None:
    """A program by its name."""
    found = shutil.which(name, path=search_path())
    return Path(found) if found else None


def search_path() -> str:
    """PATH, and the usual places it may lack."""
    return os.pathsep.join(dict.fromkeys([*os.environ.get("PATH", "").split(os.pathsep), *_ALSO_IN]))


def find_postgres(major: int | None = None) -> tuple[int, Path] | None:
    """The newest usable Postgres, or the one of a major version: its version and its directory of programs."""
    usable = dict(_postgres_versions())
    if major is not None:
        return (major, usable[major]) if major in usable else None
    return max(usable.items(), default=None)


def find_rabbitmq() -> Path | None:
    """RabbitMQ's own start script; Debian's command of that name would first become the user `rabbitmq`."""
    places = [Path("/usr/lib/rabbitmq/bin"), *(prefix / "opt/rabbitmq/sbin" for prefix in _BREW)]
    scripts = (place / "rabbitmq-server" for place in places)
    return next((script for script in scripts if script.exists()), None) or find_program("rabbitmq-server")


def find_chromium() -> Path | None:
    """A Chromium, as distributions call it."""
    return next(filter(None, map(find_program, ("chromium", "chromium-browser", "google-chrome"))), None)


def major_version(text: str) -> int | None:
    """The major version from what `postgres --version` or `redis-server --version` prints."""
    found = re.search(r"(?:PostgreSQL\) |v=)(\d+)", text)
    return int(found[1]) if found else None


def missing(needs: Iterable[str]) -> set[str]:
    """Which of these servers, proxies, watchers and clients have no program here."""
    finders: dict[str, Callable[[], object | None]] = {
        "postgres": find_postgres,
        "redis": lambda: find_program("redis-server"),
        "rabbitmq": find_rabbitmq,
        "chromium": find_chromium,
        "node": lambda: find_program("node"),
        "npm": lambda: find_program("npm"),
        "nginx": lambda: find_program("nginx"),
        "haproxy": lambda: find_program("haproxy"),
        "pgbouncer": lambda: find_program("pgbouncer"),
        "prometheus": lambda: find_program("prometheus") and find_program("promtool"),
    }
    return {need for need in needs if finders[need]() is None}


def find_postgres_client(name: str) -> Path | None:
    """A client program of Postgres, of the newest version here; where it is installed no server need be."""
    found = [directory / name for directory in _postgres_directories() if (directory / name).exists()]
    return max(found, key=_version_of, default=None) or find_program(name)


def _version_of(program: Path) -> int:
    done = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    return major_version(done.stdout) or 0


def _postgres_versions() -> Iterator[tuple[int, Path]]:
    for directory in dict.fromkeys(_postgres_directories()):
        version = _postgres_version(directory)
        if version is not None and version >= OLDEST_POSTGRES:
            yield version, directory


def _postgres_directories() -> Iterator[Path]:
    yield from Path("/usr/lib/postgresql").glob("*/bin")
    yield from Path("/usr").glob("pgsql-*/bin")
    for prefix in _BREW:
        yield from (prefix / "opt").glob("postgresql*/bin")
    for program in (find_program("postgres"), _from_pg_config()):
        if program is not None:
            yield program.resolve().parent


def _from_pg_config() -> Path | None:
    pg_config = find_program("pg_config")
    if pg_config is None:
        return None
    done = subprocess.run([str(pg_config), "--bindir"], capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()) / "postgres" if done.returncode == 0 else None


def _postgres_version(directory: Path) -> int | None:
    if not (directory / "postgres").exists() or not (directory / "initdb").exists():
        return None
    done = subprocess.run([str(directory / "postgres"), "--version"], capture_output=True, text=True, check=False)
    return major_version(done.stdout)
