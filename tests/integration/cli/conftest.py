"""The command line against a real API process and Postgres.

The API outlives the tests of a process, and so do its database and its connections; each test finds both as new.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import psycopg
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from tests.databases import keep_demo, new_database, restore_demo
from tests.integration.cli.running import Prosa
from tests.product import Product, running_product


@pytest.fixture(scope="session")
def cli_database(postgres_url: str, template_database: str) -> Iterator[str]:
    """Apart from other tests' database, whose connections are ended before each of them."""
    with new_database(postgres_url, template_database) as url:
        keep_demo(url)
        yield url


@pytest.fixture
def database_url(cli_database: str) -> str:
    """A database with the schema and the demo data, and nothing else."""
    with psycopg.connect(cli_database, autocommit=True) as owner:
        restore_demo(owner)
    return cli_database


@pytest.fixture
async def prosa(tmp_path: Path) -> AsyncIterator[Prosa]:
    """`./prosa` with nothing around it: neither an API nor a database."""
    home = tmp_path / "home"
    home.mkdir()
    command = Prosa(home, {"DATABASE_URL": "postgresql://127.0.0.1:1/prosa", "PROSA_API_URL": "http://127.0.0.1:1"})
    yield command
    for process in command.started:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def administrator(prosa: Prosa, database_url: str) -> Prosa:
    """`./prosa` with a database."""
    prosa.environment["DATABASE_URL"] = database_url
    return prosa


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def api(cli_database: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """A real API process, which no test stops."""
    environment = {"DATABASE_URL": cli_database, "REDIS_URL": redis_url, "PROSA_ENV": "test"}
    async with running_product(tmp_path_factory.mktemp("api"), environment, "api") as running:
        yield running


@pytest.fixture
def product(api: Product, database_url: str, redis: Redis) -> Product:
    """A real API process; it remembers nothing of the test before, since Redis is emptied."""
    return api


@pytest.fixture
async def operator(prosa: Prosa, product: Product) -> Prosa:
    """`./prosa` as the demo's operator."""
    prosa.environment |= await signed_in(product, "oper@demo.test")
    return prosa


async def signed_in(product: Product, email: str) -> dict[str, str]:
    """What `./prosa` is told to be a demo user: signing in at each call would cost each its argon2."""
    async with aiohttp.ClientSession() as http:
        body = {"email": email, "password": "prosa-demo"}
        async with http.post(f"{product.api}/api/auth/login", json=body) as answer:
            return {"PROSA_API_URL": product.api, "PROSA_TOKEN": (await answer.json())["token"]}
