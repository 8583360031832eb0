"""The command line against a real API process and Postgres."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.integration.cli.running import Prosa
from tests.product import Product, running_product


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


@pytest.fixture
async def product(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Product]:
    """A real API process."""
    environment = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PROSA_ENV": "test"}
    async with running_product(tmp_path, environment, "api") as running:
        yield running


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
