"""Operators and the worker: what is decided at the API happens in the other process."""

from pathlib import Path
from typing import Any

import aio_pika
import aiohttp
import psycopg
from psycopg.rows import DictRow

from shared.broker.topology import Topology, declare_topology
from tests.dead_letters import add_dead_letter, the_dead_letter
from tests.factories import delivery, envelope
from tests.product import Product, running_product
from tests.waiting import until

Owner = psycopg.Connection[DictRow]


async def ask(product: Product, token: str | None, method: str, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.request(method, f"{product.api}/api{path}", json=body or None) as response:
            assert response.status < 300, await response.text()
            return await response.json()


async def sign_in(product: Product) -> str:
    credentials = {"email": "oper@demo.test", "password": "prosa-demo"}
    return str((await ask(product, None, "POST", "/auth/login", **credentials))["token"])


async def test_what_is_decided_at_the_api_is_done_by_the_worker(
    owner: Owner, environment: dict[str, str], tmp_path: Path, rabbitmq_url: str, topology: Topology
) -> None:
    """A replay that fails again, a retry that is stopped, a pause and its end, and what the broker gave up."""
    entry = add_dead_letter(owner, payload={"event": 7, "instance": "demo-wa"}, raw=None)
    async with running_product(tmp_path, environment, "api", "queue_worker") as product:
        token = await sign_in(product)
        await ask(product, token, "POST", f"/dlq/{entry['id']}/replay", mode="event")
        await until(lambda: the_dead_letter(owner, entry["id"])["attempts"], what="the replay's failure")
        again = the_dead_letter(owner, entry["id"])
        assert (again["state"], again["reason"]) == ("dead", "validation")
        assert [past["event"] for past in again["history"]] == ["replaying", "dead"]

        await ask(product, token, "POST", "/queue/pauses", kind="events", reason="manutenção")
        waiting = owner.execute(
            "INSERT INTO message_queue (clinic_id, source_id, message_type, payload) VALUES (1, 1, 'x', '{}') RETURNING id"
        ).fetchone()
        assert waiting is not None
        await until(lambda: _parked(owner), what="the paused row put aside")
        await ask(product, token, "POST", f"/queue/messages/{waiting['id']}/kill", reason="teste")
        await until(lambda: _died(owner, waiting["id"]), what="the stopped row among the dead")
        later = owner.execute(
            "INSERT INTO message_queue (clinic_id, source_id, message_type, payload) VALUES (1, 1, 'x', '{}') RETURNING id"
        ).fetchone()
        assert later is not None
        await until(lambda: _parked(owner), what="the next one put aside")
        await ask(product, token, "DELETE", "/queue/pauses?kind=events")
        await until(lambda: _died(owner, later["id"]), what="the resumed row worked")

        async with await aio_pika.connect(rabbitmq_url) as connection:
            channel = await connection.channel()
            await declare_topology(channel, topology)
            dead = await channel.get_exchange(topology.dead)
            batch = delivery(envelope({"event": "never worked"}, source_id=1))
            await dead.publish(aio_pika.Message(batch), topology.dead)
        found = await until(lambda: _undeliverable(owner), what="the broker's dead letter")
        assert b"never worked" in bytes(found[0]["raw"])
        listed = await ask(product, token, "GET", "/dlq?reason=undeliverable")
        assert listed["total"] == 1


def _parked(owner: Owner) -> bool:
    return owner.execute("SELECT 1 FROM message_queue WHERE scheduled_at = 'infinity'").fetchone() is not None


def _died(owner: Owner, message_id: Any) -> bool:
    return bool(owner.execute("SELECT 1 FROM failed_messages WHERE original_message_id = %s", [message_id]).fetchone())


def _undeliverable(owner: Owner) -> list[DictRow]:
    return owner.execute("SELECT raw FROM failed_messages WHERE reason = 'undeliverable'").fetchall()
