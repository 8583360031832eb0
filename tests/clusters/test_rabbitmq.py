"""Webhooks on a RabbitMQ cluster of three nodes, of which one is killed, and then another."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from psycopg.rows import DictRow

from shared.broker.declare import declare
from shared.broker.topology import Topology
from tests.e2e.ledger import Ledger, assert_balanced, backlog, post_all, webhook
from tests.integration.webhook_receiver.receiver import EVOLUTION, JSON
from tests.product import Product, running_product
from tests.rabbitmq_cluster import Cluster, rabbitmq_cluster
from tests.waiting import until

Owner = psycopg.Connection[DictRow]

PATIENTS = 10
SOME = 100
ASKED_APART = 10_000_000  # the one webhook that the receiver without a spool is asked to take, again and again
RECOVERS_WITHIN_SECONDS = 120.0


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with rabbitmq_cluster(tmp_path / "cluster") as nodes:
        yield nodes


@pytest.mark.timeout(400)
async def test_the_loss_of_a_leader_costs_nothing_and_that_of_a_majority_no_webhook(
    cluster: Cluster, environment: dict[str, str], topology: Topology, owner: Owner, tmp_path: Path
) -> None:
    """With two of three nodes webhooks go on to be stored, with one they go to the spool or are refused, and when the first
    that was killed is back all that was ever accepted is stored once, though the last to lead stays away.
    """
    await declare(cluster.urls, topology)
    leader = await cluster.leader(topology.queue)
    told, ledger, ending = environment | {"RABBITMQ_URL": cluster.urls}, Ledger(), asyncio.Event()
    spoolless = told | {"WEBHOOK_SPOOL_MAX_BYTES": "0", "WEBHOOK_SPOOL_DIR": str(tmp_path / "none")}
    apart = tmp_path / "apart"
    apart.mkdir()
    async with (
        running_product(tmp_path, told, "webhook_receiver", "queue_worker") as product,
        running_product(apart, spoolless, "webhook_receiver") as without_spool,
    ):
        posting = asyncio.create_task(
            post_all(product.receiver + EVOLUTION, _webhooks(ending), ledger, connections=2), name="posting"
        )
        await _goes_on(owner, ledger)

        await leader.kill()
        await _goes_on(owner, ledger)

        await (await cluster.leader(topology.queue)).kill()
        await until(partial(_answers, without_spool, ledger, 503), within=RECOVERS_WITHIN_SECONDS, what="a refusal")
        await until(partial(_spooled, product), what="webhooks in the spool")
        before = len(ledger.accepted)
        await until(lambda: len(ledger.accepted) > before + SOME, what="webhooks accepted all the same")

        await leader.start()
        await until(partial(_answers, without_spool, ledger, 200), within=RECOVERS_WITHIN_SECONDS, what="an acceptance")
        ending.set()
        await posting
        await until(
            lambda: _stored(owner) >= len(ledger.accepted) and backlog(owner) == 0,
            within=RECOVERS_WITHIN_SECONDS,
            what="everything stored",
        )
    assert_balanced(owner, ledger)


def _webhooks(ending: asyncio.Event) -> Iterator[dict[str, Any]]:
    for index in count():
        if ending.is_set():
            return
        yield webhook(index, PATIENTS)


async def _goes_on(owner: Owner, ledger: Ledger) -> None:
    """Return once webhooks that were accepted from now on are stored: by way of the broker, for the spool leads there too."""
    accepted = len(ledger.accepted)
    await until(
        lambda: _stored(owner) >= accepted + SOME,
        within=RECOVERS_WITHIN_SECONDS,
        what=f"{SOME} more webhooks stored than the {accepted} accepted before",
    )


def _stored(owner: Owner) -> int:
    row = owner.execute("SELECT count(*) AS stored FROM messages").fetchone()
    assert row is not None
    return int(row["stored"])


async def _answers(product: Product, ledger: Ledger, status: int) -> bool:
    body = webhook(ASKED_APART, PATIENTS)
    async with aiohttp.ClientSession() as http:
        async with http.post(product.receiver + EVOLUTION, json=body, headers=JSON) as response:
            if response.status == 200:
                ledger.accepted[body["data"]["key"]["id"]] = body["data"]["message"]["conversation"]
            else:
                assert response.status == 503
            return response.status == status


async def _spooled(product: Product) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"{product.receiver}/metrics") as response:
        lines = (await response.text()).splitlines()
    return any(line.startswith("webhook_receiver_spool_bytes ") and float(line.split()[1]) > 0 for line in lines)
