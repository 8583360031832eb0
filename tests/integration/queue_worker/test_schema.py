"""A worker and the schema that it needs."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from shared.db import schema
from shared.db.pool import Pool
from shared.db.schema import SchemaBehindError, check_schema
from tests.factories import envelope, evolution_message
from tests.integration.queue_worker.queue_rows import Owner, queued
from tests.integration.queue_worker.working import messages, take_in_webhooks
from tests.product import Product, running_product
from tests.waiting import until

VERSIONS = Path(schema.__file__).parent / "migrations" / "versions"


def test_the_newest_revision_is_the_one_that_is_asked_for() -> None:
    """Whoever adds a migration says so where it is waited for."""
    assert max(path.name[:4] for path in VERSIONS.glob("[0-9]*.py")) == schema.REVISION


async def test_a_worker_takes_nothing_in_hand_before_the_schema_is_there(
    owner: Owner, worker_pool: Pool, database_url: str, redis_url: str, rabbitmq_url: str, tmp_path: Path
) -> None:
    """Started too early it says what is missing, and works as soon as the migration is done."""
    await take_in_webhooks(worker_pool, [envelope(evolution_message("A"), source_id=1)])
    owner.execute("UPDATE alembic_version SET version_num = '0019'")
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
        "PROSA_ENV": "test",
    }
    environment["WEBHOOK_QUEUE_NAME"] = f"test.{tmp_path.name}"
    async with running_product(tmp_path, environment) as product:
        starting = asyncio.create_task(product.start("queue_worker"))
        try:
            await until(lambda: lacks_schema(product), within=30, what="the worker to say what is missing")
            assert [(row["status"], row["claims"]) for row in queued(owner)] == [("pending", 0)]
        finally:
            owner.execute("UPDATE alembic_version SET version_num = %s", [schema.REVISION])
        await starting
        await until(lambda: len(messages(owner)) == 1, what="the message to be stored")


async def lacks_schema(product: Product) -> bool:
    try:
        async with aiohttp.ClientSession() as http, http.get(product.readiness_url("queue_worker")) as answer:
            return answer.status == 503 and f"{schema.REVISION} is needed" in (await answer.json())["checks"]["schema"]
    except aiohttp.ClientError:
        return False


async def test_a_schema_from_before_the_question_is_an_older_one(owner: Owner, worker_pool: Pool) -> None:
    """There the service may not even ask."""
    owner.execute("REVOKE SELECT ON alembic_version FROM prosa_worker")
    try:
        with pytest.raises(SchemaBehindError, match=schema.REVISION):
            await check_schema(worker_pool)
    finally:
        owner.execute("GRANT SELECT ON alembic_version TO prosa_worker")


async def test_a_newer_schema_is_as_good(owner: Owner, worker_pool: Pool) -> None:
    """The release before goes on while the next one's migrations are there already."""
    owner.execute("UPDATE alembic_version SET version_num = '9999'")
    try:
        await check_schema(worker_pool)
    finally:
        owner.execute("UPDATE alembic_version SET version_num = %s", [schema.REVISION])
