"""Ports for what tests start."""

import os
import random
import socket

# Below those that the kernel gives to clients: a test's own connections cannot take a port before its server binds it.
FIRST, LAST = 20_000, 31_999
# Processes of tests share the ports out, since a port is not taken before what was started listens on it.
PROCESSES = 8
PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES
# Of the system's chance: what tests draw from begins anew with each test, in every process alike.
_chance = random.SystemRandom()
_given: set[int] = set()


def free_port() -> int:
    """A port that nothing listens on, and that no test of this run was given before."""
    while True:
        port = _chance.randrange(FIRST + PROCESS, LAST + 1, PROCESSES)
        if port not in _given and not _listens(port):
            _given.add(port)
            return port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
