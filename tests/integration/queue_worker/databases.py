"""Databases for tests that do not need one each."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.conftest import at_database


@contextmanager
def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """A copy of the template; gone afterwards."""
    name = f"prosa_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        try:
            yield at_database(server_url, name)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
