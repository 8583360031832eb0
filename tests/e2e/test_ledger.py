"""Nothing accepted is lost and nothing has two effects, while processes are killed."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow
from redis.asyncio import Redis

from shared.pubsub.channels import history_key, position_key
from tests.e2e.ledger import Ledger, assert_balanced, backlog, post_all, webhook
from tests.product import Product, running_product
from tests.waiting import until

WEBHOOKS = 5_000
PATIENTS = 40


@pytest.mark.timeout(300)
async def test_every_accepted_webhook_is_stored_once_while_worker_and_receiver_are_killed(
    environment: dict[str, str], owner: psycopg.Connection[DictRow], redis: Redis, tmp_path: Path
) -> None:
    """Every 200 is one stored message and one live event, though worker and receiver are killed -9 again and again."""
    ledger = Ledger()
    async with running_product(tmp_path, environment, "webhook_receiver", "queue_worker") as product:
        webhooks = (webhook(index, PATIENTS) for index in range(WEBHOOKS))
        url = f"{product.receiver}/webhooks/evolution/demo-evolution-token"
        posting = asyncio.create_task(post_all(url, webhooks, ledger, connections=32))
        await _kill_at(product, ledger, "queue_worker", [300, 800, 1300, 1800, 2300])
        await _kill_at(product, ledger, "webhook_receiver", [2800, 3300, 3800, 4300])
        await posting

        await until(lambda: _stored(owner) >= WEBHOOKS and backlog(owner) == 0, within=200, what="everything processed")

    assert len(ledger.accepted) == WEBHOOKS
    assert_balanced(owner, ledger)
    await _assert_gapless(redis, owner)


async def _kill_at(product: Product, ledger: Ledger, service: str, marks: list[int]) -> None:
    for mark in marks:
        await until(partial(_accepted, ledger, mark), within=60, what=f"{mark} webhooks accepted")
        await product.kill(service)
        await product.start(service)


def _accepted(ledger: Ledger, mark: int) -> bool:
    return len(ledger.accepted) >= mark


def _stored(owner: psycopg.Connection[DictRow]) -> int:
    row = owner.execute("SELECT count(*) AS stored FROM messages").fetchone()
    assert row is not None
    return int(row["stored"])


async def _assert_gapless(redis: Redis, owner: psycopg.Connection[DictRow]) -> None:
    """Each conversation's channel was given exactly one number a message, and its history ends without a hole."""
    for row in owner.execute("SELECT conversation_id, count(*) AS messages FROM messages GROUP BY 1").fetchall():
        channel = f"conversa:{row['conversation_id']}"
        assert int(str(await redis.hget(position_key(1, channel), "seq"))) == row["messages"]
        entries: Any = await redis.xrange(history_key(1, channel))
        ids = [int(entry_id.split("-")[0]) for entry_id, _ in entries]
        assert ids == list(range(ids[0], row["messages"] + 1))
