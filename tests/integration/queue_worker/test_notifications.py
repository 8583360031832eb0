"""What calls an agent: the patients' new messages in conversations that are theirs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from services.queue_worker.effects.live import NEWS, is_news
from shared.db.pool import Pool
from tests.factories import evolution_message, moment
from tests.integration.queue_worker.queue_rows import Owner
from tests.integration.queue_worker.working import conversation, outbox, process, take_in, work


def said_just_now(provider_id: str, text: str = "bom dia", seconds: float = 0, **more: Any) -> dict[str, Any]:
    at = (datetime.now(UTC) - moment()).total_seconds() - 60 + seconds
    return evolution_message(provider_id, text, at=at, **more)


async def conversation_of(owner: Owner, pool: Pool, assigned_to: int | None) -> dict[str, Any]:
    """A conversation that is somebody's, with nothing left to be told of it."""
    await process(pool, said_just_now("first", seconds=-30))  # which a second call repeats, without effect
    owner.execute("UPDATE conversations SET assigned_to = %s", [assigned_to])
    owner.execute("DELETE FROM outbox")
    return dict(conversation(owner))


def called(owner: Owner) -> list[dict[str, Any]]:
    return [entry for entry in outbox(owner) if entry["event"]["type"] == "message_notification"]


async def test_a_patients_message_calls_whose_conversation_it_is(owner: Owner, worker_pool: Pool) -> None:
    """On their own channel, with what it takes to show it and not a word of what was said."""
    theirs = await conversation_of(owner, worker_pool, assigned_to=2)

    await process(worker_pool, said_just_now("A", "tenho dor no peito"))

    [call] = called(owner)
    [message] = owner.execute("SELECT id FROM messages WHERE provider_id = 'A'").fetchall()
    assert call["channel"] == "atendente:2"
    data = call["event"]["data"]
    assert (data["reason"], data["conversation_id"]) == ("message", str(theirs["id"]))
    assert (data["message_id"], data["message_type"]) == (str(message["id"]), "text")
    assert (data["contact_name"], data["version"]) == ("Maria Teste", theirs["version"] + 1)
    assert data["timestamp"].endswith("-03:00")
    assert "dor" not in str(call)


async def test_nobodys_conversation_calls_nobody(owner: Owner, worker_pool: Pool) -> None:
    """It is in everybody's list."""
    await conversation_of(owner, worker_pool, assigned_to=None)
    await process(worker_pool, said_just_now("A"))
    assert called(owner) == []


async def test_what_the_clinic_says_calls_nobody(owner: Owner, worker_pool: Pool) -> None:
    """Somebody of the clinic typed it on the phone."""
    await conversation_of(owner, worker_pool, assigned_to=2)
    await process(worker_pool, said_just_now("A", from_me=True))
    assert called(owner) == []


async def test_a_message_told_of_twice_calls_once(owner: Owner, worker_pool: Pool) -> None:
    """Whoever repeats it, and in whatever form."""
    await conversation_of(owner, worker_pool, assigned_to=2)
    body = said_just_now("A")
    await process(worker_pool, body, body | {"again": True})
    await process(worker_pool, body | {"again": 2})
    assert len(called(owner)) == 1


async def test_what_comes_hours_late_calls_nobody(owner: Owner, worker_pool: Pool) -> None:
    """A dead letter that is replayed, a day's outage: it waits in the list."""
    await conversation_of(owner, worker_pool, assigned_to=2)
    await process(worker_pool, said_just_now("A", seconds=-NEWS.total_seconds()))
    assert called(owner) == []
    assert conversation(owner)["unread_count"] == 2


def test_what_is_news() -> None:
    """What a patient said within the hour, was not taken back, and is not history."""
    now = datetime.now(UTC)
    said = {"sender_type": "patient", "deleted_at": None, "quiet": False, "timestamp": now}
    assert is_news(said, now)
    assert is_news(said | {"timestamp": now + timedelta(minutes=5)}, now)
    for other in (
        {"sender_type": "ai"},
        {"sender_type": "professional"},
        {"deleted_at": now},
        {"quiet": True},
        {"timestamp": now - NEWS},
    ):
        assert not is_news(said | other, now)


async def test_a_new_conversation_is_told_as_one(owner: Owner, worker_pool: Pool) -> None:
    """To the clinic, once, with its version; the list learns of it as before."""
    await process(worker_pool, said_just_now("A"))
    await process(worker_pool, said_just_now("B"))

    new = [entry for entry in outbox(owner) if entry["event"]["type"] == "conversation:new"]
    assert [entry["channel"] for entry in new] == ["empresa:1"]
    data, shown = new[0]["event"]["data"], conversation(owner)
    assert (data["conversation_id"], data["clinic_id"]) == (str(shown["id"]), "1")
    assert data["version"] == shown["version"] - 1


async def test_every_durable_event_of_a_batch_has_a_version(owner: Owner, worker_pool: Pool) -> None:
    """Two workers may publish two changes of one thing in either order."""
    await conversation_of(owner, worker_pool, assigned_to=2)
    await process(worker_pool, said_just_now("A"), said_just_now("B", phone="5511955550002"))
    assert {type(entry["event"]["data"]["version"]) for entry in outbox(owner)} == {int}


async def test_calling_costs_no_statement(owner: Owner, worker_pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages a batch has: whose conversation it is comes with its new version."""
    counted: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def counting(self: Any, query: Any, *more: Any, **options: Any) -> Any:
        counted.append(str(query))
        return await execute(self, query, *more, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counting)
    costs = []
    for number, assigned_to in enumerate((None, 2)):
        await conversation_of(owner, worker_pool, assigned_to)
        await take_in(worker_pool, *(said_just_now(f"{number}-{n}", seconds=n / 100) for n in range(20)))
        counted.clear()
        await work(worker_pool)
        costs.append(len(counted))
    assert len(called(owner)) == 20
    assert costs[0] == costs[1]
