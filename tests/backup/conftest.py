"""A server that has never held anything: neither data nor roles."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import daemon as daemons
from deploy.local.postgres import PostgresHome, postgres_daemon, postgres_url, wipe
from tests.e2e.conftest import environment
from tests.lacking import require_installed
from tests.ports import free_port

__all__ = ["environment"]


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[str]:
    """Its URL; it is as empty as a machine that replaces a lost one."""
    require_installed(["postgres"])
    home, port = PostgresHome(tmp_path / "elsewhere"), free_port()
    server = postgres_daemon(home, port, tmp_path / "state")
    try:
        daemons.start(server)
        daemons.await_ready(server)
        yield postgres_url(home, port)
    finally:
        daemons.stop(server)
        if server.child is not None:
            server.child.wait(30)
        wipe(home)
