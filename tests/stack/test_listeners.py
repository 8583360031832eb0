import os
import socket
from collections.abc import Iterator

import pytest

from deploy.local.listeners import can_listen, find_listener, listening_inodes
from deploy.local.probes import met_itself

_TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:D888 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:D888 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 100 0 0 10 0
   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
"""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_only_listeners_count() -> None:
    """A connection from the port is not a listener on it."""
    assert listening_inodes(_TABLE, 55432) == {"111"}
    assert listening_inodes(_TABLE, 8080) == {"333"}
    assert listening_inodes(_TABLE, 5432) == set()


def test_listener_is_found_and_named(listening: socket.socket) -> None:
    """Whoever holds a port is told by program and pid."""
    listener = find_listener(listening.getsockname()[1])

    assert listener is not None
    assert listener.pid == os.getpid()
    assert f"(pid {os.getpid()})" in str(listener)


def test_free_port_has_no_listener(listening: socket.socket) -> None:
    """A port is free again when its listener closes."""
    port = listening.getsockname()[1]
    assert not can_listen(port)

    listening.close()

    assert can_listen(port)
    assert find_listener(port) is None


def test_connection_to_itself_leaves_the_port_free() -> None:
    """A probe that the system connected to itself is noticed, and does not keep the port from its server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.connect(("127.0.0.1", port))

        assert met_itself(probe)

    assert can_listen(port)
