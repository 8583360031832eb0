"""A patient's picture, from the webhook to the agent, through a worker that dies while it fetches it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psycopg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from psycopg.rows import DictRow

from tests.e2e.test_tenancy import ask, token_of
from tests.integration.queue_worker.fetching import PNG, picture
from tests.product import running_product
from tests.waiting import until

Owner = psycopg.Connection[DictRow]


class HesitantEvolution:
    """Holds the first call until it is broken off, and answers the next."""

    def __init__(self) -> None:
        self.held = asyncio.Event()

    async def file(self, _request: web.Request) -> web.Response:
        if not self.held.is_set():
            self.held.set()
            await asyncio.Event().wait()
        return web.json_response({"mediaType": "imageMessage", "base64": base64.b64encode(PNG).decode()}, status=201)


@pytest.fixture
async def evolution() -> AsyncIterator[tuple[HesitantEvolution, str]]:
    hesitant = HesitantEvolution()
    app = web.Application()
    app.router.add_post("/chat/getBase64FromMediaMessage/{instance}", hesitant.file)
    server = TestServer(app)
    async with server:
        yield hesitant, str(server.make_url("/"))


@pytest.mark.timeout(120)
async def test_a_picture_reaches_the_agent_though_the_worker_is_killed(
    environment: dict[str, str], tmp_path: Path, owner: Owner, evolution: tuple[HesitantEvolution, str]
) -> None:
    """kill -9 in the middle of the fetch: the message is there at once, and the next worker stores the file."""
    hesitant, url = evolution
    services = ("webhook_receiver", "queue_worker", "api")
    async with (
        running_product(tmp_path, environment | {"EVOLUTION_API_URL": url}, *services) as product,
        aiohttp.ClientSession() as http,
    ):
        ana, carla = [await token_of(http, product, email) for email in ("ana@demo.test", "carla@outra.test")]
        hook = f"{product.receiver}/webhooks/evolution/demo-evolution-token"
        async with http.post(hook, json=picture("3EB0FE")) as response:
            assert response.status == 200
        await asyncio.wait_for(hesitant.held.wait(), 30)
        listed = (await ask(http, product, ana, "/api/conversations-simple"))[1]["conversations"]
        detail = (await ask(http, product, ana, f"/api/conversations-simple/{listed[0]['id']}"))[1]
        [pending] = detail["messages"][0]["attachments"]
        path = f"/api/attachments/{pending['id']}"
        assert pending["state"] == "pending"
        assert (await ask(http, product, ana, path))[1]["code"] == "media_pending"

        await product.kill("queue_worker")
        owner.execute("UPDATE media_jobs SET due_at = now()")  # as if its lease were over
        await product.start("queue_worker")

        state = "SELECT state FROM message_attachments"
        await until(lambda: owner.execute(state).fetchone() == {"state": "stored"}, within=30, what="the file")
        async with http.get(product.api + path, headers={"Authorization": f"Bearer {ana}"}) as response:
            assert (response.status, await response.read()) == (200, PNG)
            assert response.headers["Content-Type"] == "image/png"
        assert (await ask(http, product, carla, path))[0] == 404
