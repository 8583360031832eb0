"""One database for all these tests, emptied before each: a new one takes ten times as long."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import psycopg
import pytest

from tests.integration.queue_worker.databases import empty, new_database
from tests.integration.queue_worker.evolution_stand_in import EvolutionStandIn, evolution_stand_in


@pytest.fixture(scope="session")
def worker_database(postgres_url: str, template_database: str) -> Iterator[str]:
    with new_database(postgres_url, template_database) as url:
        with psycopg.connect(url) as owner:
            owner.execute("CREATE TABLE demo_sources AS SELECT * FROM sources")
        yield url


@pytest.fixture
def database_url(worker_database: str) -> str:
    """A database with the schema and the demo data, and nothing else."""
    with psycopg.connect(worker_database, autocommit=True) as owner:
        # A test that cut its connections may have left transactions behind.
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        empty(owner)
    return worker_database


@pytest.fixture
async def evolution() -> AsyncIterator[EvolutionStandIn]:
    async with evolution_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
