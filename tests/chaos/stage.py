"""What trials share and what each has for itself: the queue, the database that is copied, what services are told."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import aio_pika
import psycopg
from redis.asyncio import Redis

from deploy.demo.seed import seed
from shared.auth.seal import DEVELOPMENT_KEY, seal
from shared.broker.declare import declare
from shared.broker.topology import Topology
from shared.db.migrate import migrate
from tests.chaos.servers import Servers
from tests.chaos.skewed_clocks import SIGNED_SOURCE, SIGNING_SECRET
from tests.databases import at_database
from tests.integration.queue_worker.evolution_stand_in import EvolutionStandIn
from tests.proxy import Proxy

TEMPLATE = "prosa_chaos_template"
TOPOLOGY = Topology("prosa.chaos")


def prepare(servers: Servers) -> None:
    """Declare the queue, and make the database that trials copy."""
    url = servers.url("postgres")
    _execute(url, f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
    _execute(url, f"CREATE DATABASE {TEMPLATE}")
    template = at_database(url, TEMPLATE)
    migrate(template)
    seed(template)
    with psycopg.connect(template) as connection:
        _sign(connection)
    asyncio.run(declare(servers.url("rabbitmq"), TOPOLOGY))


def _sign(connection: psycopg.Connection[tuple[int, int]]) -> None:
    """One source signs what it sends."""
    found = connection.execute("SELECT id, clinic_id FROM sources WHERE name = %s", [SIGNED_SOURCE]).fetchone()
    assert found is not None
    source_id, clinic_id = found
    sealed = seal((DEVELOPMENT_KEY,), source_id, "standard-webhooks", SIGNING_SECRET)
    connection.execute(
        "INSERT INTO source_secrets (clinic_id, source_id, purpose, sealed) VALUES (%s, %s, 'standard-webhooks', %s)",
        [clinic_id, source_id, sealed],
    )


@contextmanager
def trial_database(servers: Servers) -> Iterator[str]:
    """A database of its own; no connection is held meanwhile, because Postgres may be what is stopped."""
    name, url = f"prosa_chaos_{secrets.token_hex(6)}", servers.url("postgres")
    _execute(url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield at_database(url, name)
    finally:
        with suppress(psycopg.Error):  # a trial that broke down may have left Postgres stopped
            _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(statement.encode())


async def forget_everything(servers: Servers) -> None:
    """Empty Redis and the queue."""
    await asyncio.to_thread(servers.start, "redis")
    async with Redis.from_url(servers.url("redis")) as redis:
        await redis.flushall()
    async with await aio_pika.connect(servers.url("rabbitmq")) as connection:
        channel = await connection.channel()
        await (await channel.declare_queue(TOPOLOGY.queue, passive=True)).purge()


def services_environment(proxies: Mapping[str, Proxy], folder: Path, stand_in: EvolutionStandIn) -> dict[str, str]:
    """Leases and waits are short, so that what a fault leaves behind is soon taken up."""
    return {
        "DATABASE_URL": proxies["postgres"].url,
        "REDIS_URL": proxies["redis"].url,
        "RABBITMQ_URL": proxies["rabbitmq"].url,
        "WEBHOOK_QUEUE_NAME": TOPOLOGY.name,
        "WEBHOOK_SPOOL_DIR": str(folder / "spool"),
        "MEDIA_STORE": f"file:{folder / 'media'}",
        "PROSA_ENV": "test",
        "QUEUE_LEASE_SECONDS": "5",
        "QUEUE_BATCH_SIZE": "50",
        "EVOLUTION_API_URL": stand_in.url,
        "EVOLUTION_API_KEY": stand_in.key,
        "EVOLUTION_SEND_TIMEOUT": "3",
        "EVOLUTION_ECHO_WAIT": "2",
        # What the webhooks lost would be filled in, and the loss not be seen.
        "EVOLUTION_COMPARISON_INTERVAL": "0",
        "PROSA_BIND_HOST": "127.0.0.1",
    }
