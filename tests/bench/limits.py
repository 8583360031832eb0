"""What the machine itself asks for the steps that nothing can leave out: a synced write, a sent frame, a round trip."""

import asyncio
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from redis import Redis

from tests.bench.results import part
from tests.bench.servers import Servers
from tests.product import ROOT

SYNCS, ROUND_TRIPS = 300, 2_000
CONNECTIONS, FRAMES, FRAME_BYTES = 200, 200, 300
BLOCK = b"x" * 4096


async def measure(servers: Servers) -> dict[str, float]:
    """Times in µs; `send_cpu_us` is of the processor, the others are of the clock."""
    return await asyncio.to_thread(_measure, servers)


def _measure(servers: Servers) -> dict[str, float]:
    syncs = _synced_writes()
    with psycopg.connect(servers.database_url, autocommit=True) as postgres, Redis.from_url(servers.redis_url) as redis:
        return {
            "sync_p50_us": _percentile(syncs, 50),
            "sync_p99_us": _percentile(syncs, 99),
            "send_cpu_us": round(_send_cpu() * 1e6, 2),
            "postgres_us": _percentile(_times(lambda: postgres.execute("SELECT 1", prepare=True), ROUND_TRIPS), 50),
            "redis_us": _percentile(_times(redis.ping, ROUND_TRIPS), 50),
        }


def _synced_writes() -> list[float]:
    """Where the servers keep their files: appended and synced, as a log is."""
    place = ROOT / ".local"
    place.mkdir(exist_ok=True)
    with tempfile.TemporaryFile(dir=place, buffering=0) as file:

        def write() -> None:
            file.write(BLOCK)
            os.fdatasync(file.fileno())

        return _times(write, SYNCS)


def _send_cpu() -> float:
    """Seconds of the processor for one small write to a socket that somebody reads; Python's own part is in it."""
    frame = b"x" * FRAME_BYTES
    with _sockets() as pairs:
        spent = 0.0
        for _ in range(FRAMES):
            before = time.thread_time()
            for sender, _ in pairs:
                sender.send(frame)
            spent += time.thread_time() - before
            for _, reader in pairs:
                reader.recv(FRAME_BYTES)
    return spent / (FRAMES * CONNECTIONS)


@contextmanager
def _sockets() -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """TCP over loopback, sender and reader."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        pairs = []
        for _ in range(CONNECTIONS):
            sender = stack.enter_context(socket.create_connection(listener.getsockname()))
            sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pairs.append((sender, stack.enter_context(listener.accept()[0])))
        yield pairs


def _times(act: Callable[[], Any], count: int) -> list[float]:
    times = []
    for _ in range(count):
        before = time.perf_counter()
        act()
        times.append(time.perf_counter() - before)
    return times


def _percentile(seconds: list[float], percent: int) -> float:
    return round(statistics.quantiles(seconds, n=100)[percent - 1] * 1e6, 1)


def limits_part(figures: dict[str, float]) -> dict[str, Any]:
    """A part of results.json beside the others."""
    return {"limits": part(figures["sync_p50_us"], "µs, a synced write", better="less", detail=figures)}


def limits_section(figures: dict[str, float]) -> str:
    """The page's section."""
    return "\n".join(
        [
            "## What the machine asks for a step",
            "",
            "Medians of steps one after the other with nothing else to do: the least that a part can take which needs them.",
            "",
            "| a write of 4 KiB, synced | its p99 | a send of 300 bytes, CPU | a round trip to Postgres | to Redis |",
            "|---:|---:|---:|---:|---:|",
            f"| {figures['sync_p50_us']:,.0f} µs | {figures['sync_p99_us']:,.0f} µs | {figures['send_cpu_us']:.1f} µs"
            f" | {figures['postgres_us']:,.0f} µs | {figures['redis_us']:,.0f} µs |",
            "",
        ]
    )
