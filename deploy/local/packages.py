"""Install what is missing through the platform's package manager."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from deploy.local.logs import last_lines
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.tasks import run_logged

OLDEST_POSTGRES = 15
# For tests of deploy/nginx, deploy/haproxy and deploy/pgbouncer.
_PROXIES = {"nginx": "nginx", "haproxy": "haproxy", "pgbouncer": "pgbouncer"}
# For tests of deploy/prometheus and deploy/grafana; it brings promtool.
_WATCHING = {"prometheus": "prometheus"}
# For tests with clients that are not ours.
_CLIENTS = {"chromium": "chromium", "node": "nodejs", "npm": "npm"}
_APT = (
    {"postgres": "postgresql", "redis": "redis-server", "rabbitmq": "rabbitmq-server"} | _PROXIES | _WATCHING | _CLIENTS
)
_BREW = (
    {
        "postgres": "postgresql@17",
        "redis": "redis",
        "rabbitmq": "rabbitmq",
        "node": "node",
        "npm": "node",
    }
    | _PROXIES
    | _WATCHING
)
_APT_SCRIPT = "deploy/local/apt_install.sh"


def apt_packages(needs: Collection[str], python: tuple[int, int], default_python: tuple[int, int] | None) -> list[str]:
    """Debian's names of what is needed; `venv` belongs to the version of the Python that asks for it."""
    venv = "python3-venv" if python == default_python else f"python{python[0]}.{python[1]}-venv"
    return [({"venv": venv} | _APT)[need] for need in sorted(needs)]


def brew_packages(needs: Collection[str]) -> list[str]:
    """Homebrew's names of what is needed; its Python always brings `venv`."""
    return list(dict.fromkeys(_BREW[need] for need in sorted(needs) if need in _BREW))


def apt_command(packages: Sequence[str], *, root: bool, sudo: bool) -> list[str] | None:
    """How to install, or None where nothing but a person's password would do."""
    command = ["sh", _APT_SCRIPT, *packages]
    if root:
        return command
    return ["sudo", "-n", *command] if sudo else None


def offered_postgres(apt_cache_depends: str) -> int | None:
    """The major version Debian's `postgresql` would bring, from `apt-cache depends postgresql`."""
    found = re.search(r"Depends: postgresql-(\d+)", apt_cache_depends)
    return int(found[1]) if found else None


def install(needs: Collection[str], root: Path, log: Path, progress: Progress) -> None:
    """Install what is needed, or say what to type."""
    if not needs:
        return
    command = _install_command(needs, root)
    progress.say(f"installing {', '.join(sorted(needs))}: {' '.join(command)} (output in {log.relative_to(root)})")
    code = run_logged(command, root, log)
    if code != 0:
        raise Problem(
            f"The package manager failed with exit code {code}: {' '.join(command)}",
            f"Read {log.relative_to(root)}, repair what it names, then run the same make command again.",
            last_lines(log, 15),
        )
    progress.say(f"installed {', '.join(sorted(needs))}")


def _install_command(needs: Collection[str], root: Path) -> list[str]:
    if sys.platform == "darwin" and shutil.which("brew"):
        return ["brew", "install", *brew_packages(needs)]
    if shutil.which("apt-get"):
        return _apt_install_command(needs, root)
    raise Problem(
        f"{', '.join(sorted(needs))} not found, and neither apt nor Homebrew is here to install it.",
        "Install Postgres 15+, Redis 7+ and RabbitMQ 3.10+ with your package manager, or name running servers in "
        "DATABASE_URL, REDIS_URL and RABBITMQ_URL.",
    )


def _apt_install_command(needs: Collection[str], root: Path) -> list[str]:
    if "postgres" in needs:
        _refuse_old_postgres()
    packages = apt_packages(needs, sys.version_info[:2], _default_python())
    command = apt_command(packages, root=os.geteuid() == 0, sudo=_sudo_needs_no_password())
    if command is None:
        raise Problem(
            f"These packages are missing and need root to install: {' '.join(packages)}",
            f"Type: cd {root} && sudo sh {_APT_SCRIPT} {' '.join(packages)}   and then the same make command again.",
        )
    return command


def _refuse_old_postgres() -> None:
    depends = subprocess.run(["apt-cache", "depends", "postgresql"], capture_output=True, text=True, check=False)
    offered = offered_postgres(depends.stdout)
    if offered is not None and offered < OLDEST_POSTGRES:
        raise Problem(
            f"This system's packages offer Postgres {offered}; Prosa needs {OLDEST_POSTGRES} or newer.",
            "Install a newer one from the Postgres project's apt repository, or name a running one in DATABASE_URL.",
        )


def _default_python() -> tuple[int, int] | None:
    found = re.fullmatch(r"python(\d+)\.(\d+)", Path("/usr/bin/python3").resolve().name)
    return (int(found[1]), int(found[2])) if found else None


def _sudo_needs_no_password() -> bool:
    if shutil.which("sudo") is None:
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
