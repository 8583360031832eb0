"""Fan-out: what a delivery costs, how long it takes, what an idle socket keeps, and what those do who stop reading."""

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from yarl import URL

from tests.bench.gateway.access import access_api
from tests.bench.gateway.bench import Bench
from tests.bench.gateway.clients import connected_clients
from tests.bench.gateway.contestants import CONTESTANTS, Contestant, raise_open_files, running
from tests.bench.gateway.processors import kept_on_processor
from tests.bench.gateway.publishing import publisher
from tests.bench.gateway.scenarios import ALL_READ, BURSTS, HUNDREDS, SINGLES, STUCK, STUCK_EVERY, TENS, THOUSANDS
from tests.bench.processes import listening_process
from tests.bench.servers import Servers

Figures = dict[str, dict[str, float]]


async def measure(servers: Servers, *, rounds: int, seconds: float, deadline: float, scale: float) -> Figures:
    """All contestants in turn, several times over; medians. A round is begun only before `deadline` (the loop's clock)."""
    figures: dict[str, list[dict[str, float]]] = {contestant.name: [] for contestant in CONTESTANTS}
    redis = listening_process(URL(servers.redis_url).port or 6379)
    raise_open_files()
    with kept_on_processor(0, 1), kept_on_processor(redis, 1):
        for turn in range(rounds):
            if turn and asyncio.get_running_loop().time() > deadline:
                break
            for contestant in CONTESTANTS:
                one = await _one(contestant, servers, seconds, scale)
                figures[contestant.name].append(one)
                print(contestant.name, json.dumps(one), file=sys.stderr, flush=True)
    return {name: _medians(of_one) for name, of_one in figures.items()}


async def _one(contestant: Contestant, servers: Servers, seconds: float, scale: float) -> dict[str, float]:
    async with benched(contestant, servers, seconds) as bench:
        figures = await bench.enter(TENS)
        for group in (HUNDREDS, THOUSANDS):
            await bench.enter(group.scaled(scale))
        for scenario in (*SINGLES, *BURSTS):
            figures |= await bench.run(scenario.scaled(scale))
        await bench.enter(STUCK, stuck_every=STUCK_EVERY)
        figures |= await bench.run(ALL_READ)
        return figures | await bench.run_with_stuck()


@asynccontextmanager
async def benched(contestant: Contestant, servers: Servers, seconds: float, processes: int = 1) -> AsyncIterator[Bench]:
    """A contestant that runs, with nobody connected yet."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            access_api() as api_url,
            running(contestant, servers, api_url, Path(folder), processes) as server,
            connected_clients(server.ports, contestant.dialect) as clients,
            Redis.from_url(servers.redis_url, protocol=2) as redis,
            publisher(contestant.publishing, redis, server.ports[0]) as publish,
        ):
            yield Bench(server, clients, publish, seconds)


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(statistics.median(run[key] for run in runs), 2) for key in runs[0]}
