"""Events in any order, in any batches, any number of times, worked by any number of workers: one and the same end."""

import asyncio
import random
from typing import Any
from uuid import uuid4

import pytest

from services.queue_worker import claims
from services.queue_worker.effects.apply import Clinic, Interpreted, apply_facts
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.events.envelope import WebhookEnvelope
from tests.factories import (
    CLINIC,
    envelope,
    evolution_echo,
    evolution_message,
    message_fact,
    moment,
    n8n_action,
    n8n_message,
)
from tests.integration.queue_worker.queue_rows import Owner, dead, make_due, queued, somebody_waits
from tests.integration.queue_worker.working import (
    LEASE,
    conversations,
    identities,
    messages,
    outbox,
    processor,
    take_in_webhooks,
    work,
    work_to_the_end,
)
from tests.waiting import until

SEEDS = range(80)
LID = "201122334455667@lid"


def story(number: int) -> list[WebhookEnvelope]:
    """What was said in one conversation: both sides, statuses, a picture, a rename, a relay, an action, a late name."""
    phone = f"55119{number:08}"
    external_id = f"5511965860124551{number:09}"
    picture = {"imageMessage": {"caption": "exame", "mimetype": "image/jpeg", "fileLength": "12345"}}

    def said(provider_id: str, text: str, at: float, **fields: Any) -> WebhookEnvelope:
        body = evolution_message(f"{provider_id}{number}", text, phone=phone, at=at, **fields)
        return envelope(body, source_id=1)

    def posted(body: dict[str, Any], at: float) -> WebhookEnvelope:
        named = body | {"phone": phone, "conversation_id": external_id, "timestamp": moment(at).isoformat()}
        return envelope(named, source_id=2, kind="n8n")

    return [
        said("A", "bom dia", 1, name="Ana"),
        said("B", "", 2, name="Aninha", message=picture, messageType="imageMessage"),
        said("C", "já vejo", 3, name=None, from_me=True, status="SERVER_ACK", event="send.message"),
        said("C", "já vejo", 3, name=None, from_me=True, status="READ"),
        said("D", "obrigada", 4, name="Ana"),
        posted(n8n_message("resumo da IA", sender_type="ai", external_id=f"N{number}"), 5),
        posted(n8n_action(external_id=f"act-{number}"), 6),
        said("E", "volte sempre", 7, name=None, from_me=True, status="DELIVERY_ACK"),
        posted(n8n_message("volte sempre", sender_type="ai", external_id=f"E{number}"), 7),
    ]


def told_somehow(number: int, chance: random.Random) -> list[list[WebhookEnvelope]]:
    """The story with some of it told twice, shuffled and cut into batches."""
    events = story(number)
    events += chance.sample(events, k=3)
    chance.shuffle(events)
    cuts = sorted(chance.sample(range(1, len(events)), k=chance.randint(0, 4)))
    return [events[start:end] for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)]


def end_of(owner: Owner, phone: str) -> dict[str, Any]:
    """Everything that is left of a conversation, but for what only says when and in which order it came."""
    [shown] = [row for row in conversations(owner) if row["phone"] == phone]
    kept = ("name", "name_origin", "status", "unread_count", "last_message", "last_message_type", "last_message_sender")
    said = ("provider_id", "sender_type", "sender_name", "content", "message_type", "timestamp", "delivery_status")
    return {
        **{name: shown[name] for name in (*kept, "last_message_at", "source_id", "external_id")},
        "messages": [
            {name: row[name] for name in said} for row in messages(owner) if row["conversation_id"] == shown["id"]
        ],
        "actions": owner.execute(
            "SELECT action_type, created_at FROM conversation_actions WHERE conversation_id = %s", [shown["id"]]
        ).fetchall(),
        "files": owner.execute(
            "SELECT a.file_type, a.file_size FROM message_attachments a JOIN messages m ON m.id = a.message_id"
            " WHERE m.conversation_id = %s",
            [shown["id"]],
        ).fetchall(),
        "addresses": sorted(address.replace(phone, "P") for address in identities_of(owner, shown["contact_id"])),
    }


def identities_of(owner: Owner, contact_id: int) -> set[str]:
    rows = owner.execute("SELECT kind, value FROM contact_identities WHERE contact_id = %s", [contact_id]).fetchall()
    return {f"{row['kind']}:{row['value'][:13]}" for row in rows}


def without_numbers(end: dict[str, Any], number: int) -> str:
    return repr(end).replace(f"{number:08}", "#").replace(f"{number:09}", "#").replace(f"{number}'", "#'")


async def test_every_order_every_batching_and_every_repetition_ends_the_same(owner: Owner, worker_pool: Pool) -> None:
    """Eighty tellings of one story leave eighty equal conversations: summary, unread, names, statuses, files, addresses."""
    numbers = [10_000_000 + seed for seed in SEEDS]
    for number in numbers:
        for batch in told_somehow(number, random.Random(number)):
            await take_in_webhooks(worker_pool, batch)
            await work(worker_pool)

    ends = {without_numbers(end_of(owner, f"55119{number:08}"), number): number for number in numbers}
    assert len(ends) == 1, "\n".join(f"{number}: {end}" for end, number in ends.items())
    [end] = [end_of(owner, f"55119{numbers[0]:08}")]
    assert (end["unread_count"], end["name"], end["last_message"]) == (3, "Ana", "volte sempre")
    assert end["last_message_sender"] == "ai"
    assert [row["delivery_status"] for row in end["messages"] if row["sender_type"] == "professional"] == ["read"]
    assert (dead(owner), queued(owner)) == ([], [])


async def test_a_story_told_once_is_told_to_agents_once(owner: Owner, worker_pool: Pool) -> None:
    """However often events repeat, each message is new once and each step of a status is told once."""
    for batch in told_somehow(7, random.Random(7)):
        await take_in_webhooks(worker_pool, batch)
        await work(worker_pool)

    events = [entry["event"] for entry in outbox(owner)]
    new = [event["data"]["external_id"] for event in events if event["type"] == "message:new"]
    assert sorted(new) == ["A7", "B7", "C7", "D7", "E7", "N7"]
    assert [event["type"] for event in events].count("conversation:updated") == 1


PEOPLE, EVENTS = 5, 200


@pytest.mark.parametrize("named", [True, False], ids=["with names", "without names"])
async def test_workers_at_once_make_one_contact_of_one_person(owner: Owner, worker_pool: Pool, named: bool) -> None:
    """Four processors in a race over 200 events of five new people: five contacts, five conversations, exact counts."""

    def said(n: int) -> WebhookEnvelope:
        name = f"P{n % PEOPLE} v{n}" if named else None
        return envelope(evolution_message(f"M{n}", phone=f"551195555000{n % PEOPLE}", name=name, at=n), source_id=1)

    webhooks = [said(n) for n in range(EVENTS)]
    random.Random(4).shuffle(webhooks)
    await take_in_webhooks(worker_pool, webhooks)

    async def work_alone() -> None:
        while claimed := await claims.claim_batch(worker_pool, 7, LEASE):
            await processor(worker_pool).work(claimed)

    await asyncio.gather(*(work_alone() for _ in range(4)))
    await work_to_the_end(worker_pool, owner)

    shown = conversations(owner)
    assert [row["unread_count"] for row in shown] == [EVENTS // PEOPLE] * PEOPLE
    assert len(messages(owner)) == EVENTS
    for row in shown:
        last = max(n for n in range(EVENTS) if row["phone"].endswith(str(n % PEOPLE)))
        assert row["last_message_at"] == moment(last)
        assert row["name"] == (f"P{last % PEOPLE} v{last}" if named else f"+{row['phone']}")
    assert (dead(owner), queued(owner)) == ([], [])


async def test_workers_at_once_learn_a_persons_aliases_as_one(owner: Owner, worker_pool: Pool) -> None:
    """Phone and LID arrive together in every event: however they race, nobody becomes two."""
    key = {"remoteJid": "5511955550001@s.whatsapp.net", "remoteJidAlt": LID, "fromMe": False}
    webhooks = [envelope(evolution_message(key=key | {"id": f"M{n}"}, at=n), source_id=1) for n in range(40)]
    await take_in_webhooks(worker_pool, webhooks)

    async def work_alone() -> None:
        while claimed := await claims.claim_batch(worker_pool, 2, LEASE):
            await processor(worker_pool).work(claimed)

    await asyncio.gather(*(work_alone() for _ in range(4)))

    assert [row["unread_count"] for row in conversations(owner)] == [40]
    assert len(identities(owner)) == 1


async def test_what_happens_in_one_conversation_happens_one_after_the_other(owner: Owner, worker_pool: Pool) -> None:
    """An older message, worked while a newer one is not committed yet, waits for it and does not take its place."""
    await take_in_webhooks(worker_pool, [envelope(evolution_message("A", name=None, at=1), source_id=1)])
    await work(worker_pool)
    newer = message_fact("C", timestamp=moment(10))
    await take_in_webhooks(worker_pool, [envelope(evolution_message("B", name=None, at=5), source_id=1)])

    async with tenant_transaction(worker_pool, CLINIC) as connection:
        await apply_facts(connection, [Interpreted(Clinic(CLINIC, "America/Sao_Paulo"), uuid4(), 1, True, (newer,))])
        working = asyncio.create_task(work(worker_pool))
        await until(lambda: somebody_waits(owner), what="the older message waiting")
    await working

    [shown] = conversations(owner)
    assert (shown["last_message_at"], shown["unread_count"]) == (moment(10), 3)


@pytest.mark.parametrize("seed", range(3))
async def test_deadlocks_cost_nothing(owner: Owner, worker_pool: Pool, seed: int) -> None:
    """Workers meet the same ten conversations in different orders, echoes and renames among it: all of it is done."""
    chance = random.Random(seed)
    webhooks = [
        envelope(
            chance.choice((evolution_message, evolution_echo))(
                f"M{n}", "oi", phone=f"551195555000{chance.randint(0, 9)}", at=n
            ),
            source_id=1,
        )
        for n in range(120)
    ]
    await take_in_webhooks(worker_pool, webhooks)
    batches = [batch for _ in range(12) if (batch := await claims.claim_batch(worker_pool, 10, LEASE))]

    await asyncio.gather(*(processor(worker_pool).work(batch) for batch in batches))
    make_due(owner)
    await work_to_the_end(worker_pool, owner)

    assert len(messages(owner)) == 120
    assert (dead(owner), queued(owner)) == ([], [])
    counted = owner.execute(
        "SELECT count(*) AS n FROM conversations c WHERE unread_count <> (SELECT count(*) FROM messages m"
        " WHERE m.conversation_id = c.id AND m.sender_type = 'patient')"
    ).fetchone()
    assert counted == {"n": 0}
