"""A patient's message, from the webhook to the clinic's own system, through a worker that dies while it tells it."""

import asyncio
from pathlib import Path

import aiohttp
import psycopg
import pytest
from aiohttp import web
from psycopg.rows import DictRow

from tests.e2e.test_tenancy import ask, token_of
from tests.factories import evolution_message
from tests.integration.queue_worker.hook_stand_in import hook_stand_in
from tests.product import running_product
from tests.waiting import until

WORDS = "uma dor que ninguém saiba"


def logged(folder: Path) -> str:
    """What every service has logged."""
    return "".join(log.read_text() for log in folder.glob("*.log"))


@pytest.mark.timeout(120)
async def test_a_message_reaches_the_clinics_system_though_the_worker_is_killed(
    environment: dict[str, str], tmp_path: Path, owner: psycopg.Connection[DictRow]
) -> None:
    """kill -9 in the middle of the call: the next worker tells it again under the same id; no log tells what was said."""
    called, killed = asyncio.Event(), asyncio.Event()

    async def late(_: web.Request) -> web.StreamResponse:
        called.set()
        await killed.wait()
        return web.Response(status=204)

    owner.execute("UPDATE users SET role = 'admin' WHERE email = 'ana@demo.test'")
    allowed = {"OUTGOING_WEBHOOK_ALLOWED_HOSTS": "127.0.0.1", "OUTGOING_WEBHOOK_TIMEOUT": "5"}
    services = ("webhook_receiver", "queue_worker", "api")
    async with (
        hook_stand_in() as system,
        running_product(tmp_path, environment | allowed, *services) as product,
        aiohttp.ClientSession() as http,
    ):
        ana = await token_of(http, product, "ana@demo.test")
        path = f"{product.api}/api/webhook-destinations"
        body = {"name": "n8n", "url": system.url, "events": ["message.created"]}
        async with http.post(path, json=body, headers={"Authorization": f"Bearer {ana}"}) as response:
            assert response.status == 201, await response.text()
            made = await response.json()
        system.answers.append(late)
        hook = f"{product.receiver}/webhooks/evolution/demo-evolution-token"
        async with http.post(hook, json=evolution_message("3EB0AA", WORDS)) as response:
            assert response.status == 200
        await asyncio.wait_for(called.wait(), 30)
        await product.kill("queue_worker")
        killed.set()
        owner.execute("UPDATE message_queue SET locked_until = now()")  # as if its lease were over
        await product.start("queue_worker")

        async def delivered() -> bool:
            shown = (await ask(http, product, ana, f"/api/webhook-destinations/{made['destination']['id']}"))[1]
            return bool(shown["destination"]["state"]["last_outcome"] == "delivered")

        await until(delivered, within=30, what="the delivery")
        first, second = system.hooks
        assert (first.id, first.body) == (second.id, second.body)
        assert second.event["data"]["content"] == WORDS
        assert second.signed_with(made["secret"])
        assert set((await product.stop()).values()) == {0}
    assert not [word for word in (WORDS, made["secret"], system.url) if word in logged(tmp_path)]
