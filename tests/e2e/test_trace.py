"""`prosa trace` over the running product: from what a sender was told to all that came of it."""

import json
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from redis.asyncio import Redis

from tests.integration.cli.conftest import signed_in
from tests.integration.cli.running import Prosa
from tests.product import Product, running_product
from tests.waiting import until

Owner = psycopg.Connection[psycopg.rows.DictRow]

SERVICES = ("webhook_receiver", "queue_worker", "api")
WORDS = "Bom dia, quero remarcar"
PHONE = "5511955550001"
MESSAGE = {"event": "message.created", "phone": PHONE, "sender_type": "patient", "content": WORDS, "external_id": "n-1"}
ACTION = {"event": "action.created", "phone": PHONE, "action_type": "appointment_created", "action_data": {"id": 7}}
WAITING = ("pending", "processing", "retrying")  # Evolution is away: it goes round
UNKNOWN = str(uuid.UUID(int=7))
SENDERS = "0af7651916cd43dd8448eb211c80319c"


async def post(http: aiohttp.ClientSession, product: Product, body: object, **headers: str) -> str:
    """The correlation id of an accepted webhook."""
    async with http.post(f"{product.receiver}/webhooks/n8n/demo-n8n-token", json=body, headers=headers) as response:
        answer = await response.json()
    assert response.status == 200
    return str(answer["correlation_id"])


async def reply(http: aiohttp.ClientSession, product: Product, token: str, conversation: str) -> str:
    """The id of the request with which an agent answers."""
    async with http.post(
        f"{product.api}/api/conversations-simple/{conversation}/messages",
        json={"content": "Claro!", "client_message_id": "c-1"},
        headers={"Authorization": f"Bearer {token}"},
    ) as response:
        assert response.status == 201, await response.text()
        return response.headers["X-Request-ID"]


async def traced(prosa: Prosa, owner: Owner, correlation_id: str, *states: str) -> dict[str, Any]:
    """The trace, once the tables are in one of these states."""
    await until(lambda: stands(owner, correlation_id) in states, within=30, what=f"an event that is {states}")
    found: dict[str, Any] = (await prosa("trace", correlation_id, "--json")).ok().document["trace"]
    assert found["state"] in states
    return found


def stands(owner: Owner, correlation_id: str) -> str:
    """As the test sees it."""
    found = owner.execute(
        "SELECT (SELECT min(status) FROM message_queue WHERE correlation_id = %(id)s) AS queued,"
        " (SELECT min(state) FROM failed_messages WHERE correlation_id = %(id)s) AS dead,"
        " EXISTS (SELECT FROM webhook_events WHERE correlation_id = %(id)s) AS known",
        {"id": correlation_id},
    ).fetchone()
    assert found is not None
    return str(found["queued"] or found["dead"] or ("done" if found["known"] else "unknown"))


def said(trace: dict[str, Any], place: str) -> list[str]:
    return [step["what"] for step in trace["steps"] if step["place"] == place]


def _digits(trace: dict[str, Any]) -> str:
    """The id of the trace that is begun for what came in none."""
    return str(trace["correlation_id"]).replace("-", "")


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]


def _is_of(line: dict[str, Any], trace: dict[str, Any]) -> bool:
    return bool(line.get("correlation_id") == trace["correlation_id"])


@pytest.mark.timeout(120)
async def test_a_trace_shows_what_became_of_each_event(
    environment: dict[str, str], redis: Redis, owner: Owner, tmp_path: Path
) -> None:
    """A message with an action, a reply that Evolution does not take, an event that is dead; and never what anybody wrote."""
    home = tmp_path / "home"
    home.mkdir()
    async with (
        running_product(tmp_path, environment, *SERVICES) as product,
        aiohttp.ClientSession() as http,
    ):
        prosa = Prosa(home, {"DATABASE_URL": environment["DATABASE_URL"], "PROSA_API_URL": product.api})
        senders = {"traceparent": f"00-{SENDERS}-b7ad6b7169203331-01"}
        applied = await traced(prosa, owner, await post(http, product, [MESSAGE, ACTION], **senders), "done")
        dead = await traced(prosa, owner, await post(http, product, {"event": "message.created", "phone": 7}), "dead")
        token = (await signed_in(product, "ana@demo.test"))["PROSA_TOKEN"]
        [stored] = [step for step in applied["steps"] if step["place"] == "messages"]
        conversation = stored["what"].split("conversation ")[1].split(":")[0]
        sent = await traced(prosa, owner, await reply(http, product, token, conversation), *WAITING)
        shown = (await prosa("trace", sent["correlation_id"])).ok()
        unknown = await prosa("trace", UNKNOWN, "--json")
        wrong = await prosa("trace", "yesterday")

    assert (applied["clinic"]["slug"], applied["trace_id"]) == ("demo", SENDERS)
    assert [trace["trace_id"] for trace in (dead, sent)] == [_digits(dead), _digits(sent)]
    [failed] = [line for line in _lines(tmp_path / "queue_worker.log") if line["event"] == "message_failed"]
    assert (failed["correlation_id"], failed["trace_id"]) == (dead["correlation_id"], _digits(dead))
    assert {_digits(sent)} == {line["trace_id"] for line in _lines(tmp_path / "api.log") if _is_of(line, sent)}
    assert said(applied, "inbox") == [
        "received message.created from n8n demo-n8n",
        "received action.created from n8n demo-n8n",
    ]
    assert stored["what"] == f"stored in conversation {conversation}: text of patient, now delivered"
    assert said(applied, "actions") == [f"stored in conversation {conversation}: appointment_created"]
    assert [what.split(":")[0] for what in said(dead, "dead letters")][-1] == "dead"
    assert said(sent, "queue")[0] == "queued send.text"
    assert any(what.startswith("stored in conversation") for what in said(sent, "messages"))
    assert "queued send.text" in shown.out
    assert (unknown.code, unknown.problem["code"]) == (5, "unknown_correlation_id")
    assert wrong.code == 2
    assert all(text not in str((applied, dead, sent, shown.out)) for text in (WORDS, "Claro!", PHONE))
