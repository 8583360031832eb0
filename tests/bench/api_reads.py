"""Lists and details of a large clinic: what the cache has, and what the database must be asked for.

Open loop: each request has its planned moment, and is sent then whether or not the ones before were answered. Shown is the
time at the server, from a request's headers to its answer, as the server itself tells it; and from the planned moment to
the answer at the client, which shares the machine.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis

from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token
from tests.bench.large_clinic import LARGE_CLINIC, Size, conversation_ids, fill
from tests.bench.report import plot
from tests.bench.results import part
from tests.bench.servers import Servers, fresh_database
from tests.product import running_product
from tests.waiting import until

LIST = "/api/conversations-simple"
HOT = 50
FILTERS = ("", "?status=active", "?assigned_to=me", "?assigned_to=none", "?priority=urgent", "?status=archived")
WORDS = ("maria", "joão", "conceição", "gonçalves", "119000", "souza 77")
COMMON = ("mensagem", "bom dia", "tudo bem")
# Of so many requests one is a miss, the others hits of details; of so many one is a search.
MISSES, SEARCHES = 5, 20
BESIDE_HITS = {
    "list miss": MISSES,
    "detail miss": MISSES,
    "search": SEARCHES,
    "words": SEARCHES,
    "common words": SEARCHES,
}
PHASES = ("list hit", "detail hit", *BESIDE_HITS)


@dataclass
class Times:
    """Of one phase, in seconds."""

    server: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        return {"requests": len(self.server), **_percentiles("", self.server), **_percentiles("client_", self.client)}


Figures = dict[str, dict[str, float]]


async def measure(servers: Servers, *, rate: int, seconds: int, scale: float) -> Figures:
    """Percentiles in milliseconds by phase; `filled_seconds` is how long it took to make the rows."""
    size = scaled(scale)
    with fresh_database(servers) as own, tempfile.TemporaryDirectory() as logs:
        filled = await asyncio.to_thread(fill, own.database_url, size)
        async with (
            running_product(Path(logs), own.environment, "api") as product,
            aiohttp.ClientSession(product.api, headers=headers()) as http,
            Redis.from_url(own.redis_url) as redis,
        ):
            bench = Bench(http, redis, rate, rate * seconds)
            await until(bench.is_cached, within=20, what="the cache in use")
            figures = {phase: (await bench.run(phase, size)).summary() for phase in PHASES}
    return {**figures, "generator": {"seconds": round(filled, 1)}}


def scaled(scale: float) -> Size:
    """The large clinic, or a part of it for a quick try."""
    whole = Size()
    return Size(conversations=int(whole.conversations * scale), messages=int(whole.messages * scale))


class Bench:
    """Requests at a rate; `count` of them are a whole phase."""

    def __init__(self, http: aiohttp.ClientSession, redis: Redis, rate: int, count: int) -> None:
        self._http = http
        self._redis = redis
        self._rate = rate
        self._count = count

    async def is_cached(self) -> bool:
        async with self._http.get("/api/health") as answer:
            return bool((await answer.json())["cache"]["in_use"])

    async def run(self, phase: str, size: Size) -> Times:
        """One phase; what is to be a hit is asked for once before."""
        ids, chance, times = conversation_ids(size), random.Random(phase), Times()
        hot = [f"{LIST}/{conversation}" for conversation in ids[:HOT]]
        cold = [f"{LIST}/{conversation}" for conversation in chance.sample(ids[HOT:], min(self._count, len(ids) - HOT))]
        lists = [LIST + chosen for chosen in FILTERS]
        choose: dict[str, Callable[[int], str]] = {
            "list hit": lambda n: lists[n % len(lists)],
            "detail hit": lambda n: hot[n % len(hot)],
            "list miss": lambda n: lists[n % len(lists)],
            "detail miss": lambda n: cold[n % len(cold)],
            "search": lambda n: f"{LIST}?q={WORDS[n % len(WORDS)]}",
            "words": lambda n: f"/api/search?q=mensagem {1000 + 97 * n % size.messages}",
            "common words": lambda n: f"/api/search?q={COMMON[n % len(COMMON)]}",
        }
        for path in {*hot, *lists}:
            await self._ask(path, Times(), 0.0)
        before = self._forget_lists if phase == "list miss" else _nothing
        async with asyncio.TaskGroup() as requests:
            rate = self._rate / BESIDE_HITS.get(phase, 1)
            requests.create_task(self._open_loop(choose[phase], before, times, rate))
            requests.create_task(self._open_loop(lambda n: hot[n % HOT], _nothing, Times(), self._rate - rate))
        return times

    async def _forget_lists(self) -> None:
        await self._redis.unlink(f"conversations:clinic:{LARGE_CLINIC}")

    async def _open_loop(
        self, choose: Callable[[int], str], before: Callable[[], Coroutine[Any, Any, None]], times: Times, rate: float
    ) -> None:
        started = time.perf_counter() + 0.2
        async with asyncio.TaskGroup() as requests:
            for number in range(max(2, int(self._count * rate / self._rate)) if rate else 0):
                planned = started + number / rate
                await asyncio.sleep(max(0.0, planned - time.perf_counter()))
                await before()
                requests.create_task(self._ask(choose(number), times, planned))

    async def _ask(self, path: str, times: Times, planned: float) -> None:
        async with self._http.get(path) as answer:
            await answer.read()
            assert answer.status == 200, answer.status
            times.client.append(time.perf_counter() - planned)
            times.server.append(float(answer.headers["Server-Timing"].partition("dur=")[2]) / 1000)


async def _nothing() -> None:
    return


def headers() -> dict[str, str]:
    """An agent of the large clinic."""
    token = issue_token(
        DEVELOPMENT_SECRET,
        user_id=LARGE_CLINIC * 1000 + 1,
        clinic_id=LARGE_CLINIC,
        role="agent",
        name="Agente 1",
        now=datetime.now(UTC),
        life=timedelta(hours=1),
    )
    return {"Authorization": f"Bearer {token}"}


def _percentiles(prefix: str, seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    return {
        f"{prefix}{name}": round(cuts[at] * 1000, 2) for name, at in (("p50_ms", 49), ("p95_ms", 94), ("p99_ms", 98))
    }


def api_part(figures: Figures) -> dict[str, Any]:
    """A part of results.json: the worse p99 of the hits at the server; there are no peers."""
    hits = max(figures[phase]["p99_ms"] for phase in ("list hit", "detail hit"))
    return {"api": part(hits, "ms, p99 of hits", better="less", detail=figures)}


def api_section(figures: Figures, options: dict[str, Any]) -> str:
    """The page's section."""
    size = scaled(options["scale"])
    rows = [
        f"| {phase} | {f['p50_ms']:.1f} ms | {f['p95_ms']:.1f} ms | {f['p99_ms']:.1f} ms | {f['client_p50_ms']:.1f} ms"
        f" | {f['client_p99_ms']:.1f} ms |"
        for phase, f in figures.items()
        if phase in PHASES
    ]
    return "\n".join(
        [
            f"## Lists and details of a large clinic: {size.conversations:,} conversations, {size.messages:,} messages",
            "",
            f"{options['reads']} requests/s in each row, open-loop, {options['seconds']} s. Of those one in {MISSES} is",
            f"a miss, or one in {SEARCHES} a search; the others are hits. Times are those of the misses and the searches",
            "alone. One API process with a pool of 8, fifty small clinics beside the large one. Lists under six filters;",
            "details that hit are of the fifty that were active last, those that miss are all different; lists are",
            "invalidated before each that misses. Searches are of conversations by their contacts, of messages by rare",
            f"words, and by words that every message has. The rows were made in {figures['generator']['seconds']:.0f} s.",
            "",
            "| | p50 at the server | p95 | p99 | p50 at the client | p99 |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
            "",
            plot("api", "p99 at the server"),
            "",
        ]
    )
