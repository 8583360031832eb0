"""What the browser tests and the pictures stand on: a database, the services' settings, a browser."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aio_pika
from playwright.async_api import Browser, Playwright

from deploy.demo.seed import seed
from shared.broker.topology import Topology
from shared.db.migrate import migrate
from tests.databases import new_database
from tests.public_clients.programs import chromium

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    # A microphone that beeps; who may hear it is still each context's to say.
    "--use-fake-device-for-media-stream",
)


@contextmanager
def demo_database(server_url: str, template: str | None = None) -> Iterator[str]:
    """A database with the demo data."""
    with new_database(server_url, template or "template1") as url:
        if template is None:
            migrate(url)
            seed(url)
        yield url


@asynccontextmanager
async def own_topology(rabbitmq: str) -> AsyncIterator[Topology]:
    """Names on the broker that nobody else uses; what was declared under them is deleted."""
    names = Topology(f"test.browser.{os.getpid()}")
    yield names
    async with await aio_pika.connect(rabbitmq) as connection:
        channel = await connection.channel()
        for queue in (names.queue, names.dead, names.former_queue):
            await channel.queue_delete(queue)
        for exchange in (names.exchange, names.dead):
            await channel.exchange_delete(exchange)


def settings_for_services(database: str, redis: str, rabbitmq: str, topology: Topology, folder: Path) -> dict[str, str]:
    """What the services are told."""
    return {
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "RABBITMQ_URL": rabbitmq,
        "WEBHOOK_QUEUE_NAME": topology.name,
        "WEBHOOK_SPOOL_DIR": str(folder / "spool"),
        "MEDIA_STORE": f"file:{folder}/media",
        "PROSA_ENV": "test",
        "PROSA_BIND_HOST": "127.0.0.1",
    }


async def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, without a screen."""
    return await playwright.chromium.launch(executable_path=chromium(), args=list(OPTIONS))
