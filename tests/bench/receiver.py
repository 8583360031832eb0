"""How many webhooks one process makes durable, at what cost: ours, the others, and no promise at all."""

import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika
import aiohttp
from yarl import URL

from tests.bench.processes import cpu_seconds, listening_process
from tests.bench.receiver_contestants import CONTESTANTS, Contestant
from tests.bench.servers import Servers
from tests.bench.wrk import Load, run_wrk
from tests.e2e.ledger import webhook
from tests.ports import free_port
from tests.product import ROOT
from tests.waiting import until

CONNECTIONS = 64
TOKEN_PATH = "/webhooks/evolution/demo-evolution-token"
WARM_UP_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Run:
    """One contestant, once. CPU in seconds a webhook."""

    load: Load
    server_cpu: float
    broker_cpu: float


async def measure(servers: Servers, *, rounds: int, seconds: int) -> dict[str, Any]:
    """All contestants in turn, several times over; medians."""
    runs: dict[str, list[Run]] = {contestant.key: [] for contestant in CONTESTANTS}
    with tempfile.TemporaryDirectory() as folder:
        script = wrk_script(Path(folder))
        for _ in range(rounds):
            for contestant in CONTESTANTS:
                runs[contestant.key].append(await _run(contestant, servers, script, seconds))
    return {key: _medians(of_one) for key, of_one in runs.items()}


def wrk_script(folder: Path) -> Path:
    """What wrk posts, in a file that it reads."""
    body = json.dumps(webhook(1, 1) | {"filler": "x" * 400})
    script = folder / "post.lua"
    script.write_text(
        f'wrk.method = "POST"\nwrk.body = {json.dumps(body)}\nwrk.headers["Content-Type"] = "application/json"\n'
    )
    return script


async def _run(contestant: Contestant, servers: Servers, script: Path, seconds: int) -> Run:
    port = free_port()
    queue = f"bench.{contestant.key}"
    broker = listening_process(URL(servers.rabbitmq_url).port or 5672)
    async with running(contestant, servers, port, queue, script.parent) as pid:
        url = f"http://127.0.0.1:{port}{TOKEN_PATH}"
        await run_wrk(url, script, connections=CONNECTIONS, seconds=WARM_UP_SECONDS)
        before = cpu_seconds(pid), cpu_seconds(broker)
        load = await run_wrk(url, script, connections=CONNECTIONS, seconds=seconds)
        after = cpu_seconds(pid), cpu_seconds(broker)
    if load.errors:
        raise RuntimeError(f"{contestant.name}: {load.errors} requests were not answered 200")
    return Run(load, (after[0] - before[0]) / load.requests, (after[1] - before[1]) / load.requests)


@asynccontextmanager
async def running(contestant: Contestant, servers: Servers, port: int, queue: str, folder: Path) -> AsyncIterator[int]:
    """The contestant's process, once it answers."""
    environment = (
        os.environ
        | servers.environment
        | {
            "RECEIVER_PORT": str(port),
            "WEBHOOK_QUEUE_NAME": queue,
            "WEBHOOK_SPOOL_DIR": f"{folder}/spool",
            "WEBHOOK_RATE_PER_SECOND": "1000000",  # one source sends here what in life many do
            "WEBHOOK_RATE_BURST": "1000000",
            "NODE_ENV": "production",
        }
    )
    process = await asyncio.create_subprocess_exec(
        *contestant.command(str(port), servers.rabbitmq_url, queue),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: _accepts(port), within=60, what=f"{contestant.name} answers")
        yield process.pid
    finally:
        process.terminate()
        await process.wait()
        await _delete_queues(servers.rabbitmq_url, queue)


async def _accepts(port: int) -> bool:
    async with aiohttp.ClientSession() as http:
        try:
            async with http.post(f"http://127.0.0.1:{port}{TOKEN_PATH}", json=webhook(1, 1)) as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False


async def _delete_queues(url: str, queue: str) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for name in (queue, f"{queue}.events", f"{queue}.dead"):
            await channel.queue_delete(name)


def _medians(runs: list[Run]) -> dict[str, float]:
    def median(values: list[float]) -> float:
        return round(statistics.median(values), 3)

    return {
        "requests_per_second": median([run.load.requests_per_second for run in runs]),
        "p50_ms": median([run.load.p50 * 1e3 for run in runs]),
        "p99_ms": median([run.load.p99 * 1e3 for run in runs]),
        "server_cpu_us": median([run.server_cpu * 1e6 for run in runs]),
        "broker_cpu_us": median([run.broker_cpu * 1e6 for run in runs]),
        "cpu_us": median([(run.server_cpu + run.broker_cpu) * 1e6 for run in runs]),
    }
