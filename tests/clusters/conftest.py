"""What services are told, and the servers that are several."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import environment
from tests.integration.api.cache.conftest import instance_of, patient
from tests.integration.api.conftest import serve, token_of
from tests.postgres_replica import PostgresReplica, postgres_replica

__all__ = ["environment", "instance_of", "patient", "serve", "token_of"]


@pytest.fixture(scope="session")
def replica_server(postgres_url: str, demo_database: str) -> Iterator[PostgresReplica]:
    """One for all tests that need it, which `scheduling.py` therefore gives to one process."""
    with postgres_replica(postgres_url) as server:
        yield server


@pytest.fixture
def replica(replica_server: PostgresReplica) -> Iterator[PostgresReplica]:
    """The replica, which follows."""
    yield replica_server
    replica_server.resume()
