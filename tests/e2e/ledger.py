"""The ledger: what was accepted, against what is there. The small form of the product's chief proof."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psycopg
from psycopg.rows import DictRow

RETRY_SECONDS = 0.05


@dataclass
class Ledger:
    """Which messages were answered 200, and how often they were posted."""

    accepted: dict[str, str] = field(default_factory=dict)
    posts: int = 0


def webhook(index: int, patients: int) -> dict[str, Any]:
    """The `index`-th text of a clinic with so many patients, in Evolution 2.3.7's shape."""
    phone = f"55119{55550000 + index % patients}"
    return {
        "event": "messages.upsert",
        "instance": "demo-wa",
        "data": {
            "key": {"remoteJid": f"{phone}@s.whatsapp.net", "fromMe": False, "id": f"LEDGER{index:08d}"},
            "pushName": f"Paciente {index % patients}",
            "status": "DELIVERY_ACK",
            "message": {"conversation": f"mensagem {index}"},
            "messageType": "conversation",
            "messageTimestamp": 1_795_000_000 + index // 10,
            "instanceId": "8b61b42e-1eb3-4892-a002-097eff896de0",
            "source": "android",
        },
        "destination": "http://127.0.0.1/hook",
        "date_time": "2026-11-20T09:36:41.000Z",
        "server_url": "http://127.0.0.1:8087",
        "apikey": "a-secret-that-is-never-stored",
    }


async def post_all(url: str, webhooks: Iterator[dict[str, Any]], ledger: Ledger, *, connections: int) -> None:
    """Post like Evolution: again and again, the same bytes, until there is a 200. What was answered is written down."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:

        async def poster() -> None:
            for body in webhooks:
                await _post_until_accepted(http, url, body, ledger)

        await asyncio.gather(*(poster() for _ in range(connections)))


async def _post_until_accepted(http: aiohttp.ClientSession, url: str, body: dict[str, Any], ledger: Ledger) -> None:
    raw = json.dumps(body).encode()
    while True:
        ledger.posts += 1
        try:
            async with http.post(url, data=raw, headers={"Content-Type": "application/json"}) as response:
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        if status == 200:
            ledger.accepted[body["data"]["key"]["id"]] = body["data"]["message"]["conversation"]
            return
        assert status in (0, 503), f"a transient fault was answered {status}, which the sender takes as final"
        await asyncio.sleep(RETRY_SECONDS)


def backlog(database: psycopg.Connection[DictRow]) -> int:
    """What is still on its way inside Postgres."""
    row = database.execute(
        "SELECT (SELECT count(*) FROM message_queue) + (SELECT count(*) FROM outbox) AS waiting"
    ).fetchone()
    assert row is not None
    return int(row["waiting"])


def assert_balanced(database: psycopg.Connection[DictRow], ledger: Ledger) -> None:
    """Accepted ⊆ stored, each once, with its own words; summaries equal what they summarise; nothing is left over."""
    stored = database.execute("SELECT provider_id, content FROM messages").fetchall()
    assert len(stored) == len({row["provider_id"] for row in stored})
    assert {row["provider_id"]: row["content"] for row in stored} == ledger.accepted
    wrong = database.execute(
        """
        SELECT c.id FROM conversations c JOIN LATERAL (
          SELECT count(*) FILTER (WHERE sender_type = 'patient') AS unread, max("timestamp") AS newest
          FROM messages m WHERE m.conversation_id = c.id
        ) AS seen ON true WHERE (c.unread_count, c.last_message_at) IS DISTINCT FROM (seen.unread, seen.newest)
        """
    ).fetchall()
    assert wrong == []
    assert database.execute("SELECT * FROM failed_messages").fetchall() == []
    assert backlog(database) == 0
