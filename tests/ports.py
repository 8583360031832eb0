"""Ports for what tests start."""

import random
import socket

# Below those that the kernel gives to clients: a test's own connections cannot take a port before its server binds it.
FIRST, LAST = 20_000, 31_999


def free_port() -> int:
    """A port that nothing listens on."""
    while True:
        port = random.randint(FIRST, LAST)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
