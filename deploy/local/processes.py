"""Processes that are not confused with others: a pid counts only together with the moment it began."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_LINUX = sys.platform.startswith("linux")


@dataclass(frozen=True)
class Process:
    """One process, for as long as it lives: a later process that gets the same pid is not equal to it."""

    pid: int
    started: str


class Record:
    """The file that remembers which process was started under a name."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Process | None:
        """The remembered process if it is still that one and alive; a record that is stale or torn counts as none."""
        content = self._content()
        try:
            process = Process(**content["process"])
        except (KeyError, TypeError):
            return None
        # A copied clone has copied records, of processes that are not its own.
        return process if content.get("file") == str(self._path) and is_alive(process) else None

    def ports(self) -> tuple[int, ...]:
        """The ports it was started on."""
        return tuple(self._content().get("ports", ()))

    def write(self, process: Process, ports: Sequence[int]) -> None:
        """Remember a process and its ports."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        content = {"process": asdict(process), "ports": ports, "file": str(self._path)}
        draft.write_text(json.dumps(content), "utf-8")
        draft.replace(self._path)

    def clear(self) -> None:
        """Forget it."""
        self._path.unlink(missing_ok=True)

    def age_seconds(self) -> float:
        """How long ago the process was recorded, which is when it was started."""
        return max(0.0, time.time() - self._path.stat().st_mtime)

    def _content(self) -> dict[str, Any]:
        try:
            content = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


def identify(pid: int) -> Process | None:
    """The living process with this pid; a zombie is not living."""
    state_and_start = _read_stat(pid) if _LINUX else _ask_ps(pid)
    if state_and_start is None or state_and_start[0] in ("Z", "X"):
        return None
    return Process(pid, state_and_start[1])


def is_alive(process: Process) -> bool:
    """Whether exactly this process still lives."""
    return identify(process.pid) == process


def parse_stat(stat: str, boot: str) -> tuple[str, str]:
    """State and start of a process from `/proc/<pid>/stat`.

    The command line is deliberately not part of a process's identity: Redis rewrites its own, and `exec` replaces it.
    """
    # The second field is the program's name, which may itself hold spaces and parentheses.
    fields = stat.rpartition(")")[2].split()
    return fields[0], f"{boot}:{fields[19]}"


def inhabitants(directory: Path, programs: Collection[str]) -> list[Process]:
    """Living processes of these programs whose working directory is inside a directory (Linux; elsewhere none)."""
    if not _LINUX:
        return []
    pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]
    found = [identify(pid) for pid in pids if program_of(pid) in programs and lives_in(pid, directory)]
    return [process for process in found if process is not None]


def lives_in(pid: int, directory: Path) -> bool:
    """Whether a process works inside a directory, as far as we may know."""
    working_directory = _working_directory(pid)
    return working_directory is not None and working_directory.is_relative_to(directory.resolve())


def program_of(pid: int) -> str | None:
    """The short name of a process's program."""
    try:
        return (_PROC / str(pid) / "comm").read_text("utf-8", "replace").strip() if _LINUX else _ps(pid, "comm")
    except OSError:
        return None


def command_of(pid: int) -> str:
    """A process's command line, empty if it cannot be read."""
    if not _LINUX:
        return _ps(pid, "command") or ""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def signal_process(process: Process, number: int) -> None:
    """Send a signal to exactly this process; nothing if it is gone."""
    if is_alive(process):
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _read_stat(pid: int) -> tuple[str, str] | None:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("utf-8").strip()
        return parse_stat((_PROC / str(pid) / "stat").read_text("utf-8", "replace"), boot)
    except OSError:
        return None


def _ask_ps(pid: int) -> tuple[str, str] | None:
    answer = _ps(pid, "stat", "lstart")
    if not answer:
        return None
    state, _, started = answer.partition(" ")
    return state[:1], started.strip()


def _ps(pid: int, *columns: str) -> str | None:
    # One option for each column: BSD's ps takes whatever follows the first "=" for a heading.
    command = ["ps", *(part for column in columns for part in ("-o", f"{column}=")), "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def _working_directory(pid: int) -> Path | None:
    try:
        return (_PROC / str(pid) / "cwd").readlink() if _LINUX else _ask_lsof(pid)
    except OSError:
        return None


def _ask_lsof(pid: int) -> Path | None:
    command = ["lsof", "-a", "-d", "cwd", "-p", str(pid), "-Fn"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return next((Path(line[1:]) for line in lines if line.startswith("n")), None)
