"""A throwaway clone of the local stack: its own directory, its own ports."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.local.environment import stamp_text
from deploy.local.listeners import can_listen
from deploy.local.ports import OFFSET_VARIABLE, server_ports, service_ports
from deploy.local.settings import repository_root
from tests.ports import PROCESS, PROCESSES

_STAND_IN = Path(__file__).with_name("stand_in_service.py")
_SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")


@dataclass
class Clone:
    """A copy of deploy/local that runs its own commands."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "deploy.local", *arguments]

    def environment(self) -> dict[str, str]:
        passed_on = ("PATH", "HOME", "LANG", "LC_ALL")
        return {name: os.environ[name] for name in passed_on if name in os.environ} | self.variables

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*arguments), cwd=self.root, env=self.environment(), capture_output=True, text=True, check=False
        )

    def exports(self, stack: str) -> dict[str, str]:
        """What `env` exports."""
        lines = self.run("env", "--stack", stack).stdout.splitlines()
        assignments = (line.removeprefix("export ").partition("=") for line in lines)
        return {name: value.strip("'") for name, _, value in assignments}


def eventually(look: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Look until there is something to see."""
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A clone without services; its servers and data are gone after the test."""
    root = tmp_path / "clone"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(repository_root() / "deploy/local", root / "deploy/local", ignore=ignored)
    (root / "deploy/__init__.py").touch()
    made = Clone(root, {OFFSET_VARIABLE: str(_free_offset())})
    yield made
    for stack, *agreed in (("test",), ("run", "--yes")):
        if (root / ".local" / stack).exists():
            made.run("clean", "--stack", stack, *agreed)


@pytest.fixture
def clone_with_services(clone: Clone, postgres_url: str, redis_url: str, rabbitmq_url: str) -> Clone:
    """A clone whose services are stand-ins, on servers that are given."""
    clone.variables |= {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "RABBITMQ_URL": rabbitmq_url}
    for name in _SERVICES:
        _write(clone.root / "services" / name / "__main__.py", _STAND_IN.read_text("utf-8"))
    _write(clone.root / "shared/db/migrate.py", "print('migrated')\n")
    _write(clone.root / "shared/broker/declare.py", "print('declared')\n")
    _write(clone.root / "deploy/demo/seed.py", "print('seeded')\n")
    _pretend_environment(clone.root)
    return clone


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _pretend_environment(root: Path) -> None:
    """A `.venv` that counts as built: building one is tested by everybody's first `make`."""
    _write(root / "requirements/dev.txt", "")
    _write(root / ".venv/prosa-stamp", stamp_text(b"", (sys.version_info[0], sys.version_info[1]), root))
    (root / ".venv/bin").mkdir()
    (root / ".venv/bin/python").symlink_to(sys.executable)


def _free_offset() -> int:
    # Each process of tests has its own: what is free now is bound seconds later. Two stacks of a clone are 240 apart.
    offsets = random.sample(range(300 + 10 * PROCESS, 9000, 10 * PROCESSES), 50)
    return next(offset for offset in offsets if all(can_listen(port) for port in _all_ports(offset)))


def _all_ports(offset: int) -> Sequence[int]:
    variables = {OFFSET_VARIABLE: str(offset)}
    servers = [server_ports(stack, variables) for stack in ("run", "test")]
    own = [port for ports in servers for port in vars(ports).values()]
    return [*own, *service_ports(variables).values()]
