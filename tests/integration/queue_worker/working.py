"""The worker's parts, run by a test step by step, and what their work has left in the database."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from services.queue_worker import claims, queue
from services.queue_worker.ingest.arrivals import arrivals
from services.queue_worker.ingest.inbox import store_arrivals
from services.queue_worker.processor import Processor, ProcessorSettings
from services.queue_worker.silence.activity import Activity
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.events.envelope import WebhookEnvelope
from tests.factories import delivery, envelope
from tests.integration.queue_worker.queue_rows import Owner, make_due

BATCH = 100
LEASE = 30.0


def processor(
    pool: Pool,
    claim: claims.Claim = claims.claim_batch,
    committed: Callable[[int], None] = lambda _deliveries: None,
    *,
    max_attempts: int = 3,
    dead_letters: bool = True,
    activity: Activity | None = None,
) -> Processor:
    limits = ProcessorSettings(BATCH, LEASE, longest_sleep=0.05, max_attempts=max_attempts, dead_letters=dead_letters)
    return Processor(pool, limits, claim, Wakeup(), committed, activity or Activity())


async def take_in(pool: Pool, *bodies: Any, source_id: int = 1, kind: str = "evolution", clinic_id: int = 1) -> None:
    """Store webhooks of one source as the intake does."""
    webhooks = [envelope(body, source_id=source_id, kind=kind, clinic_id=clinic_id) for body in bodies]
    await take_in_webhooks(pool, webhooks)


async def take_in_webhooks(pool: Pool, webhooks: Sequence[WebhookEnvelope]) -> None:
    await store_arrivals(pool, arrivals(delivery(*webhooks)))


async def work(pool: Pool, **limits: Any) -> int:
    """Work what is claimable now, once; returns how many messages that were."""
    worked = 0
    for claim, size in ((claims.claim_batch, BATCH), (claims.claim_suspects, 1)):
        while claimed := await claim(pool, size, LEASE):
            await processor(pool, claim, **limits).work(claimed)
            worked += len(claimed)
    return worked


async def work_to_the_end(pool: Pool, owner: Owner, **limits: Any) -> None:
    """Work until nothing is left to be tried, as if no time passed between."""
    while await work(pool, **limits):
        make_due(owner)
        await queue.promote_scheduled(pool)


async def process(pool: Pool, *bodies: Any, **source: Any) -> None:
    """Take in webhooks and work them in one batch."""
    await take_in(pool, *bodies, **source)
    await work(pool)


def conversations(owner: Owner) -> list[dict[str, Any]]:
    """Each conversation as its list entry shows it, in the order of their opening."""
    return owner.execute(
        "SELECT v.*, c.name, c.phone, c.name_origin FROM conversations v JOIN contacts c ON c.id = v.contact_id ORDER BY v.id"
    ).fetchall()


def conversation(owner: Owner) -> dict[str, Any]:
    """The only conversation."""
    [only] = conversations(owner)
    return only


def messages(owner: Owner) -> list[dict[str, Any]]:
    """Every message, as a conversation shows them."""
    return owner.execute('SELECT * FROM messages ORDER BY conversation_id, "timestamp", id').fetchall()


def message(owner: Owner) -> dict[str, Any]:
    """The only message."""
    [only] = messages(owner)
    return only


def identities(owner: Owner) -> dict[str, set[str]]:
    """The addresses of every contact, by its name."""
    rows = owner.execute(
        "SELECT c.name, i.kind || ':' || i.value AS address FROM contact_identities i JOIN contacts c ON c.id = i.contact_id"
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["name"], set()).add(row["address"])
    return found


def outbox(owner: Owner) -> list[dict[str, Any]]:
    """What agents are to be told, in its order."""
    return owner.execute(
        "SELECT clinic_id, channel, event::jsonb AS event FROM outbox WHERE NOT starts_with(channel, 'contato:') ORDER BY id"
    ).fetchall()


def told(owner: Owner) -> list[tuple[str, str]]:
    """Channel and type of what agents are to be told."""
    return [(entry["channel"], entry["event"]["type"]) for entry in outbox(owner)]


def columns(rows: Iterable[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]
