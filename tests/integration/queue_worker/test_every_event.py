"""Every recorded event of every version: in order, shuffled, doubled, on one worker and on four, one and the same end."""

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.queue_worker import claims, housekeeping, queue
from shared.db.pool import Pool
from shared.events.envelope import WebhookEnvelope
from tests.databases import restore_demo
from tests.factories import INSTANCE, OWN_JID, envelope, evolution_message, jid, moment, n8n_message
from tests.integration.queue_worker.queue_rows import Owner, make_due
from tests.integration.queue_worker.state import difference, fingerprint, state_of
from tests.integration.queue_worker.working import LEASE, processor, take_in_webhooks, work_to_the_end

FIXTURES = Path(__file__).parents[2] / "fixtures" / "evolution"
FROM_N8N = ("043", "147", "148")
SEEDS = range(6)


def recorded_webhooks() -> list[WebhookEnvelope]:
    """Every recorded body, as if the demo clinic's instance or its workflow had sent it, a second after the one before."""
    return [_webhook(path, second) for second, path in enumerate(sorted(FIXTURES.glob("*.json")))]


def _webhook(path: Path, second: int) -> WebhookEnvelope:
    body: Any = json.loads(path.read_text(encoding="utf-8"))
    from_n8n = path.name.startswith(FROM_N8N)
    if not from_n8n:
        body |= {"instance": INSTANCE}
    return envelope(
        body, source_id=2 if from_n8n else 1, kind="n8n" if from_n8n else "evolution", received_at=moment(second)
    )


def cut(webhooks: Sequence[WebhookEnvelope], chance: random.Random) -> list[list[WebhookEnvelope]]:
    """Some batches of what arrives one after the other."""
    ends = sorted(chance.sample(range(1, len(webhooks)), k=chance.randint(0, 8)))
    return [list(webhooks[start:end]) for start, end in zip([0, *ends], [*ends, len(webhooks)], strict=True)]


async def tell(
    owner: Owner, pool: Pool, webhooks: Sequence[WebhookEnvelope], chance: random.Random, workers: int
) -> dict[str, list[str]]:
    """Take webhooks in and have them worked until nothing is left to be done; returns what is left."""
    restore_demo(owner)
    for batch in cut(webhooks, chance):
        await take_in_webhooks(pool, batch)
        await asyncio.gather(*(_work_alone(pool, chance.choice((1, 3, 20))) for _ in range(workers)))
    # Two workers may have waited for one another: one of them tries again.
    make_due(owner)
    await queue.promote_scheduled(pool)
    await work_to_the_end(pool, owner)
    await housekeeping.settle_parked(pool)
    return state_of(owner)


async def _work_alone(pool: Pool, size: int) -> None:
    while claimed := await claims.claim_batch(pool, size, LEASE):
        await processor(pool).work(claimed)


async def assert_one_end(
    owner: Owner, pool: Pool, story: Callable[[], list[WebhookEnvelope]], workers: int, seeds: Sequence[int] = SEEDS
) -> dict[str, list[str]]:
    """The story in its order, and shuffled with much of it told again, ends the same."""
    straight = await tell(owner, pool, story(), random.Random(0), 1)
    for seed in seeds:
        chance = random.Random(seed)
        webhooks = story()
        webhooks += [repeated(webhook) for webhook in chance.sample(webhooks, k=len(webhooks) * 2 // 3)]
        chance.shuffle(webhooks)
        end = await tell(owner, pool, webhooks, chance, workers)
        assert fingerprint(end) == fingerprint(straight), f"seed {seed}\n{difference(straight, end)}"
    return straight


def repeated(webhook: WebhookEnvelope) -> WebhookEnvelope:
    """The same bytes, sent again."""
    body = webhook.body
    return envelope(body, source_id=webhook.source_id, kind=webhook.source_kind, received_at=webhook.received_at)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("workers", [1, 4])
async def test_every_recorded_event_in_any_order_ends_the_same(owner: Owner, worker_pool: Pool, workers: int) -> None:
    """All versions' events, shuffled, doubled and cut anyhow, leave the same tables; one that is no whole message is dead."""
    end = await assert_one_end(owner, worker_pool, recorded_webhooks, workers)

    assert end["queue"] == []
    [cut_short] = map(json.loads, end["dead"])  # the one item that n8n's documentation shows in part
    assert cut_short["error_message"] == "ShapeError: data.key.remoteJid is missing or not a string"
    assert len(end["messages"]) > 40


PHONE, LID = "5511955550001", "201122334455667@lid"
KEYS = ({"remoteJid": jid(PHONE)}, {"remoteJid": LID}, {"remoteJid": LID, "remoteJidAlt": jid(PHONE)})


def story(chance: random.Random) -> list[WebhookEnvelope]:
    """A conversation in which everything happens that can: some of it, told under one name of the patient or another."""
    bodies = [
        *(_said(f"P{n}", n, chance) for n in range(4)),
        *(_said(f"S{n}", 10 + n, chance, from_me=True, event="send.message", status="PENDING") for n in range(3)),
        _history(chance),
        *(_status(f"S{n}", status, chance) for n in range(3) for status in STATUSES),
        *(_edited(target, text, at) for target, text, at in (("P1", "um", 40), ("P1", "dois", 41), ("S1", "três", 42))),
        _event("messages.update", keyId="P2", remoteJid=jid(PHONE), fromMe=False, status="SERVER_ACK",
               message={"conversation": "sem data"}),
        _event("messages.delete", remoteJid=LID, fromMe=False, id="P3", status="DELETED"),
        _event("messages.edited", key={"id": "P3", "remoteJid": jid(PHONE), "fromMe": False}, type=0),
        *(_reacted("S1", emoji, at, chance) for emoji, at in (("👍", 50), ("❤️", 51), ("", 52))),
        _reacted("P0", "🙏", 53, chance, from_me=True),
        _event("contacts.upsert", remoteJid=jid(PHONE), pushName="Maria do Telefone"),
        _event("contacts.update", remoteJid=LID, pushName="Maria", profilePicUrl="https://pps.whatsapp.net/v/1"),
        _event("call", chatId=LID, id="C1", status="offer", date="2026-11-20T12:01:00.000Z", isVideo=False, isGroup=False,
               **{"from": LID}),
        _event("connection.update", state="open", statusReason=200),
        _event("connection.update", state="close", statusReason=401),
    ]  # fmt: skip
    told = [body for body in bodies if chance.random() < 0.8]
    # Told apart only, the two names would be two people to everybody.
    told.append(_said("LINK", 30, chance, key=KEYS[2]))
    webhooks = [envelope(body, source_id=1, received_at=moment(100 + n)) for n, body in enumerate(told)]
    posted = [
        n8n_message("pelo n8n", conversation_id="5511965860124551150391104", phone=PHONE, external_id="N1"),
        n8n_message("só o nome", conversation_id="5511965860124551150391104", external_id="N2"),
    ]
    return webhooks + [
        envelope(body | {"timestamp": moment(60 + n).isoformat()}, source_id=2, kind="n8n", received_at=moment(200 + n))
        for n, body in enumerate(posted)
    ]


STATUSES = ("SERVER_ACK", "DELIVERY_ACK", "READ")


def _event(name: str, **data: Any) -> dict[str, Any]:
    return {"event": name, "instance": INSTANCE, "data": data, "sender": OWN_JID}


def _said(
    provider_id: str, at: float, chance: random.Random, key: Any = None, from_me: bool = False, **fields: Any
) -> dict[str, Any]:
    # What we say names the chat by its number: a LID beside it would be ours.
    named = key or (KEYS[0] if from_me else chance.choice(KEYS))
    named = named | {"id": provider_id, "fromMe": from_me}
    return evolution_message(provider_id, f"texto {provider_id}", key=named, from_me=from_me, at=at, **fields)


def _history(chance: random.Random) -> dict[str, Any]:
    told = [_said(provider_id, at, chance)["data"] for provider_id, at in (("P0", 0), ("P2", 2), ("OLD", -900))]
    return {"event": "messages.set", "instance": INSTANCE, "data": told}


def _status(target: str, status: str, chance: random.Random) -> dict[str, Any]:
    key = {"remoteJid": chance.choice((jid(PHONE), LID)), "fromMe": True}
    if chance.random() < 0.5:
        return _event("messages.update", keyId=target, status=status, **key)
    return {
        "event": "messages.update",
        "instance": INSTANCE,
        "data": [{"key": key | {"id": target}, "update": {"status": status}}],
    }


def _edited(target: str, text: str, at: float) -> dict[str, Any]:
    key = {"remoteJid": jid(PHONE), "fromMe": False, "id": target}
    at_ms = int(moment(at).timestamp() * 1000)
    return _event("messages.edited", key=key, type=14, editedMessage={"conversation": text}, timestampMs=at_ms)


def _reacted(target: str, emoji: str, at: float, chance: random.Random, from_me: bool = False) -> dict[str, Any]:
    reaction = {"reactionMessage": {"key": {"id": target}, "text": emoji}}
    return _said(f"R{at}", at, chance, from_me=from_me, message=reaction, messageType="reactionMessage")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("seed", range(8))
async def test_any_story_in_any_order_ends_the_same(owner: Owner, worker_pool: Pool, seed: int, workers: int) -> None:
    """Two names of one person, edits, deletions, reactions, history and statuses, before or after what they are about."""
    end = await assert_one_end(owner, worker_pool, lambda: story(random.Random(seed)), workers, range(seed, seed + 3))

    assert (end["dead"], end["queue"], len(end["people"]), len(end["conversations"])) == ([], [], 1, 1)
