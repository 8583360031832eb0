"""Fan-out: what a delivery costs, how long it takes, what an idle socket keeps, and what those do who stop reading."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from redis.asyncio import Redis
from yarl import URL

from tests.bench.gateway.contestants import CONTESTANTS, Contestant, Running, running
from tests.bench.gateway.frames import moment
from tests.bench.gateway.processors import kept_on_processor, on_processor
from tests.bench.gateway.publishing import Event, Publish, publisher
from tests.bench.processes import listening_process, tree_cpu_seconds, tree_memory_bytes
from tests.bench.servers import Servers
from tests.product import ROOT

SETTLE_SECONDS = 1.0
PATIENCE_SECONDS = 20.0
WARM_UP_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Group:
    """So many rooms of one size, with numbers of their own."""

    first_room: int
    rooms: int
    size: int

    @property
    def numbers(self) -> range:
        return range(self.first_room, self.first_room + self.rooms)


TENS = Group(10_000, 100, 10)
HUNDREDS = Group(20_000, 1, 500)
THOUSANDS = Group(30_000, 1, 5_000)
STUCK = Group(40_000, 1, 200)
STUCK_EVERY = 100


@dataclass(frozen=True, slots=True)
class Scenario:
    """At a steady rate, so many events at once to one room of the group after the other. Sizes in bytes."""

    key: str
    group: Group
    burst: int
    per_second: float
    text: int = 130


# Rates that every contestant keeps up with: what is compared is the cost of a delivery, not who drowns first.
SCENARIOS = (
    Scenario("single_10", TENS, 1, 1000),
    Scenario("single_500", HUNDREDS, 1, 50),
    Scenario("single_5000", THOUSANDS, 1, 5),
    Scenario("burst_10", TENS, 20, 50),
    Scenario("burst_500", HUNDREDS, 20, 2),
    Scenario("burst_5000", THOUSANDS, 20, 0.5),
)
ALL_READ = Scenario("all_read", STUCK, 1, 150, text=4000)
SOME_STUCK = Scenario("some_stuck", STUCK, 1, 150, text=4000)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The process with the clients."""

    process: asyncio.subprocess.Process

    async def told(self, do: str, **order: Any) -> dict[str, Any]:
        """Give an order; returns what it led to."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
        await self.process.stdin.drain()
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline() or "null") or {}
        if not answer:
            raise RuntimeError(f"the clients failed at {do}")
        return answer


async def measure(
    servers: Servers, *, rounds: int, seconds: float, deadline: float, scale: float, only: str = ""
) -> dict[str, dict[str, float]]:
    """All contestants in turn, several times over; medians. A round is begun only before `deadline`."""
    figures: dict[str, list[dict[str, float]]] = {}
    redis = listening_process(URL(servers.redis_url).port or 6379)
    with kept_on_processor(0, 1), kept_on_processor(redis, 1):
        for turn in range(rounds):
            if turn and asyncio.get_running_loop().time() > deadline:
                break
            for contestant in CONTESTANTS:
                if only in contestant.name:
                    one = await _one(contestant, servers, seconds, scale)
                    figures.setdefault(contestant.name, []).append(one)
                    print(contestant.name, json.dumps(one), file=sys.stderr, flush=True)
    return {name: _medians(of_one) for name, of_one in figures.items()}


async def _one(contestant: Contestant, servers: Servers, seconds: float, scale: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        async with (
            access_api() as api_url,
            running(contestant, servers, api_url, Path(folder)) as server,
            crowd([server.port], contestant.dialect) as clients,
            Redis.from_url(servers.redis_url, protocol=2) as redis,
            publisher(contestant.publishing, redis, server.port) as publish,
        ):
            bench = Bench(server, clients, publish, seconds)
            figures = await bench.enter(THOUSANDS, scale)
            figures |= {"memory_bytes": figures["memory_bytes"]}
            for group in (TENS, HUNDREDS):
                await bench.enter(group, scale)
            for scenario in SCENARIOS:
                figures |= await bench.run(scenario, scale)
            await bench.enter(STUCK, 1.0, stuck_every=STUCK_EVERY)
            figures |= await bench.run(ALL_READ, 1.0)
            figures |= await bench.stuck()
    return figures


@dataclass(frozen=True, slots=True)
class Bench:
    """One contestant's measurements."""

    server: Running
    crowd: Crowd
    publish: Publish
    seconds: float

    async def enter(self, group: Group, scale: float, stuck_every: int = 0) -> dict[str, float]:
        """A client for each place in the group's rooms; what that costs the server."""
        size = max(1, round(group.size * scale)) if group.size > 10 else group.size
        rooms = [room for room in group.numbers for _ in range(size)]
        memory, cpu = tree_memory_bytes(self.server.pid), tree_cpu_seconds(self.server.pid)
        opened = await self.crowd.told("connect", rooms=rooms, stuck_every=stuck_every)
        handshakes = tree_cpu_seconds(self.server.pid) - cpu
        await self.crowd.told("join")
        for _ in range(WARM_UP_ROUNDS):
            await self._warm_up(group, len(rooms))
        await asyncio.sleep(SETTLE_SECONDS)
        return {
            "handshake_cpu_us": handshakes / len(rooms) * 1e6,
            "handshakes_per_second": len(rooms) / opened["seconds"],
            "memory_bytes": (tree_memory_bytes(self.server.pid) - memory) / len(rooms),
        }

    async def _warm_up(self, group: Group, expected: int) -> None:
        """Until an event reaches everybody: some join a moment after they were told that they have."""
        for _ in range(10):
            await self.publish([Event(room, moment(time.monotonic()), "x") for room in group.numbers])
            told = await self.crowd.told("expect", count=expected, seconds=1.0)
            if told["arrived"] >= expected:
                return
        raise RuntimeError(f"of {expected} sockets not all joined: {told}")

    async def run(self, scenario: Scenario, scale: float, missing: int = 0) -> dict[str, float]:
        """Events at their planned moments, until all have arrived. `missing` clients of each room do not read."""
        group = scenario.group
        size = (max(1, round(group.size * scale)) if group.size > 10 else group.size) - missing
        bursts = max(2, round(self.seconds * scenario.per_second))
        expected = bursts * scenario.burst * size
        cpu = tree_cpu_seconds(self.server.pid)
        waiting = asyncio.create_task(
            self.crowd.told("expect", count=expected, seconds=self.seconds + PATIENCE_SECONDS)
        )
        await self._open_loop(scenario, bursts)
        arrived = await waiting
        cpu = tree_cpu_seconds(self.server.pid) - cpu
        return {
            f"{scenario.key}_per_cpu_second": arrived["arrived"] / max(cpu, 0.01),
            f"{scenario.key}_p50_ms": arrived["p50_ms"],
            f"{scenario.key}_p99_ms": arrived["p99_ms"],
            f"{scenario.key}_missing": expected - arrived["arrived"],
        }

    async def _open_loop(self, scenario: Scenario, bursts: int) -> None:
        """What is due goes out together, and each event's time counts from when it was to go, however late that was.

        A room's next event is never made to share a moment with the last one because this process was held up.
        """
        started = time.monotonic() + 0.1
        rooms, text, number = scenario.group.numbers, "x" * scenario.text, 0
        most, gap = scenario.burst * len(rooms), len(rooms) / scenario.per_second / 4
        while number < bursts:
            await asyncio.sleep(started + number / scenario.per_second - time.monotonic())
            due: list[Event] = []
            while (
                len(due) < most
                and number < bursts
                and (planned := started + number / scenario.per_second) <= time.monotonic()
            ):
                due += [Event(rooms[number % len(rooms)], moment(planned), text)] * scenario.burst
                number += 1
            await self.publish(due)
            await asyncio.sleep(len(due) / most * gap)

    async def stuck(self) -> dict[str, float]:
        """One client in a hundred stops reading."""
        stuck = (await self.crowd.told("stick"))["stuck"]
        memory = tree_memory_bytes(self.server.pid)
        figures = await self.run(SOME_STUCK, 1.0, missing=stuck)
        memory = tree_memory_bytes(self.server.pid) - memory
        ended = await self.crowd.told("unstick")
        return figures | {"stuck_bytes": memory / stuck, "stuck_cut_off": ended["cut_off"] / stuck}


@asynccontextmanager
async def crowd(ports: list[int], dialect: str) -> AsyncIterator[Crowd]:
    """Clients on the second processor, of the servers on these ports."""
    with on_processor(1):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.gateway.crowd",
            json.dumps(ports),
            dialect,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    try:
        yield Crowd(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def access_api() -> AsyncIterator[str]:
    """Stands in for the API: whoever asks may join what they ask for."""

    async def grant(request: web.Request) -> web.Response:
        return web.json_response({"conversation_id": request.match_info["id"]})

    app = web.Application()
    app.router.add_get("/api/conversations-simple/{id}/access", grant)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}
