"""An agent of one clinic meets nothing of another, at any door."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.e2e.ledger import webhook
from tests.product import Product, running_product
from tests.waiting import until

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")


async def token_of(http: aiohttp.ClientSession, product: Product, email: str) -> str:
    async with http.post(f"{product.api}/api/auth/login", json={"email": email, "password": "prosa-demo"}) as response:
        assert response.status == 200
        return str((await response.json())["token"])


async def ask(
    http: aiohttp.ClientSession, product: Product, token: str, path: str, body: Any = None
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    method = "GET" if body is None else "POST"
    async with http.request(method, f"{product.api}{path}", headers=headers, json=body) as response:
        return response.status, await response.json(content_type=None)


async def join(product: Product, token: str, conversation: str) -> Any:
    protocols = [Subprotocol("prosa.v1"), Subprotocol(f"bearer.{token}")]
    async with connect(product.socket, subprotocols=protocols) as socket:
        command = {"id": "1", "type": "conversation:join", "data": {"conversation_id": conversation}}
        await socket.send(json.dumps(command))
        async for raw in socket:
            frame = json.loads(raw)
            if frame["type"] == "reply":
                return frame
    raise AssertionError("no reply")


@pytest.mark.timeout(120)
async def test_an_agent_of_another_clinic_can_neither_list_nor_read_nor_write_nor_join(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """What is another clinic's looks to carla exactly like what does not exist, over REST and over the socket."""
    async with running_product(tmp_path, environment, *SERVICES) as product, aiohttp.ClientSession() as http:
        url = f"{product.receiver}/webhooks/evolution/demo-evolution-token"
        async with http.post(url, json=webhook(1, 1)) as response:
            assert response.status == 200
        ana = await token_of(http, product, "ana@demo.test")
        carla = await token_of(http, product, "carla@outra.test")

        async def conversations(token: str) -> list[Any]:
            _, answer = await ask(http, product, token, "/api/conversations-simple")
            return list(answer["conversations"])

        [conversation] = await until(lambda: conversations(ana), what="ana sees the conversation")
        path = f"/api/conversations-simple/{conversation['id']}"
        assert await conversations(carla) == []
        for suffix in ("", "/messages", "/access"):
            missing_answer = await ask(http, product, carla, f"/api/conversations-simple/999999{suffix}")
            assert (await ask(http, product, ana, path + suffix))[0] == 200
            assert missing_answer[0] == 404
            assert await ask(http, product, carla, path + suffix) == missing_answer
        assert (await ask(http, product, carla, f"{path}/messages", {"content": "para quem?"}))[0] == 404
        assert (await join(product, ana, conversation["id"]))["ok"] is True
        refused, missing = await join(product, carla, conversation["id"]), await join(product, carla, "999999")
        assert refused["ok"] is False
        assert refused == missing
