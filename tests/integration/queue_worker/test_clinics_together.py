"""A batch of several clinics: one commit, and nobody sees or harms another's."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from services.queue_worker import claims, housekeeping
from services.queue_worker import processor as processor_module
from services.queue_worker.effects.changes import Target, conversations_of, settle
from services.queue_worker.processor import Processor, ProcessorSettings
from services.queue_worker.silence.activity import Activity
from services.queue_worker.wakeup import NextIdle
from shared.db.pool import Pool, open_pool
from shared.db.tenant import batch_transaction
from tests.ending import end
from tests.factories import envelope, evolution_message, n8n_message
from tests.integration.queue_worker.queue_rows import Owner, dead, queued
from tests.integration.queue_worker.working import LEASE, conversations, messages, processor, take_in_webhooks

PHONE = "5511955550001"
PLANNED_AFTER = 6  # executions, and its plan is kept


@pytest.fixture
def clinics(owner: Owner) -> list[tuple[int, int]]:
    """Some clinics, each with an instance: (clinic, source)."""
    made = []
    for number in range(12):
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


async def test_one_name_for_two_patients_costs_nobody_a_repetition(
    owner: Owner, worker_pool: Pool, clinics: list[tuple[int, int]]
) -> None:
    """Where an integration calls two conversations of a batch the same, one is called so, and the batch is done."""
    clinic = clinics[2][0]
    row = owner.execute(
        "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (%s, 'n8n', 'flow', sha256('flow')) RETURNING id",
        [clinic],
    ).fetchone()
    assert row is not None
    named = [n8n_message(conversation_id="17", phone=f"551195555000{n}", external_id=f"N{n}") for n in (1, 2)]
    relayed = [envelope(body, source_id=row["id"], kind="n8n", clinic_id=clinic) for body in named]
    await take_in_webhooks(worker_pool, [*relayed, *(said(*one, "M0") for one in clinics)])

    await processor(worker_pool).work(await claims.claim_batch(worker_pool, 1000, LEASE))

    assert owner.execute("SELECT count(DISTINCT xmin::text) AS n FROM messages").fetchone() == {"n": 1}
    assert {row["external_id"] for row in conversations(owner) if row["clinic_id"] == clinic} == {"17", None}


async def test_a_clinic_with_many_messages_keeps_no_other_waiting(
    owner: Owner, worker_pool: Pool, clinics: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction ends with it; those with few share one."""
    monkeypatch.setattr(processor_module, "MESSAGES_AT_ONCE", 3)
    many, *few = clinics[:3]
    said_now = [*(said(*many, f"M{n}") for n in range(4)), *(said(*clinic, "M0") for clinic in few)]
    await take_in_webhooks(worker_pool, said_now)

    await processor(worker_pool).work(await claims.claim_batch(worker_pool, 1000, LEASE))

    transactions = owner.execute(
        "SELECT array_agg(DISTINCT clinic_id ORDER BY clinic_id) AS clinics, count(*) AS messages FROM messages"
        " GROUP BY xmin::text ORDER BY 1"
    ).fetchall()
    assert transactions == [
        {"clinics": [many[0]], "messages": 4},
        {"clinics": [clinic for clinic, _ in few], "messages": 2},
    ]
    assert queued(owner) == []


async def test_a_conversation_that_is_held_keeps_no_other_clinics_changes_waiting(
    owner: Owner, worker_pool: Pool, clinics: list[tuple[int, int]]
) -> None:
    """What came while its message was stored is shown in every other clinic; in that one as soon as it is let go."""
    held, *others = clinics[:3]
    await take_in_webhooks(worker_pool, [said(*clinic, "M0") for clinic in clinics[:3]])
    await processor(worker_pool).work(await claims.claim_batch(worker_pool, 1000, LEASE))
    owner.execute(
        "INSERT INTO message_changes (clinic_id, source_id, provider_id, kind, slot, at, value)"
        " SELECT clinic_id, source_id, provider_id, 'edit', 'x', now(), 'boa tarde' FROM messages"
    )

    with owner.transaction():
        owner.execute("SELECT FROM conversations WHERE clinic_id = %s FOR UPDATE", [held[0]])
        await housekeeping.settle_parked(worker_pool)
        edited = [row["clinic_id"] for row in messages(owner) if row["content"] == "boa tarde"]
    assert edited == [clinic for clinic, _ in others]

    await housekeeping.settle_parked(worker_pool)
    assert {row["content"] for row in messages(owner)} == {"boa tarde"}


async def test_a_batch_sees_its_own_clinics_and_no_others(
    owner: Owner, worker_pool: Pool, clinics: list[tuple[int, int]]
) -> None:
    """Row-level security holds within a batch too: what a statement forgot to ask is not answered."""
    await take_in_webhooks(worker_pool, [said(*clinic, "M0") for clinic in clinics])
    await processor(worker_pool).work(await claims.claim_batch(worker_pool, 1000, LEASE))
    two = {clinics[1][0], clinics[4][0]}

    async with batch_transaction(worker_pool, two) as connection:
        for table in ("contacts", "contact_identities", "conversations", "messages"):
            rows = await (await connection.execute(f"SELECT clinic_id FROM {table}".encode())).fetchall()
            assert {row["clinic_id"] for row in rows} == two, table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("INSERT INTO contacts (clinic_id, name) VALUES (%s, 'x')", [clinics[0][0]])


async def test_a_plan_that_was_made_while_there_was_nothing_reads_what_it_is_asked_for(
    owner: Owner, database_url: str, clinics: list[tuple[int, int]]
) -> None:
    """Messages are found by their names, also by a statement that was planned when there were none."""
    clinic, source = clinics[0]
    wanted = {Target(clinic, source, f"M{n}") for n in (7, 8)}
    async with open_pool(database_url, "prosa_worker", size=1) as pool:
        async with batch_transaction(pool, {clinic}) as connection:
            assert await conversations_of(connection, wanted) == {}
            for _ in range(PLANNED_AFTER):
                assert await settle(connection, wanted) == []
        owner.execute(
            "WITH c AS (INSERT INTO contacts (clinic_id, name) VALUES (%s, 'C') RETURNING clinic_id, id)"
            " INSERT INTO conversations (clinic_id, contact_id) SELECT * FROM c",
            [clinic],
        )
        owner.execute(
            "INSERT INTO messages (clinic_id, conversation_id, sender_type, content, source_id, provider_id)"
            " SELECT clinic_id, id, 'patient', '', %s, 'M' || n FROM conversations, generate_series(1, 1000) n",
            [source],
        )
        async with batch_transaction(pool, {clinic}) as connection:
            assert (await conversations_of(connection, wanted)).keys() == wanted
            assert await settle(connection, wanted) == []
            read = await connection.execute(
                "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'messages'"
            )
            assert await read.fetchall() == [{"idx_tup_fetch": 3 * len(wanted)}]


async def test_a_batch_is_as_many_statements_for_ten_clinics_as_for_one(
    worker_pool: Pool, clinics: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a batch costs does not grow with the clinics that it is of."""
    counts = []
    for some in (clinics[:1], clinics[1:11]):
        await take_in_webhooks(worker_pool, [said(*clinic, "M0") for clinic in some])
        claimed = await claims.claim_batch(worker_pool, 1000, LEASE)
        with monkeypatch.context() as patched:
            statements = count_statements(patched)
            await processor(worker_pool).work(claimed)
        counts.append(statements())
    assert counts[0] == counts[1] > 5


def count_statements(patched: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count what is sent to Postgres from now on."""
    sent: list[object] = []
    execute = psycopg.AsyncConnection.execute

    async def counted(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        sent.append(query)
        return await execute(self, query, *args, **options)

    patched.setattr(psycopg.AsyncConnection, "execute", counted)
    return lambda: len(sent)


async def test_who_finds_as_much_as_it_can_take_wakes_another(
    worker_pool: Pool, clinics: list[tuple[int, int]]
) -> None:
    """The intake rings once for however many it has stored."""
    bell = NextIdle()
    await take_in_webhooks(worker_pool, [said(*clinics[0], f"M{n}") for n in range(3)])
    limits = ProcessorSettings(batch_size=2, lease=LEASE, longest_sleep=60, max_attempts=3, dead_letters=True)
    idle = asyncio.create_task(bell.wait(60))
    await asyncio.sleep(0)
    busy = asyncio.create_task(
        Processor(worker_pool, limits, claims.claim_batch, bell, lambda _: None, Activity()).run()
    )
    try:
        await asyncio.wait_for(idle, 10)
    finally:
        await end(busy)
