"""What an hour leaves on each process and server, looked at every quarter of a minute."""

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg
import redis

from tests.bench.processes import tree_cpu_seconds, tree_memory_bytes
from tests.bench.servers import Servers
from tests.product import Product

# They hold work, not history: they have to stay as large as the work in hand.
WORKING_TABLES = ("message_queue", "outbox", "conversation_counts", "source_activity")


class Vitals(NamedTuple):
    """Everything that must stay flat, at one moment. Bytes, and CPU seconds since the beginning."""

    memory: dict[str, int]
    cpu: dict[str, float]
    files: dict[str, int]
    redis_bytes: int
    sessions: int
    waiting: int
    tables: dict[str, int]
    dead_rows: dict[str, int]


async def look(product: Product, servers: Servers) -> Vitals:
    """Read off the loop: the sockets' clients share it."""
    pids = {name: process.pid for name, process in product.processes.items()}
    return await asyncio.to_thread(_look, pids, servers)


def _look(pids: Mapping[str, int], servers: Servers) -> Vitals:
    with psycopg.connect(servers.database_url, autocommit=True) as database:
        sizes = database.execute(
            "SELECT relname, pg_total_relation_size(relid), n_dead_tup FROM pg_stat_user_tables"
        ).fetchall()
        sessions = _number(database, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        waiting = _number(database, "SELECT (SELECT count(*) FROM message_queue) + (SELECT count(*) FROM outbox)")
    return Vitals(
        memory={name: tree_memory_bytes(pid) for name, pid in pids.items()},
        cpu={name: tree_cpu_seconds(pid) for name, pid in pids.items()},
        files={name: _open_files(pid) for name, pid in pids.items()},
        redis_bytes=_redis_bytes(servers.redis_url),
        sessions=sessions,
        waiting=waiting,
        tables={name: size for name, size, _ in sizes},
        dead_rows={name: dead for name, _, dead in sizes},
    )


def _number(database: psycopg.Connection[tuple[object, ...]], query: str) -> int:
    row = database.execute(query.encode()).fetchone()
    return int(str(row[0])) if row else 0


def _open_files(pid: int) -> int:
    return len(os.listdir(Path(f"/proc/{pid}/fd")))


def _redis_bytes(url: str) -> int:
    with contextlib.closing(redis.Redis.from_url(url)) as client:
        return int(client.info("memory")["used_memory"])


def percentile(milliseconds: Sequence[float], share: float) -> float:
    """By nearest rank; nothing at all counts as 0."""
    ranked = sorted(milliseconds)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0
