"""The faults: each breaks something for a while and has mended it when it returns."""

import asyncio
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
from redis.asyncio import Redis

from tests.chaos.crowd import reconnect_storm, some_stop_reading
from tests.chaos.servers import Servers
from tests.chaos.site import SERVICES, Fault, Scenario, Site
from tests.chaos.skewed_clocks import clocks_skewed
from tests.chaos.stalled_worker import worker_stalled
from tests.waiting import until

SERVERS = ("postgres", "redis", "rabbitmq")
BETWEEN_KILLS = (0.3, 2.0)  # seconds
CUTS_EVERY_SECONDS = 0.25
FLUSHES_EVERY_SECONDS = 0.5
STILL_SECONDS = 0.7


def stopped(kind: str) -> Fault:
    """Stopped in good order, and started again."""

    async def fault(site: Site, seconds: float) -> None:
        await asyncio.to_thread(site.servers.stop, kind)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(site.servers.start, kind)

    return fault


def killed(kind: str, number: signal.Signals = signal.SIGKILL) -> Fault:
    """Ended without a goodbye, and started again."""

    async def fault(site: Site, seconds: float) -> None:
        await asyncio.to_thread(site.servers.kill, kind, number)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(site.servers.start, kind)

    return fault


def frozen(kind: str) -> Fault:
    """SIGSTOP, and SIGCONT."""

    async def fault(site: Site, seconds: float) -> None:
        await asyncio.to_thread(site.servers.freeze, kind)
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(site.servers.thaw, kind)

    return fault


def parted(kind: str) -> Fault:
    """A black hole between the services and a server: connections stand, and nothing passes."""

    async def fault(site: Site, seconds: float) -> None:
        site.proxies[kind].hold()
        try:
            await asyncio.sleep(seconds)
        finally:
            site.proxies[kind].resume()

    return fault


async def links_cut(site: Site, seconds: float) -> None:
    """Every connection of a service to a server is reset, of one server after the other, again and again."""
    for number in range(round(seconds / CUTS_EVERY_SECONDS)):
        site.proxies[SERVERS[number % len(SERVERS)]].cut()
        await asyncio.sleep(CUTS_EVERY_SECONDS)


def alarm(raise_alarm: Callable[[Servers], None]) -> Fault:
    """An alarm of the broker, which then takes nothing that is published."""

    async def fault(site: Site, seconds: float) -> None:
        try:
            await asyncio.to_thread(raise_alarm, site.servers)
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(site.servers.end_alarms)

    return fault


async def backends_terminated(site: Site, seconds: float) -> None:
    """Every session of the services is ended, again and again."""
    async with (
        asyncio.timeout(seconds + 30),
        await psycopg.AsyncConnection.connect(site.database_url, autocommit=True) as connection,
    ):
        for _ in range(round(seconds / CUTS_EVERY_SECONDS)):
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await asyncio.sleep(CUTS_EVERY_SECONDS)


async def flushed(site: Site, seconds: float) -> None:
    """Redis forgets everything, again and again."""
    async with Redis.from_url(site.redis_url) as redis:
        for _ in range(round(seconds / FLUSHES_EVERY_SECONDS)):
            await redis.flushall()
            await asyncio.sleep(FLUSHES_EVERY_SECONDS)


def processes_killed(*services: str) -> Fault:
    """kill -9 at random moments; each is started again at once."""

    async def fault(site: Site, seconds: float) -> None:
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline:
            service = site.chance.choice(services)
            await site.product.kill(service)
            await site.product.start(service)
            await asyncio.sleep(site.chance.uniform(*BETWEEN_KILLS))

    return fault


async def worker_killed_with_full_hands(site: Site, seconds: float) -> None:
    """Deliveries pile up before a worker that stands still; it takes them all, Postgres stands still, and it dies."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        worker = site.product.processes["queue_worker"]
        worker.send_signal(signal.SIGSTOP)
        await asyncio.sleep(STILL_SECONDS)
        await asyncio.to_thread(site.servers.freeze, "postgres")
        try:
            worker.send_signal(signal.SIGCONT)
            await asyncio.sleep(STILL_SECONDS)
            await until(partial(_waits, worker.pid), what="a worker that can do no more")
            await site.product.kill("queue_worker")
        finally:
            await asyncio.to_thread(site.servers.thaw, "postgres")
        await site.product.start("queue_worker")


def _waits(pid: int) -> bool:
    """Whether a process waits for something else than a processor."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "S"


async def everything_killed(site: Site, seconds: float) -> None:
    """All servers and services at once, as when the machine loses its power, but for what the disk had not written."""
    await asyncio.gather(
        *(site.product.kill(service) for service in SERVICES),
        *(asyncio.to_thread(site.servers.kill, kind) for kind in SERVERS),
    )
    await asyncio.sleep(seconds)
    await asyncio.gather(*(asyncio.to_thread(site.servers.start, kind) for kind in SERVERS))
    await site.product.start(*SERVICES)


# Leases that a worker can lose within seconds.
BRIEF = {"QUEUE_LEASE_SECONDS": "1"}
SMALL_SPOOL = {"WEBHOOK_SPOOL_MAX_BYTES": str(64 * 1024)}
ROOMY = {"WEBSOCKET_MAX_CONNECTIONS": "2000", "GATEWAY_CONNECTIONS_PER_CLINIC": "1000"}

SCENARIOS = [
    Scenario("broker-stopped", "RabbitMQ stopped, started again", stopped("rabbitmq")),
    Scenario("broker-killed", "RabbitMQ killed -9, started again", killed("rabbitmq")),
    Scenario("broker-frozen", "RabbitMQ frozen (SIGSTOP)", frozen("rabbitmq")),
    Scenario("disk-alarm", "RabbitMQ's disk alarm", alarm(Servers.raise_disk_alarm)),
    Scenario("memory-alarm", "RabbitMQ's memory alarm", alarm(Servers.raise_memory_alarm)),
    Scenario("postgres-restarted", "Postgres stopped (fast), started again", stopped("postgres")),
    Scenario("postgres-crashed", "Postgres stopped (immediate), recovers", killed("postgres", signal.SIGQUIT)),
    Scenario("postgres-killed", "Postgres killed -9, recovers", killed("postgres")),
    Scenario("postgres-frozen", "Postgres frozen (SIGSTOP)", frozen("postgres")),
    Scenario("backends-terminated", "Postgres ends all sessions 4 times a second", backends_terminated),
    Scenario("redis-stopped", "Redis stopped, started again empty", stopped("redis"), forgets=True),
    Scenario("redis-frozen", "Redis frozen (SIGSTOP)", frozen("redis")),
    Scenario("redis-flushed", "Redis flushed twice a second", flushed, forgets=True),
    Scenario("broker-parted", "nothing passes to RabbitMQ and back", parted("rabbitmq")),
    Scenario("postgres-parted", "nothing passes to Postgres and back", parted("postgres")),
    Scenario("redis-parted", "nothing passes to Redis and back", parted("redis")),
    Scenario("links-cut", "connections to all servers reset, four a second", links_cut),
    Scenario("receiver-killed", "receiver killed -9 again and again", processes_killed("webhook_receiver")),
    Scenario("worker-killed", "worker killed -9 again and again", processes_killed("queue_worker")),
    Scenario("api-killed", "API killed -9 again and again", processes_killed("api")),
    Scenario("gateway-killed", "gateway killed -9 again and again", processes_killed("realtime_gateway")),
    Scenario("all-killed", "receiver, worker, API and gateway killed -9 in any order", processes_killed(*SERVICES)),
    Scenario("full-hands", "worker killed -9 with all it can hold, Postgres frozen", worker_killed_with_full_hands),
    Scenario(
        "worker-stalled", "worker frozen beyond its leases, another takes over", worker_stalled, environment=BRIEF
    ),
    Scenario(
        "spool-full", "RabbitMQ stopped, the spool full", stopped("rabbitmq"), environment=SMALL_SPOOL, refuses=True
    ),
    Scenario("clocks-skewed", "tokens and signatures from clocks that are wrong", clocks_skewed),
    Scenario("reconnect-storm", "1,000 agents cut off at once, again and again", reconnect_storm, environment=ROOMY),
    Scenario("readers-stuck", "agents stop reading", some_stop_reading),
    Scenario("power-cut", "everything killed -9 at once", everything_killed, forgets=True),
]
