"""The real servers, as fixtures named after what they give. A missing server skips here and fails in CI.

Tests run in several processes at once. Each has databases and names of its own on the shared Postgres and RabbitMQ, and a
Redis of its own, since tests empty it.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aio_pika
import psycopg
import pytest
from hypothesis import settings
from redis.asyncio import Redis

from deploy.demo.seed import seed
from shared.broker.topology import Topology
from shared.db.migrate import migrate
from shared.db.pool import Pool, open_pool
from tests.chaos.servers import Servers, chaos_servers
from tests.databases import at_database, keep_demo, new_database, restore_demo, send_others_away
from tests.lacking import give_up, require_installed
from tests.ports import free_port
from tests.redis_server import RedisServer
from tests.scheduling import Scheduling

# How long an example takes says more about the machine than about us. New examples are looked for by those who develop;
# continuous integration tries the same ones each time, so that what it says is about the change.
settings.register_profile("prosa", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("prosa")

TEMPLATE = "prosa_template"
# The roles belong to the whole server, which takes their changes from one transaction at a time.
ROLES_LOCK = 5_074_118
FIRST_PROCESS = "gw0"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


def server_url(name: str) -> str:
    if url := os.environ.get(name):
        return url
    return give_up(f"{name} is not set: run the tests with `make test`, which starts the servers they need")


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The test server, at a database from which others are created."""
    return server_url("PROSA_TEST_DATABASE_URL")


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The test server for the first process of tests, one more for each other."""
    if os.environ.get("PYTEST_XDIST_WORKER", FIRST_PROCESS) == FIRST_PROCESS:
        yield server_url("PROSA_TEST_REDIS_URL")
        return
    server_url("PROSA_TEST_REDIS_URL")
    with asyncio.Runner() as runner:
        server = RedisServer(tmp_path_factory.mktemp("redis"), free_port())
        runner.run(server.start())
        yield server.url
        runner.run(server.kill())


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    return server_url("PROSA_TEST_RABBITMQ_URL")


@pytest.fixture(scope="session")
def breakable_servers() -> Iterator[Servers]:
    """A stack that nobody else uses; whoever asks for it stands in `scheduling.py`."""
    require_installed(("postgres", "redis", "rabbitmq"))
    servers = chaos_servers()
    with servers.running():
        yield servers


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    """A database with the newest schema and the demo data, to be cloned for each test."""
    name = f"{TEMPLATE}_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        server.execute("SELECT pg_advisory_lock(%s)", [ROLES_LOCK])
        migrate(at_database(postgres_url, name))
        server.execute("SELECT pg_advisory_unlock(%s)", [ROLES_LOCK])
        seed(at_database(postgres_url, name))
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def demo_database(postgres_url: str, template_database: str) -> Iterator[str]:
    """One for all tests of a process that ask for `database_url`."""
    with new_database(postgres_url, template_database) as url:
        keep_demo(url)
        yield url


@pytest.fixture
def database_url(demo_database: str) -> str:
    """A database with the schema and the demo data, and nothing else."""
    with psycopg.connect(demo_database, autocommit=True) as owner:
        send_others_away(owner)
        restore_demo(owner)
    return demo_database


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[psycopg.rows.DictRow]]:
    """The test's own look at the database, past row-level security."""
    with psycopg.connect(database_url, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
        yield connection


@pytest.fixture
async def worker_pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, "prosa_worker", size=4) as pool:
        await pool.wait(30)
        yield pool


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """Redis, emptied."""
    client = Redis.from_url(redis_url, decode_responses=True)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def topology(rabbitmq_url: str) -> AsyncIterator[Topology]:
    """Names nobody else uses; what was declared under them is deleted."""
    names = Topology(f"test.{secrets.token_hex(6)}")
    yield names
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        for queue in (names.queue, names.dead, names.former_queue):
            await channel.queue_delete(queue)
        for exchange in (names.exchange, names.dead):
            await channel.exchange_delete(exchange)
