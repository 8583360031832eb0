"""What is no message: the line's state, somebody typing, history, what is told of edits, deletions and reactions."""

from datetime import UTC, datetime
from typing import Any

from services.queue_worker import housekeeping
from services.queue_worker.relay import Relay
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.pubsub.channels import redis_channel
from shared.pubsub.history import read_history
from tests.factories import INSTANCE, OWN_JID, envelope, evolution_echo, evolution_message, jid, moment
from tests.integration.queue_worker.queue_rows import Owner, dead
from tests.integration.queue_worker.working import (
    conversation,
    message,
    messages,
    outbox,
    process,
    take_in_webhooks,
    told,
    work,
)

PHONE = "5511955550001"


def event(name: str, **data: Any) -> dict[str, Any]:
    return {"event": name, "instance": INSTANCE, "data": data, "sender": OWN_JID}


def edit(target: str, text: str, at: float) -> dict[str, Any]:
    key = {"remoteJid": jid(PHONE), "fromMe": False, "id": target}
    at_ms = int(moment(at).timestamp() * 1000)
    return event("messages.edited", key=key, type=14, editedMessage={"conversation": text}, timestampMs=at_ms)


async def test_an_edit_keeps_what_was_said_and_moves_nothing(owner: Owner, worker_pool: Pool) -> None:
    """The newest text is shown, the first is kept, every version stands in the changes, time and order stay."""
    await process(worker_pool, evolution_message("A", "um", at=1), evolution_message("B", "depois", at=2))
    owner.execute("TRUNCATE outbox")

    await process(worker_pool, edit("A", "dois", 10))
    await process(worker_pool, edit("A", "três", 11))

    first, second = messages(owner)
    assert (first["content"], first["original_content"], first["timestamp"]) == ("três", "um", moment(1))
    assert (first["edited_at"], second["edited_at"]) == (moment(11), None)
    assert conversation(owner)["last_message"] == "depois"
    versions = owner.execute("SELECT value FROM message_changes ORDER BY at").fetchall()
    assert [row["value"] for row in versions] == ["dois", "três"]
    assert [type_ for _, type_ in told(owner)] == ["message:updated", "message:updated"]


async def test_the_list_shows_the_last_message_as_it_is_now(owner: Owner, worker_pool: Pool) -> None:
    """Edited, it shows the new words; deleted, that it was deleted and no more."""
    await process(worker_pool, evolution_message("A", "segredo", at=1))
    await process(worker_pool, edit("A", "outro", 10))
    assert conversation(owner)["last_message"] == "outro"

    await process(worker_pool, event("messages.delete", remoteJid=jid(PHONE), fromMe=False, id="A"))

    shown = conversation(owner)
    assert (shown["last_message"], shown["last_message_type"], shown["unread_count"]) == ("", "deleted", 1)
    assert (message(owner)["content"], message(owner)["deleted_at"]) == ("outro", moment())
    assert "outro" not in str([e for e in outbox(owner) if e["event"]["data"].get("deleted_at")])


async def test_history_is_stored_without_an_alarm(owner: Owner, worker_pool: Pool) -> None:
    """Neither unread nor announced; the list shows it. The same message told by itself later is news after all."""
    said = [evolution_message(f"H{n}", f"antiga {n}", at=n)["data"] for n in range(50)]
    await process(worker_pool, {"event": "messages.set", "instance": INSTANCE, "data": said})

    assert (len(messages(owner)), conversation(owner)["unread_count"]) == (50, 0)
    assert {type_ for _, type_ in told(owner)} == {"conversation:new", "conversation:list:updated"}

    await process(worker_pool, evolution_message("H7", "antiga 7", at=7))

    assert conversation(owner)["unread_count"] == 1
    assert ("message:new", "H7") in [(e["event"]["type"], e["event"]["data"].get("external_id")) for e in outbox(owner)]


async def test_live_events_wait_for_no_history(owner: Owner, worker_pool: Pool) -> None:
    """A phone's history, thousands in one webhook, is worked after what happens now."""
    said = [evolution_message(f"H{n}", "antiga", at=n)["data"] for n in range(300)]
    await take_in_webhooks(
        worker_pool, [envelope({"event": "messages.set", "instance": INSTANCE, "data": said}, source_id=1)]
    )
    await take_in_webhooks(worker_pool, [envelope(evolution_message("NOW", "agora", at=999), source_id=1)])

    await work(worker_pool)

    [first] = owner.execute("SELECT provider_id FROM messages ORDER BY id LIMIT 1").fetchall()
    assert first["provider_id"] == "NOW"


async def test_the_lines_newest_state_counts_and_every_one_is_kept(owner: Owner, worker_pool: Pool) -> None:
    """An older event that arrives late changes nothing but the history; agents are told of what changed."""
    opened = envelope(event("connection.update", state="open", statusReason=200), source_id=1, received_at=moment(5))
    closed = envelope(event("connection.update", state="close", statusReason=401), source_id=1, received_at=moment(3))
    await take_in_webhooks(worker_pool, [opened])
    await work(worker_pool)
    await take_in_webhooks(worker_pool, [closed])
    await work(worker_pool)

    row = owner.execute("SELECT state, state_at FROM sources WHERE id = 1").fetchone()
    assert row == {"state": "open", "state_at": moment(5)}
    states = owner.execute('SELECT state, reason FROM source_states ORDER BY "at"').fetchall()
    assert [row["state"] for row in states] == ["logged_out", "open"]
    assert [(e["event"]["type"], e["event"]["data"]["state"]) for e in outbox(owner)] == [("source:state", "open")]


async def test_typing_is_told_now_and_stored_nowhere(owner: Owner, worker_pool: Pool, redis: Any) -> None:
    """It reaches who listens, has no number in the channel's history, and an old one is not told at all."""
    await process(worker_pool, evolution_message("A", at=1, name="Maria"))
    owner.execute("TRUNCATE outbox")
    typing = event("presence.update", id=jid(PHONE), presences={jid(PHONE): {"lastKnownPresence": "composing"}})
    chat = f"conversa:{conversation(owner)['id']}"

    await process(worker_pool, typing)  # as if accepted at noon, long ago
    assert told(owner) == []
    await take_in_webhooks(worker_pool, [envelope(typing | {"n": 2}, source_id=1, received_at=datetime.now(UTC))])
    await work(worker_pool)
    assert told(owner) == [(chat, "conversation:typing")]

    async with redis.pubsub(ignore_subscribe_messages=True) as listener:
        await listener.subscribe(redis_channel(1, chat))
        await Relay(worker_pool, redis, Wakeup(), longest_sleep=0.05).relay_once()
        heard = await anext(aiter(listener.listen()))
    assert '"typing":true' in heard["data"]
    assert '"name":"Maria"' in heard["data"]
    assert "seq" not in heard["data"]
    assert (await read_history(redis, 1, chat, 0)).frames == []
    assert "composing" not in str(owner.execute("SELECT payload FROM webhook_events").fetchall())


async def test_a_status_stored_beside_its_message_by_another_is_found_by_the_sweep(
    owner: Owner, worker_pool: Pool
) -> None:
    """Two transactions at the same moment do not see each other; the change waits no longer than a round."""
    await process(worker_pool, evolution_echo("S1", "olá", at=1))
    owner.execute(
        "INSERT INTO message_changes (clinic_id, source_id, provider_id, kind, slot, at, value)"
        " VALUES (1, 1, 'S1', 'status', '', now(), 'read'), (1, 1, 'S1', 'edit', 'x', now(), 'olá!')"
    )

    await housekeeping.settle_parked(worker_pool)

    assert (message(owner)["delivery_status"], message(owner)["content"]) == ("read", "olá!")
    left = owner.execute("SELECT kind, settled FROM message_changes").fetchall()
    assert left == [{"kind": "edit", "settled": True}]
    assert "message:updated" in [type_ for _, type_ in told(owner)]
    assert dead(owner) == []
