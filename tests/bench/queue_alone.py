"""The queue alone: from a claim to done with nothing between, ours beside other queues in Postgres."""

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from yarl import URL

from tests.bench.peers.install import HERE, node_script, peer_python
from tests.bench.processes import cpu_seconds, listening_process, postgres_cpu_seconds
from tests.bench.servers import Servers, fresh_database
from tests.e2e.ledger import webhook
from tests.product import ROOT

PROCESSES = (1, 2)
LONGEST_DRAIN_SECONDS = 8.0
PATIENCE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """A queue and how much it takes at once. `jobs` is what it is given: a drain should last for about a second."""

    name: str
    program: str
    number: int
    jobs: int
    leftovers: str

    @property
    def command(self) -> list[str]:
        if self.program == "prosa":
            return [sys.executable, "-m", "tests.bench.contestants.queue_prosa"]
        if self.program == "graphile":
            return ["node", node_script("queue_graphile.mjs")]
        return [peer_python(), str(HERE / f"queue_{self.program}.py")]


_OURS = "SELECT count(*) FROM message_queue"
_GRAPHILE = "SELECT count(*) FROM graphile_worker._private_jobs"
CONTESTANTS = (
    Contestant("Prosa, batches of 10", "prosa", 10, 20_000, _OURS),
    Contestant("Prosa, batches of 100", "prosa", 100, 40_000, _OURS),
    Contestant("Prosa, batches of 500", "prosa", 500, 40_000, _OURS),
    Contestant("graphile-worker, local queue 500", "graphile", 500, 40_000, _GRAPHILE),
    Contestant("graphile-worker, local queue 2000", "graphile", 2000, 40_000, _GRAPHILE),
    Contestant("pgqueuer, batches of 500", "pgqueuer", 500, 30_000, "SELECT count(*) FROM pgqueuer"),
    Contestant("Procrastinate, one by one", "procrastinate", 10, 1_000, "SELECT count(*) FROM procrastinate_jobs"),
)


@dataclass(frozen=True, slots=True)
class Drain:
    """One contestant, once. CPU in seconds a job, WAL in bytes a job."""

    rate: float
    client_cpu: float
    postgres_cpu: float
    wal: float


async def measure(servers: Servers, *, rounds: int, deadline: float, scale: float = 1.0) -> dict[str, Any]:
    """All contestants in turn, in one process and in two, several times over; medians.

    A round is begun only before `deadline` (of the loop's clock), but for the first.
    """
    drains: dict[tuple[str, int], list[Drain]] = {}
    for turn in range(rounds):
        if turn and asyncio.get_running_loop().time() > deadline:
            break
        for contestant in CONTESTANTS:
            for processes in PROCESSES:
                drain = await _drain(servers, contestant, processes, max(100, round(contestant.jobs * scale)))
                drains.setdefault((contestant.name, processes), []).append(drain)
    return {
        contestant.name: {str(processes): _medians(drains[contestant.name, processes]) for processes in PROCESSES}
        for contestant in CONTESTANTS
    }


async def _drain(servers: Servers, contestant: Contestant, processes: int, jobs: int) -> Drain:
    postmaster = listening_process(URL(servers.database_url).port or 5432)
    with fresh_database(servers) as own, _payload() as payload:
        _run(
            own.database_url, "CHECKPOINT"
        )  # so that no contestant writes whole pages again for the sake of the last one's
        await _fill(contestant, own.database_url, payload, jobs)
        _run(own.database_url, "VACUUM ANALYZE")
        async with _clients(contestant, own.database_url, payload, processes) as clients:
            wal, cpu = _wal(own.database_url), postgres_cpu_seconds(postmaster)
            client_cpu = sum(cpu_seconds(client.pid) for client in clients)
            reports = await _go(clients)
            client_cpu = sum(cpu_seconds(client.pid) for client in clients) - client_cpu
            wal, cpu = _wal(own.database_url) - wal, postgres_cpu_seconds(postmaster) - cpu
        _check(contestant, own.database_url, jobs, sum(report["jobs"] for report in reports))
    done = max(1, sum(report["jobs"] for report in reports))
    worked = [report for report in reports if report["jobs"]]
    seconds = max(report["ended"] for report in worked) - min(report["started"] for report in worked)
    return Drain(done / max(seconds, 1e-3), client_cpu / done, cpu / done, wal / done)


@contextmanager
def _payload() -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(webhook(1, 1) | {"filler": "x" * 400}, file)
        file.flush()
        yield Path(file.name)


async def _fill(contestant: Contestant, url: str, payload: Path, jobs: int) -> None:
    command = [*contestant.command, "fill", url, str(payload), str(jobs), "0"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    async with asyncio.timeout(PATIENCE_SECONDS):
        if await process.wait() != 0:
            raise RuntimeError(f"{contestant.name} could not be filled")


def _run(url: str, command: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(command.encode())


@asynccontextmanager
async def _clients(
    contestant: Contestant, url: str, payload: Path, processes: int
) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    arguments = ["drain", url, str(payload), str(contestant.number), str(LONGEST_DRAIN_SECONDS)]
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(processes):
            client = await asyncio.create_subprocess_exec(
                *contestant.command,
                *arguments,
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            stack.push_async_callback(_end, client)
            clients.append(client)
        for client in clients:
            await _line(contestant, client)
        yield clients


async def _line(contestant: Contestant, client: asyncio.subprocess.Process) -> bytes:
    assert client.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        line = await client.stdout.readline()
    if not line:
        raise RuntimeError(f"{contestant.name} died")
    return line


async def _go(clients: list[asyncio.subprocess.Process]) -> list[dict[str, Any]]:
    for client in clients:
        assert client.stdin is not None
        client.stdin.write(b"go\n")

    async def report(client: asyncio.subprocess.Process) -> dict[str, Any]:
        assert client.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            told: dict[str, Any] = json.loads(await client.stdout.readline())
            return told

    return list(await asyncio.gather(*(report(client) for client in clients)))


async def _end(client: asyncio.subprocess.Process) -> None:
    assert client.stdin is not None
    client.stdin.close()
    try:
        async with asyncio.timeout(10):
            await client.wait()
    except TimeoutError:
        client.kill()
        await client.wait()


def _wal(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()
    assert row is not None
    return int(row[0])


def _check(contestant: Contestant, url: str, jobs: int, done: int) -> None:
    """Nothing was skipped: what is not done is still in the queue. More may be done than gone where time ran out."""
    with psycopg.connect(url) as connection:
        row = connection.execute(contestant.leftovers.encode()).fetchone()
    assert row is not None
    if done > jobs or done + row[0] < jobs:
        raise RuntimeError(f"{contestant.name}: of {jobs} jobs {done} were done and {row[0]} are left")


def _medians(drains: list[Drain]) -> dict[str, float]:
    return {
        "jobs_per_second": round(statistics.median(drain.rate for drain in drains)),
        "client_cpu_us": round(statistics.median(drain.client_cpu for drain in drains) * 1e6, 1),
        "postgres_cpu_us": round(statistics.median(drain.postgres_cpu for drain in drains) * 1e6, 1),
        "wal_bytes": round(statistics.median(drain.wal for drain in drains)),
    }
