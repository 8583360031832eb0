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
