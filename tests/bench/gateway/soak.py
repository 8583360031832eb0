"""Ten thousand sockets for minutes: whether latency holds and memory stays."""

import asyncio
import sys
import time
from typing import Any, NamedTuple

from yarl import URL

from tests.bench.gateway.bench import Bench
from tests.bench.gateway.contestants import CONTESTANTS, raise_open_files
from tests.bench.gateway.measure import benched
from tests.bench.gateway.processors import kept_on_processor
from tests.bench.gateway.scenarios import Group, Scenario
from tests.bench.processes import listening_process, tree_cpu_seconds, tree_memory_bytes
from tests.bench.report import plot
from tests.bench.results import part
from tests.bench.servers import Servers

PROCESSES = 2
ROOMS = Group(50_000, 1_000, 10)
PER_SECOND = 200
SAMPLE_SECONDS = 15.0


class Sample(NamedTuple):
    """Some seconds of the soak, as they ended. `cpu` is the share of one processor that the gateways took."""

    minute: float
    memory_bytes: int
    cpu: float
    p50_ms: float
    p99_ms: float
    missing: int


async def soak(servers: Servers, *, minutes: float, sockets: int) -> list[Sample]:
    """A sample every few seconds, from the moment everybody has joined."""
    redis = listening_process(URL(servers.redis_url).port or 6379)
    rooms = Group(ROOMS.first_room, max(1, sockets // ROOMS.size), ROOMS.size)
    raise_open_files()
    with kept_on_processor(0, 1), kept_on_processor(redis, 1):
        async with benched(CONTESTANTS[0], servers, SAMPLE_SECONDS, PROCESSES) as bench:
            await bench.enter(rooms)
            return await _samples(bench, Scenario("soak", rooms, 1, PER_SECOND), minutes)


async def _samples(bench: Bench, scenario: Scenario, minutes: float) -> list[Sample]:
    started, samples = time.monotonic(), list[Sample]()
    while (minute := (time.monotonic() - started) / 60) < minutes:
        cpu, before = sum(map(tree_cpu_seconds, bench.server.pids)), time.monotonic()
        figures = await bench.run(scenario)
        samples.append(
            Sample(
                round(minute, 2),
                sum(map(tree_memory_bytes, bench.server.pids)),
                (sum(map(tree_cpu_seconds, bench.server.pids)) - cpu) / (time.monotonic() - before),
                figures["soak_p50_ms"],
                figures["soak_p99_ms"],
                int(figures["soak_missing"]),
            )
        )
        print(samples[-1], file=sys.stderr, flush=True)
        await asyncio.sleep(0)
    return samples


def soak_section(samples: list[Sample], sockets: int) -> str:
    """The soak's course and what came of it."""
    shown = samples[:: max(1, len(samples) // 10)]
    rows = [
        f"| {sample.minute:.1f} | {sample.memory_bytes / 2**20:.1f} MiB | {sample.cpu:.0%} | {sample.p50_ms:.1f} ms"
        f" | {sample.p99_ms:.1f} ms |"
        for sample in shown
    ]
    growth = (samples[-1].memory_bytes - samples[0].memory_bytes) / 2**20
    return "\n".join(
        [
            f"## The gateway's soak: {sockets:,} sockets, {PER_SECOND} events/s into rooms of {ROOMS.size}",
            "",
            f"{PROCESSES} processes on one machine of 2 processors, which also holds Redis, the publisher and all clients."
            " Memory is of both",
            "processes, CPU the share of one processor that both take together.",
            "",
            "| minute | memory | CPU | p50 | p99 |",
            "|---:|---:|---:|---:|---:|",
            *rows,
            "",
            f"Over {samples[-1].minute:.1f} minutes: worst p99 {max(sample.p99_ms for sample in samples):.1f} ms, memory"
            f" {growth:+.1f} MiB, deliveries that never came {sum(sample.missing for sample in samples)}.",
            "",
            plot("soak", "p50 and p99 over time"),
            "",
            plot("soak-memory", "memory over time"),
            "",
        ]
    )


def soak_part(samples: list[Sample]) -> dict[str, Any]:
    """A part of results.json; a soak has no peers."""
    worst = max(sample.p99_ms for sample in samples)
    return {"gateway_soak": part(worst, "ms, worst p99", better="less", detail=[one._asdict() for one in samples])}
