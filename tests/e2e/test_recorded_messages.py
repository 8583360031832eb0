"""Every recorded message of every Evolution version, through the whole product, seen as an agent sees it."""

import json
import random
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from psycopg.rows import DictRow

from services.queue_worker.facts import MessageFact
from tests.e2e.ledger import backlog
from tests.product import ROOT, Product, running_product
from tests.unit.interpretation.expected import MESSAGES
from tests.waiting import until

FIXTURES = ROOT / "tests" / "fixtures" / "evolution"
RELAYED_BY_N8N = {"043_n8n-array_n8n_wrapped"}
FACTS = {name: fact for name, fact in MESSAGES.items() if name not in RELAYED_BY_N8N}
SHUFFLE = 20261120


def as_of_demo_clinic(name: str) -> bytes:
    """The recorded body, as if the demo clinic's instance had sent it."""
    body = json.loads((FIXTURES / f"{name}.json").read_text())
    return json.dumps(body | {"instance": "demo-wa"}).encode()


async def post_twice_in_any_order(http: aiohttp.ClientSession, product: Product) -> None:
    names = [*FACTS, *FACTS]
    random.Random(SHUFFLE).shuffle(names)
    for name in names:
        url = f"{product.receiver}/webhooks/evolution/demo-evolution-token"
        headers = {"Content-Type": "application/json"}
        async with http.post(url, data=as_of_demo_clinic(name), headers=headers) as response:
            assert response.status == 200, name


async def messages_seen(http: aiohttp.ClientSession, product: Product) -> AsyncIterator[tuple[Any, Any]]:
    """Every message the API shows to ana, with its conversation's list entry, page by page."""
    login = {"email": "ana@demo.test", "password": "prosa-demo"}
    async with http.post(f"{product.api}/api/auth/login", json=login) as response:
        headers = {"Authorization": f"Bearer {(await response.json())['token']}"}

    async def ask(path: str, **query: str) -> Any:
        async with http.get(f"{product.api}/api/conversations-simple{path}", params=query, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    for conversation in (await ask(""))["conversations"]:
        page = await ask(f"/{conversation['id']}/messages")
        while True:
            for message in page["messages"]:
                yield conversation, message
            if not page["has_more"]:
                break
            page = await ask(f"/{conversation['id']}/messages", before=page["next_before"])


def expected_view(fact: MessageFact) -> dict[str, Any]:
    return {
        "sender_type": fact.sender_type,
        "sender_name": fact.sender_name,
        "content": fact.content,
        "message_type": fact.message_type,
        "at": fact.timestamp,
        "reply_to": fact.reply_to,
        "files": [(file.file_name, file.file_type) for file in fact.attachments],
        "phone": next((address.value for address in fact.party.addresses if address.kind == "phone"), None),
    }


def view(conversation: Mapping[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
    # Sizes change from what was announced to what was stored, some moments later.
    files = [(file["file_name"], file["file_type"]) for file in message["attachments"]]
    same = ("sender_type", "sender_name", "content", "message_type", "reply_to")
    return {name: message[name] for name in same} | {
        "at": datetime.fromisoformat(message["timestamp"]),
        "files": files,
        "phone": conversation["contact_phone"],
    }


@pytest.mark.timeout(120)
async def test_every_recorded_message_posted_twice_is_shown_once_as_it_was_said(
    environment: dict[str, str], owner: psycopg.Connection[DictRow], tmp_path: Path
) -> None:
    """All versions' texts, media, replies, LIDs and odd timestamps end as the right message of the right contact, once."""
    services = ("webhook_receiver", "queue_worker", "api")
    async with running_product(tmp_path, environment, *services) as product, aiohttp.ClientSession() as http:
        await post_twice_in_any_order(http, product)
        await until(lambda: _taken_in(owner) and backlog(owner) == 0, within=30, what="everything processed")
        seen = [pair async for pair in messages_seen(http, product)]

    by_id: dict[str, list[dict[str, Any]]] = {}
    for conversation, message in seen:
        by_id.setdefault(message["external_id"], []).append(view(conversation, message))
    for name, fact in FACTS.items():
        named = [fact.provider_id] if not fact.provider_id.startswith("digest:") else _digests(by_id)
        shown = [one for provider_id in named for one in by_id[provider_id]]
        assert shown == [expected_view(fact)], name
    assert len(seen) == len({fact.provider_id for fact in FACTS.values()})
    assert owner.execute("SELECT error_message FROM failed_messages").fetchall() == []


def _taken_in(owner: psycopg.Connection[DictRow]) -> bool:
    row = owner.execute("SELECT count(*) AS events FROM webhook_events").fetchone()
    return row is not None and row["events"] == len({as_of_demo_clinic(name) for name in FACTS})


def _digests(by_id: Mapping[str, Any]) -> list[str]:
    return [provider_id for provider_id in by_id if provider_id.startswith("digest:")]
