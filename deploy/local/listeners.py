"""Who listens on a port of this machine."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.processes import program_of

_LISTENING = "0A"


@dataclass(frozen=True)
class Listener:
    """Something that listens on a port; its pid is unknown when it belongs to another user."""

    port: int
    pid: int | None

    def __str__(self) -> str:
        if self.pid is None:
            return "a process of another user"
        return f"{program_of(self.pid) or 'a process'} (pid {self.pid})"


def find_listener(port: int) -> Listener | None:
    """The listener on a TCP port, or None if the port is free."""
    return _from_proc(port) if sys.platform.startswith("linux") else _from_lsof(port)


def can_listen(port: int) -> bool:
    """Whether a server could listen on a loopback port at this moment."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def listening_inodes(table: str, port: int) -> set[str]:
    """The socket inodes that listen on a port, from `/proc/net/tcp` or `tcp6`."""
    rows = (line.split() for line in table.splitlines()[1:])
    return {row[9] for row in rows if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port}


def _from_proc(port: int) -> Listener | None:
    tables = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
    inodes = {inode for table in tables if table.exists() for inode in listening_inodes(table.read_text("ascii"), port)}
    return Listener(port, _owner({f"socket:[{inode}]" for inode in inodes})) if inodes else None


def _owner(sockets: set[str]) -> int | None:
    return next((pid for pid in _pids() if any(link in sockets for link in _open_files(pid))), None)


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdecimal())


def _open_files(pid: int) -> Iterable[str]:
    directory = f"/proc/{pid}/fd"
    names: list[str] = []
    with suppress(OSError):  # another user's process, or one that just ended
        names = os.listdir(directory)
    for name in names:
        with suppress(OSError):  # closed meanwhile
            yield os.readlink(f"{directory}/{name}")


def _from_lsof(port: int) -> Listener | None:
    command = ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fp"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return next((Listener(port, int(line[1:])) for line in lines if line.startswith("p")), None)
