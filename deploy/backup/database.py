"""The database that is backed up, or restored into."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from deploy.local.binaries import find_postgres_client
from deploy.local.problem import Problem

Connection = psycopg.Connection[DictRow]

# Without row-level security what it would hide is an error, not a lesser count.
OPTIONS = "-c row_security=off -c timezone=UTC"
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
_NOT_ALL = "Use a login that is a superuser or has BYPASSRLS: any other sees one clinic's rows at a time, or none."


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection that fails where row-level security would hide something from it."""
    try:
        with psycopg.connect(
            url, autocommit=True, connect_timeout=5, options=OPTIONS, row_factory=dict_row
        ) as connection:
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise Problem(f"The database shows not everything: {_first_line(error)}", _NOT_ALL) from None
    except psycopg.OperationalError as error:
        raise Problem(f"The database is not reachable: {_first_line(error)}", "Correct DATABASE_URL.") from None


def program(name: str) -> str:
    """One of Postgres' own programs, of the newest version here: it must not be older than the server."""
    found = find_postgres_client(name)
    if found is None:
        raise Problem(f"{name} was not found.", "Install Postgres' client programs.")
    return str(found)


def surroundings(url: str) -> Mapping[str, str]:
    """How the programs find the database: not by their command lines, which every user of the machine can read."""
    parts: dict[str, Any] = conninfo_to_dict(url)
    if unknown := set(parts) - set(_VARIABLES):
        raise Problem(f"DATABASE_URL has {', '.join(sorted(unknown))}, which is not passed on.", "Leave it out.")
    named = {_VARIABLES[name]: str(value) for name, value in parts.items()}
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(Path.home()), "LC_ALL": "C.UTF-8", **named}


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0]
