"""Senders and what agents ask of them, for tests."""

from collections.abc import Callable
from typing import Any

import aiohttp

from services.queue_worker.sending.evolution_client import EvolutionClient
from services.queue_worker.sending.files import FileMissingError, ReadFile
from services.queue_worker.sending.sender import Sender, SenderSettings
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from tests.factories import moment
from tests.integration.queue_worker.evolution_stand_in import KEY
from tests.integration.queue_worker.queue_rows import Owner, enqueue

LEASE = 30.0


async def no_file(*_: object) -> bytes:
    raise FileMissingError


def make_sender(
    pool: Pool,
    url: str,
    http: aiohttp.ClientSession,
    *,
    timeout: float = 5.0,
    read_file: ReadFile = no_file,
    committed: Callable[[], None] = lambda: None,
    work: Wakeup | None = None,
    **settings: Any,
) -> Sender:
    """A sender with a test's settings."""
    given = {"lease": LEASE, "longest_sleep": 0.05, "max_attempts": 3, "dead_letters": True, "echo_wait": 30.0}
    limits = SenderSettings(**{**given, **settings})
    return Sender(pool, EvolutionClient(http, url, KEY, timeout), limits, work or Wakeup(), committed, read_file)


def reply(owner: Owner, text: str = "olá", at: float = 10, conversation_id: int = 1, **columns: Any) -> int:
    """What the API does with an agent's message: it waits, and a row has it sent. Returns the message's id."""
    given = {
        "clinic_id": 1,
        "conversation_id": conversation_id,
        "source_id": 1,
        "sender_type": "professional",
        "content": text,
        "delivery_status": "pending",
        "timestamp": moment(at),
    }
    values = {**given, **columns}
    names = ", ".join(f'"{name}"' for name in values)
    row = owner.execute(
        f"INSERT INTO messages ({names}) VALUES ({', '.join(['%s'] * len(values))}) RETURNING id".encode(),
        list(values.values()),
    ).fetchone()
    assert row is not None
    kind = {"text": "send.text", "audio": "send.audio"}.get(str(values.get("message_type", "text")), "send.media")
    order(owner, kind, row["id"], conversation_id, at=at, source_id=values["source_id"], clinic_id=values["clinic_id"])
    return int(row["id"])


def order(
    owner: Owner,
    kind: str,
    message_id: int,
    conversation_id: int = 1,
    *,
    at: float = 20,
    payload: Any = None,
    **columns: Any,
) -> None:
    """A row that has something done."""
    what = {"message_id": str(message_id), "conversation_id": str(conversation_id), **(payload or {})}
    key = f"conversation:{conversation_id}"
    enqueue(owner, what, **{"message_type": kind, "ordering_key": key, "created_at": moment(at), **columns})


def let_lines_try(owner: Owner) -> bool:
    """Let the rest of every line be over, and its rate have room; whether one had to wait.

    What a running sender has locked is left alone: it and the test share an event loop, and would wait for one another.
    """
    changed = owner.execute(
        "UPDATE source_sending SET next_at = NULL,"
        " paused_until = CASE WHEN paused_at IS NOT NULL THEN clock_timestamp() - interval '1 s' END"
        " WHERE source_id IN (SELECT source_id FROM source_sending"
        "  WHERE paused_until > clock_timestamp() OR next_at > clock_timestamp() FOR UPDATE SKIP LOCKED)"
    )
    return changed.rowcount > 0


def let_time_pass(owner: Owner) -> None:
    """Let the time come of what is scheduled, and of the lines that rest, while senders run."""
    owner.execute(
        "UPDATE message_queue SET scheduled_at = now() WHERE id IN (SELECT id FROM message_queue"
        " WHERE scheduled_at > now() FOR UPDATE SKIP LOCKED)"
    )
    let_lines_try(owner)


def expire_leases_of_the_dead(owner: Owner) -> None:
    """What is held for longer than a second, which no call of these tests takes, belongs to nobody who lives."""
    owner.execute(
        "UPDATE message_queue SET locked_until = now() - interval '1 s' WHERE id IN (SELECT id FROM message_queue"
        " WHERE status = 'processing' AND processed_at < now() - interval '1 s' FOR UPDATE SKIP LOCKED)"
    )
