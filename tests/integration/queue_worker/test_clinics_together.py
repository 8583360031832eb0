"""A batch of several clinics: one commit, and nobody sees or harms another's."""

import json
from typing import Any

import pytest

from services.queue_worker import claims
from services.queue_worker.processor import CLINICS_AT_ONCE
from shared.db.pool import Pool
from tests.factories import envelope, evolution_message
from tests.integration.queue_worker.queue_rows import Owner, dead, queued
from tests.integration.queue_worker.working import LEASE, conversations, messages, processor, take_in_webhooks

PHONE = "5511955550001"


@pytest.fixture
def clinics(owner: Owner) -> list[tuple[int, int]]:
    """Some clinics more than one transaction takes, each with an instance: (clinic, source)."""
    made = []
    for number in range(CLINICS_AT_ONCE + 3):
        clinic = 100 + number
        owner.execute(
            "INSERT INTO clinics (id, slug, name) VALUES (%s, %s, 'C') ON CONFLICT DO NOTHING", [clinic, f"c{clinic}"]
        )
        row = owner.execute(
            "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (%s, 'evolution', %s, sha256(%s)) RETURNING id",
            [clinic, f"wa-{clinic}", f"token-{clinic}".encode()],
        ).fetchone()
        assert row is not None
        made.append((clinic, row["id"]))
    return made


def said(clinic: int, source: int, provider_id: str, **data: Any) -> Any:
    body = evolution_message(provider_id, "bom dia", phone=PHONE, instance=f"wa-{clinic}", **data)
    return envelope(body, source_id=source, clinic_id=clinic)


async def test_the_same_number_in_many_clinics_is_a_patient_of_each(
    owner: Owner, worker_pool: Pool, clinics: list[tuple[int, int]]
) -> None:
    """One batch, one number everywhere: a contact, a conversation and its own messages for each clinic."""
    await take_in_webhooks(worker_pool, [said(*clinic, f"M{n}") for n in range(3) for clinic in clinics])

    await processor(worker_pool).work(await claims.claim_batch(worker_pool, 1000, LEASE))

    assert sorted(row["clinic_id"] for row in conversations(owner)) == [clinic for clinic, _ in clinics]
    assert {row["unread_count"] for row in conversations(owner)} == {3}
    rows = owner.execute(
        "SELECT count(*) AS n FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " WHERE c.clinic_id <> m.clinic_id"
    ).fetchone()
    assert rows == {"n": 0}
    told = owner.execute("SELECT DISTINCT clinic_id, channel FROM outbox WHERE channel LIKE 'empresa:%'").fetchall()
    assert all(row["channel"] == f"empresa:{row['clinic_id']}" for row in told)
    assert queued(owner) == []


async def test_one_clinics_trouble_is_its_own(owner: Owner, worker_pool: Pool, clinics: list[tuple[int, int]]) -> None:
    """An event that the database refuses dies alone; everybody else's of the same transaction are done."""
    owner.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.provider_id = 'BAD' THEN RAISE EXCEPTION USING ERRCODE = '22000'; END IF; RETURN NEW; END $$"
    )
    owner.execute("CREATE TRIGGER refuse BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION refuse()")
    try:
        await take_in_webhooks(
            worker_pool, [said(*clinic, "BAD" if clinic == clinics[2] else "GOOD") for clinic in clinics]
        )
        await processor(worker_pool).work(await claims.claim_batch(worker_pool, 1000, LEASE))
    finally:
        owner.execute("DROP FUNCTION refuse() CASCADE")

    [entry] = dead(owner)
    assert (entry["clinic_id"], json.loads(bytes(entry["raw"]))["data"]["key"]["id"]) == (clinics[2][0], "BAD")
    assert len(messages(owner)) == len(clinics) - 1
    assert queued(owner) == []
