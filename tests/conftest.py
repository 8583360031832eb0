"""The real servers, as fixtures named after what they give. A missing server skips here and fails in CI."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator

import aio_pika
import psycopg
import pytest
from hypothesis import settings
from redis.asyncio import Redis
from sqlalchemy.engine import make_url

from deploy.demo.seed import seed
from shared.broker.topology import Topology
from shared.db.migrate import migrate
from shared.db.pool import Pool, open_pool

# How long an example takes says more about the machine than about us.
settings.register_profile("prosa", deadline=None)
settings.load_profile("prosa")

TEMPLATE = "prosa_template"


def server_url(name: str) -> str:
    url = os.environ.get(name)
    if url:
        return url
    message = f"{name} is not set: run the tests with `make test`, which starts the servers they need"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The test server, at a database from which others are created."""
    return server_url("PROSA_TEST_DATABASE_URL")


@pytest.fixture(scope="session")
def redis_url() -> str:
    return server_url("PROSA_TEST_REDIS_URL")


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    return server_url("PROSA_TEST_RABBITMQ_URL")


def at_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    """A database with the newest schema and the demo data, to be cloned for each test."""
    name = f"{TEMPLATE}_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        migrate(at_database(postgres_url, name))
        seed(at_database(postgres_url, name))
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """A fresh database with the schema and the demo data; gone after the test."""
    name = f"prosa_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}".encode())
        yield at_database(postgres_url, name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[psycopg.rows.DictRow]]:
    """The test's own look at the database, past row-level security."""
    with psycopg.connect(database_url, autocommit=True, row_factory=psycopg.rows.dict_row) as connection:
        yield connection


@pytest.fixture
async def worker_pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, "prosa_worker", size=4) as pool:
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
