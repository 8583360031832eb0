"""The whole product over the test servers, with its own database and queue."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.broker.topology import Topology


@pytest.fixture
def environment(
    database_url: str, redis_url: str, redis: Redis, rabbitmq_url: str, topology: Topology, tmp_path: Path
) -> dict[str, str]:
    """What every service is told. Leases are short, so that a killed worker's work is soon taken up."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
        "WEBHOOK_QUEUE_NAME": topology.name,
        "WEBHOOK_SPOOL_DIR": str(tmp_path / "spool"),
        "MEDIA_STORE": f"file:{tmp_path}/media",
        "PROSA_ENV": "test",
        "QUEUE_LEASE_SECONDS": "2",
        "QUEUE_BATCH_SIZE": "50",
        "WEBHOOK_RATE_PER_SECOND": "100000",  # one source sends here what in life many do
        "WEBHOOK_RATE_BURST": "100000",
    }
