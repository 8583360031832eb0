"""What a process costs: CPU seconds and memory, read from /proc."""

import os
from pathlib import Path

from deploy.local.listeners import find_listener

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def listening_process(port: int) -> int:
    """The process that listens on a loopback port."""
    listener = find_listener(port)
    if listener is None or listener.pid is None:
        raise LookupError(f"nothing of ours listens on port {port}")
    return listener.pid


def postgres_cpu_seconds(postmaster: int) -> float:
    """User and system time of a Postgres with all its sessions, those that have ended included."""
    fields = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / _TICKS
    return ended + cpu_seconds(postmaster) + sum(map(_cpu_or_nothing, _children(postmaster)))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_or_nothing(pid: int) -> float:
    try:
        return cpu_seconds(pid)
    except FileNotFoundError:
        return 0.0


def tree_cpu_seconds(pid: int) -> float:
    """Time on a processor of a process and those it started: exact, but without threads that have ended."""
    return sum(_scheduled_seconds(task) for process in _tree(pid) for task in Path(f"/proc/{process}/task").iterdir())


def tree_memory_bytes(pid: int) -> int:
    """What a process and those it started keep in memory; a page that several share counts once between them."""
    return sum(map(_proportional_bytes, _tree(pid)))


def _tree(pid: int) -> list[int]:
    return [pid, *(descendant for child in _children(pid) for descendant in _tree(child))]


def _proportional_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _scheduled_seconds(task: Path) -> float:
    try:
        return int((task / "schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:
        return 0.0
