"""The test servers, with a database of the benchmark's own."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
from sqlalchemy.engine import make_url

from deploy.demo.seed import seed
from shared.db.migrate import migrate
from tests.databases import at_database


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are."""

    database_url: str
    redis_url: str
    rabbitmq_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a service is told of them."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "RABBITMQ_URL": self.rabbitmq_url,
            "PROSA_ENV": "test",
        }


@contextmanager
def bench_servers() -> Iterator[Servers]:
    """A fresh database with the demo data, gone at the end."""
    try:
        server_url = os.environ["PROSA_TEST_DATABASE_URL"]
        redis_url, rabbitmq_url = os.environ["PROSA_TEST_REDIS_URL"], os.environ["PROSA_TEST_RABBITMQ_URL"]
    except KeyError as missing:
        raise SystemExit(f"{missing} is not set: run `make bench`, which starts the servers") from None
    name = f"prosa_bench_{secrets.token_hex(4)}"
    url = at_database(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            migrate(url)
            seed(url)
            yield Servers(url, redis_url, rabbitmq_url)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def fresh_database(servers: Servers) -> Iterator[Servers]:
    """The same servers with a database as the benchmark's own was made; nobody may be connected to that one."""
    name = f"prosa_bench_{secrets.token_hex(4)}"
    template = make_url(servers.database_url).database
    with psycopg.connect(os.environ["PROSA_TEST_DATABASE_URL"], autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        try:
            yield replace(servers, database_url=at_database(servers.database_url, name))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
