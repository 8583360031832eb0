"""The services' own logins on the test server, made as operators make them."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from shared.db.logins import LOGINS, make_logins

ROLES = {login.name: login.role for login in LOGINS}
# The service that signs in with each.
SERVICES = {"receiver": "webhook_receiver", "worker": "queue_worker", "api": "api"}


@dataclass(frozen=True)
class Logins:
    """`named` gives the test's own name of each: they are the whole server's, which other tests use at the same time."""

    suffix: str
    passwords: Mapping[str, str]

    @property
    def named(self) -> dict[str, str]:
        return {login: login + self.suffix for login in self.passwords}

    def url(self, login: str, server: str) -> str:
        """The same database, through this login."""
        url = make_url(server).set(username=self.named[login], password=self.passwords[login])
        return url.render_as_string(hide_password=False)


def new_passwords() -> dict[str, str]:
    """By the names of the logins."""
    return {login.name: secrets.token_hex(16) for login in LOGINS}


def by_variable(passwords: Mapping[str, str]) -> dict[str, str]:
    """As the environment names them."""
    return {login.variable: passwords[login.name] for login in LOGINS if login.name in passwords}


@contextmanager
def own_logins(database_url: str) -> Iterator[Logins]:
    """One for each service; gone afterwards."""
    logins = Logins(f"_{secrets.token_hex(4)}", new_passwords())
    try:
        make_logins(database_url, by_variable(logins.passwords), logins.suffix)
        yield logins
    finally:
        drop(database_url, logins.named.values())


def drop(database_url: str, names: Iterable[str]) -> None:
    """Take roles away, those that there are."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        for name in names:
            if owner.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchall():
                owner.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
                owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
