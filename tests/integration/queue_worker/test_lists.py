"""Webhooks that list what they tell of: taken in as an event for each element, worked when there is time."""

import json
from typing import Any

from services.queue_worker import claims
from services.queue_worker.ingest.inbox import STATEMENT_EVENTS
from shared.db.pool import Pool
from tests.factories import INSTANCE, OWN_JID, evolution_message
from tests.integration.queue_worker.queue_rows import Owner, dead, queued
from tests.integration.queue_worker.working import (
    LEASE,
    conversation,
    messages,
    outbox,
    process,
    take_in,
    work,
)

SECRET = "2@SECRET-PAIRING-CODE"


def history(count: int, **beside: Any) -> dict[str, Any]:
    said = [evolution_message(f"H{n}", f"antiga {n}", at=n - 1_000_000)["data"] for n in range(count)]
    return {"event": "messages.set", "instance": INSTANCE, "data": said, "sender": OWN_JID, **beside}


def kept(owner: Owner) -> str:
    """Everything the database holds of what was received."""
    tables = ("webhook_events", "message_queue", "failed_messages", "messages", "source_states", "outbox")
    rows = [row for table in tables for row in owner.execute(f"SELECT * FROM {table}".encode()).fetchall()]
    return json.dumps(rows, default=repr)


async def test_a_history_is_stored_quietly_and_once(owner: Owner, worker_pool: Pool) -> None:
    """Each message in its place and its own time; nothing is unread, nobody is told of a single one."""
    await take_in(worker_pool, history(300, isLatest=True))
    await take_in(worker_pool, history(300, isLatest=True))
    assert len(queued(owner)) == 300
    await work(worker_pool)

    assert [row["provider_id"] for row in messages(owner)] == [f"H{n}" for n in range(300)]
    assert (conversation(owner)["unread_count"], dead(owner)) == (0, [])
    assert "message:new" not in {entry["event"]["type"] for entry in outbox(owner)}


async def test_what_is_said_now_overtakes_a_history(owner: Owner, worker_pool: Pool) -> None:
    """A patient who writes does not wait behind thousands of old messages."""
    await take_in(worker_pool, history(300))
    await take_in(worker_pool, evolution_message("NOW"))

    [first] = await claims.claim_batch(worker_pool, 1, LEASE)
    assert json.loads(first.payload)["data"]["key"]["id"] == "NOW"
    assert {row["priority"] for row in queued(owner) if row["message_type"] == "messages.set"} == {-10}


async def test_a_poisonous_element_costs_its_neighbours_nothing(owner: Owner, worker_pool: Pool) -> None:
    """What Postgres refuses is among the dead with its bytes; what nobody understands is, with its reason."""
    body = history(5)
    body["data"][1]["message"]["conversation"] = "a\x00b"
    body["data"][2]["key"] = {"id": "H2"}
    await process(worker_pool, body)

    assert [row["provider_id"] for row in messages(owner)] == ["H0", "H3", "H4"]
    assert {row["error_class"] for row in dead(owner)} == {"permanent"}
    assert b"H1" in next(bytes(row["raw"]) for row in dead(owner) if row["raw"] is not None)


async def test_more_events_than_a_statement_stores_are_stored_together(owner: Owner, worker_pool: Pool) -> None:
    """However many there are, it is one transaction, and they keep their order."""
    count = STATEMENT_EVENTS + 10
    listed = [{"keyId": f"K{n}", "status": "READ"} for n in range(count)]
    await take_in(worker_pool, {"event": "messages.update", "instance": INSTANCE, "data": listed})

    rows = owner.execute("SELECT payload->'data'->>'keyId' AS id FROM message_queue ORDER BY created_at").fetchall()
    assert [row["id"] for row in rows] == [f"K{n}" for n in range(count)]


async def test_a_code_that_opens_the_line_is_kept_nowhere(owner: Owner, worker_pool: Pool) -> None:
    """Neither where it is understood, nor as another instance's, nor in a shape that nobody knows."""
    qr = {"qrcode": {"code": SECRET, "base64": SECRET, "pairingCode": SECRET}}
    bodies = [{"event": "qrcode.updated", "instance": name, "data": qr} for name in (INSTANCE, "another")]
    await process(worker_pool, *bodies, {"event": "QRCODE_UPDATED", "instance": INSTANCE, "data": [SECRET]})

    assert SECRET not in kept(owner)
    assert (dead(owner), queued(owner)) == ([], [])
    assert owner.execute("SELECT state FROM sources WHERE id = 1").fetchone() == {"state": "pairing"}
