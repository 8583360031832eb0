"""Where the time of a process goes while it is measured: `python -m tests.bench.profiles receiver worker gateway api`.

py-spy looks at the process from outside some hundred times a second and leaves it as it is; counted is who holds the GIL, so
that waiting is not.
It comes for the call, pinned, from the package index. Needs the test servers and the peers, as `make bench` does.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import aiohttp
from redis.asyncio import Redis

from tests.bench import api_reads, receiver
from tests.bench.end_to_end import Load, create_clinics, open_loop
from tests.bench.gateway.contestants import CONTESTANTS, raise_open_files
from tests.bench.gateway.measure import benched
from tests.bench.gateway.scenarios import HUNDREDS, SINGLES, TENS
from tests.bench.large_clinic import fill
from tests.bench.receiver_contestants import OURS
from tests.bench.servers import Servers, bench_servers, fresh_database
from tests.bench.wrk import run_wrk
from tests.ports import free_port
from tests.product import running_product

SECONDS, PER_SECOND = 12, 250
READS, EVENTS, CLINICS = 50, 200, 50
PY_SPY = ("tool", "run", "--from", "py-spy==0.4.3", "py-spy", "record", "--nonblocking", "--gil", "--format", "raw")

# From the innermost frame outwards: the first that is found says what the time was for.
LABELS = {
    "prometheus_client/": "metrics",
    "structlog/": "logging",
    "observability/": "metrics and logging",
    "aio_pika/": "AMQP client",
    "aiormq/": "AMQP client",
    "pamqp/": "AMQP client",
    "psycopg": "Postgres client",
    "redis/": "Redis client",
    "aiohttp/": "HTTP",
    "yarl/": "HTTP",
    "multidict": "HTTP",
    "websockets/": "WebSocket",
    "services/": "ours",
    "shared/": "ours",
    "asyncio/": "event loop",
    "uvloop": "event loop",
}
STAGES = {
    "queue_worker/ingest/": "intake",
    "queue_worker/relay.py": "relay",
    "queue_worker/claiming.py": "claim",
    "queue_worker/claims.py": "claim",
    "queue_worker/processor.py": "effects",
}
# What everything runs in.
OUTERMOST = ("runtime/run.py", "__main__.py")
INNERMOST = 12


def shares(raw: str, label: Callable[[Sequence[str]], str]) -> dict[str, float]:
    """Of py-spy's raw stacks (`outer;…;inner count`), the share of each label, the largest first."""
    counted: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        counted[label(stack.split(";"))] += int(count)
    whole = max(1, counted.total())
    return {name: count / whole for name, count in counted.most_common()}


def by_label(stack: Sequence[str]) -> str:
    """What the time was for."""
    return next((LABELS[mark] for frame in reversed(stack) for mark in LABELS if mark in frame), "other")


def by_own_function(stack: Sequence[str]) -> str:
    """The innermost function of ours, with all that it calls outside."""
    for frame in reversed(stack):
        if ("services/" in frame or "shared/" in frame) and not any(map(frame.__contains__, OUTERMOST)):
            return frame.rpartition(":")[0].replace(" (", " in ")
    return "outside of ours"


def by_stage(stack: Sequence[str]) -> str:
    """Which stage of the worker it was for, as the simulation has them."""
    return next((stage for mark, stage in STAGES.items() if any(mark in frame for frame in stack)), "beside the events")


async def profiled(pid: int, load: Awaitable[object]) -> str:
    """Raw stacks of a process while a load runs that lasts at least as long."""
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    with tempfile.NamedTemporaryFile(suffix=".txt") as file:
        sampling = await asyncio.create_subprocess_exec(
            uv,
            *PY_SPY,
            *("--pid", str(pid), "--duration", str(SECONDS), "--rate", str(PER_SECOND), "--output", file.name),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await load
        if await sampling.wait() != 0:
            raise SystemExit("py-spy could not look at the process: it needs to be allowed to trace (root, or ptrace)")
        return await asyncio.to_thread(Path(file.name).read_text, "utf-8")


async def of_receiver(servers: Servers) -> str:
    """Sixty-four connections that post as quickly as they are answered."""
    with tempfile.TemporaryDirectory() as folder:
        script, port = receiver.wrk_script(Path(folder)), free_port()
        async with receiver.running(OURS, servers, port, "bench.profile", Path(folder)) as pid:
            url = f"http://127.0.0.1:{port}{receiver.TOKEN_PATH}"
            await run_wrk(url, script, connections=receiver.CONNECTIONS, seconds=2)
            return await profiled(pid, run_wrk(url, script, connections=receiver.CONNECTIONS, seconds=SECONDS + 3))


async def of_worker(servers: Servers) -> str:
    """Texts at the rate of the latency through everything, hardly two of one clinic in a batch."""
    with fresh_database(servers) as own, tempfile.TemporaryDirectory() as logs:
        create_clinics(own.database_url, CLINICS)
        environment = own.environment | {"WEBHOOK_QUEUE_NAME": "bench.profile", "WEBHOOK_SPOOL_DIR": f"{logs}/spool"}
        services = ("webhook_receiver", "queue_worker")
        async with running_product(Path(logs), environment, *services) as product, aiohttp.ClientSession() as http:
            await open_loop(http, product, Load("WARM", CLINICS, EVENTS * 2, EVENTS), {})
            load = Load("E2E", CLINICS, EVENTS * (SECONDS + 3), EVENTS)
            return await profiled(product.processes["queue_worker"].pid, open_loop(http, product, load, {}))


async def of_gateway(servers: Servers) -> str:
    """Single events to rooms of ten."""
    raise_open_files()
    async with benched(CONTESTANTS[0], servers, SECONDS + 3) as bench:
        for group in (TENS, HUNDREDS):
            await bench.enter(group)
        return await profiled(bench.server.pids[0], bench.run(SINGLES[0]))


async def of_api(servers: Servers) -> str:
    """Details that miss, one in five; the others hit."""
    with fresh_database(servers) as own, tempfile.TemporaryDirectory() as logs:
        size = api_reads.scaled(0.05)
        await asyncio.to_thread(fill, own.database_url, size)
        async with (
            running_product(Path(logs), own.environment, "api") as product,
            aiohttp.ClientSession(product.api, headers=api_reads.headers()) as http,
            Redis.from_url(own.redis_url) as redis,
        ):
            bench = api_reads.Bench(http, redis, rate=READS, count=READS * (SECONDS + 3))
            return await profiled(product.processes["api"].pid, bench.run("detail miss", size))


PROFILES: Mapping[str, Callable[[Servers], Awaitable[str]]] = {
    "receiver": of_receiver,
    "worker": of_worker,
    "gateway": of_gateway,
    "api": of_api,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.profiles", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("parts", nargs="*", choices=[*PROFILES], default=list(PROFILES))
    with bench_servers() as servers:
        for name in parser.parse_args().parts:
            raw = asyncio.run(_raw(PROFILES[name], servers))
            print(f"\n{name}")
            for label in (by_label, by_own_function, *([by_stage] if name == "worker" else [])):
                found = list(shares(raw, label).items())[:INNERMOST]
                print(*(f"  {share:6.1%}  {what}" for what, share in found), sep="\n")
                print()


async def _raw(profile: Callable[[Servers], Awaitable[str]], servers: Servers) -> str:
    return await profile(servers)


if __name__ == "__main__":
    main()
