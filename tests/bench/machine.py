"""What the figures were taken on."""

import asyncio
import os
import platform
from importlib.metadata import version
from pathlib import Path

import aio_pika
import psycopg
from redis import Redis

from tests.bench.servers import Servers


def describe_machine(servers: Servers) -> dict[str, str]:
    """Processor, memory, and the versions of everything that was in play."""
    with psycopg.connect(servers.database_url) as connection:
        postgres = str(connection.info.parameter_status("server_version"))
    return {
        "machine": f"{os.cpu_count()} cores ({_processor()}), {_memory()} GiB memory",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "servers": f"Postgres {postgres}, Redis {_redis(servers.redis_url)}, RabbitMQ {_rabbitmq()}",
        "libraries": ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "aio-pika", "psycopg", "websockets")),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _memory() -> int:
    return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)


def _redis(url: str) -> str:
    with Redis.from_url(url) as client:
        return str(client.info("server")["redis_version"])


def _rabbitmq() -> str:
    async def ask() -> str:
        connection = await aio_pika.connect(os.environ["PROSA_TEST_RABBITMQ_URL"])
        async with connection:
            properties = connection.transport.connection.server_properties  # type: ignore[union-attr]
            return str(properties["version"])

    return asyncio.run(ask())
