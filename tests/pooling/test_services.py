"""The product works through PgBouncer in transaction mode as it does without."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from psycopg.rows import DictRow

from tests.browser.whatsapp import WhatsApp, whatsapp_behind
from tests.e2e.ledger import Ledger, assert_balanced, backlog, post_all, webhook
from tests.e2e.test_tenancy import ask, token_of
from tests.pooling.conftest import StartPooler
from tests.pooling.pgbouncer import PgBouncer
from tests.product import Product, running_product
from tests.waiting import until

Owner = psycopg.Connection[DictRow]

WEBHOOKS = 300
PATIENTS = 20
# Fewer than each service's own pool would open: they must share.
FEW = {"pool_size=4 ": "pool_size=2 ", "pool_size=24 ": "pool_size=3 "}
MOST_SERVER_CONNECTIONS = 2 + 3 + 3
ERRORS_OF_POOLING = ("prepared statement", "InvalidSqlStatementName", "permission denied", "the pooler's sessions")


def apart(pooler: PgBouncer) -> dict[str, dict[str, str]]:
    """Each service's own way in."""
    services = {"webhook_receiver": "receiver", "queue_worker": "worker", "api": "api"}
    return {
        service: {"DATABASE_URL": pooler.url(login, f"prosa_{login}"), "DATABASE_POOLING": "transaction"}
        for service, login in services.items()
    }


def complaints(logs: Path) -> list[str]:
    """What services logged that comes of a pooler between: each would be hidden by a second attempt."""
    said = "".join(log.read_text() for log in logs.glob("*.log"))
    return [words for words in ERRORS_OF_POOLING if words in said]


@pytest.mark.timeout(120)
async def test_webhooks_are_stored_and_replies_sent_over_few_connections(
    environment: dict[str, str], owner: Owner, tmp_path: Path, start_pooler: StartPooler
) -> None:
    """From a webhook to a telephone: everything accepted has one effect, a reply is sent once, and each clinic sees its own,
    with more clients than there are connections to Postgres.
    """
    ledger = Ledger()
    async with (
        start_pooler(FEW) as pooler,
        whatsapp_behind() as whatsapp,
        running_product(
            tmp_path, environment | {"EVOLUTION_API_URL": whatsapp.url},
            "webhook_receiver", "queue_worker", "api", apart=apart(pooler),
        ) as product,
        aiohttp.ClientSession() as http,
    ):  # fmt: skip
        whatsapp.report_to(product.receiver)
        url = f"{product.receiver}/webhooks/evolution/demo-evolution-token"
        await post_all(url, (webhook(index, PATIENTS) for index in range(WEBHOOKS)), ledger, connections=16)
        await until(lambda: _stored(owner) == WEBHOOKS and backlog(owner) == 0, within=60, what="everything processed")
        assert_balanced(owner, ledger)

        await _reply_is_sent_once(http, product, owner, whatsapp)
        await _clinics_stay_apart(http, product)
        clients = [row for row in await pooler.shown("CLIENTS") if str(row[2]).startswith("prosa_")]
        servers = [row for row in await pooler.shown("SERVERS") if str(row[2]).startswith("prosa_")]
        assert len(clients) > MOST_SERVER_CONNECTIONS >= len(servers)

    assert complaints(tmp_path) == []


async def _reply_is_sent_once(http: aiohttp.ClientSession, product: Product, owner: Owner, whatsapp: WhatsApp) -> None:
    ana = await token_of(http, product, "ana@demo.test")
    listed = (await ask(http, product, ana, "/api/conversations-simple"))[1]["conversations"]
    path = f"/api/conversations-simple/{listed[0]['id']}/messages"
    reply = {"content": "Temos horário às 15h.", "client_message_id": "b7ae2b3c-0a8a-4b0e-9f8e-3a2ad2f6d7a1"}
    status, answer = await ask(http, product, ana, path, reply)
    assert status == 201, answer

    def read() -> list[dict[str, Any]]:
        return owner.execute("SELECT * FROM messages WHERE content = %s", [reply["content"]]).fetchall()

    await until(
        lambda: read() and read()[0]["delivery_status"] in ("delivered", "read"), within=30, what="the reply's receipt"
    )
    [message] = read()
    assert whatsapp.received(message["provider_id"])


async def _clinics_stay_apart(http: aiohttp.ClientSession, product: Product) -> None:
    ana, carla = [await token_of(http, product, email) for email in ("ana@demo.test", "carla@outra.test")]

    async def total(token: str) -> int:
        status, answer = await ask(http, product, token, "/api/conversations-simple?limit=5")
        assert status == 200, answer
        return int(answer["total"])

    counted = await asyncio.gather(*(total(token) for _ in range(20) for token in (ana, carla)))
    assert counted == [PATIENTS, 0] * 20


def _stored(owner: Owner) -> int:
    [row] = owner.execute("SELECT count(*) AS stored FROM messages").fetchall()
    return int(row["stored"])
