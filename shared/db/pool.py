"""Connections to Postgres: one pool a process, under the service's own role."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

import orjson
from psycopg import AsyncConnection, AsyncCursor, OperationalError
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool

Connection = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]
# `transaction`: a pooler between gives each transaction the server's connection that is free, so nothing outlives one.
Pooling = Literal["session", "transaction"]

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 15_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000
# A statement that was prepared is unknown to the server's next connection, even where a call asks for it.
_PREPARING: dict[Pooling, dict[str, None]] = {"session": {}, "transaction": {"prepare_threshold": None}}


def session_settings(role: str) -> dict[str, str]:
    """What a session of a service is to have: its least-privilege role, bounded statements, UTC.

    Plans of prepared statements are kept, and may have been made while a table was empty: none is to scan a whole table that
    has an index to go by. The worker's statements go by keys whatever their values, and are not planned anew for each: with
    an event of every clinic in turn that was a third of Postgres' time.
    """
    kept = {"plan_cache_mode": "force_generic_plan"} if role == "prosa_worker" else {}
    return {
        "role": role,
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_TIMEOUT_MS),
        "timezone": "UTC",
        "jit": "off",
        "enable_seqscan": "off",
        **kept,
    }


def service_conninfo(database_url: str, role: str, pooling: Pooling = "session") -> str:
    """The connection string under which a service works. A pooler knows no options: there it gives them to its sessions."""
    named = make_conninfo(database_url, application_name=role, connect_timeout=CONNECT_TIMEOUT_SECONDS)
    if pooling == "transaction":
        return named
    options = " ".join(f"-c {name}={value}" for name, value in session_settings(role).items())
    return make_conninfo(named, options=options)


@asynccontextmanager
async def open_pool(
    database_url: str,
    role: str,
    *,
    size: int,
    kept: int | None = None,
    waiting: int = 1000,
    cursors: type[AsyncCursor[DictRow]] = AsyncCursor,
    pooling: Pooling = "session",
) -> AsyncIterator[Pool]:
    """Open a pool of `size` autocommit connections, of which `kept` (else all) are made before they are wanted, and for which
    so many may wait. Postgres may be away: connections are made when it is back.
    """
    pool: Pool = AsyncConnectionPool(
        service_conninfo(database_url, role, pooling),
        connection_class=AsyncConnection[DictRow],
        kwargs={"autocommit": True, "row_factory": dict_row, "cursor_factory": cursors, **_PREPARING[pooling]},
        min_size=size if kept is None else kept,
        max_size=size,
        timeout=2.0,
        max_waiting=waiting,
        reconnect_timeout=0,
        configure=_configure if pooling == "session" else partial(_configure_pooled, role),
        open=False,
        name=role,
    )
    await pool.open(wait=False)
    try:
        yield pool
    finally:
        await pool.close(timeout=5.0)


async def _configure(connection: Connection) -> None:
    set_json_loads(load_json, connection)


async def _configure_pooled(role: str, connection: Connection) -> None:
    """Refuse a pooler whose sessions are somebody else's: it only logs that it could not take on the role, and goes on."""
    await _configure(connection)
    cursor = await connection.execute("SELECT current_user AS role")
    [row] = await cursor.fetchall()
    if row["role"] != role:
        raise OperationalError(f"the pooler's sessions are {row['role']}'s, not {role}'s: see its connect_query")


# Longer ones may not fit into 64 bits, which is where the fast decoder begins to round.
_LONG_NUMBER = re.compile(rb"\d{19}")


def load_json(text: str | bytes) -> Any:
    """What a column of JSON holds, every integer as it is: an integration's data may have any."""
    data = text.encode() if isinstance(text, str) else text
    return json.loads(data) if _LONG_NUMBER.search(data) else orjson.loads(data)


async def ping(pool: Pool) -> None:
    """Raise where Postgres does not answer."""
    async with pool.connection(timeout=1.0) as connection:
        await connection.execute("SELECT 1")
