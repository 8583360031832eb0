import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import DictRow

from services.queue_worker import burials, claims, queue
from services.queue_worker.claims import ClaimedMessage
from services.queue_worker.operating import releasing
from services.queue_worker.operating.releasing import release_due
from services.queue_worker.operating.replays import allowance, ending_of, step_replays
from shared.db.pool import Pool
from tests.dead_letters import add_dead_letter, the_dead_letter
from tests.factories import evolution_message
from tests.integration.queue_worker.queue_rows import Owner, dead, payload_of, queued

LEASE = 30.0


def decide(owner: Owner, entry: DictRow, mode: str = "event") -> None:
    """What the API does when somebody wants it replayed."""
    owner.execute(
        "UPDATE failed_messages SET state = 'replaying', release_due = true, replay_mode = %s, replayed_by = 'Oper',"
        " replayed_at = now() WHERE id = %s AND state = 'dead'",
        [mode, entry["id"]],
    )


def make_replay(owner: Owner, entries: list[DictRow], **columns: Any) -> int:
    """A bulk replay of these, in this order."""
    values = {"rate": 500, "max_failures": 1000, **columns}
    row = owner.execute(
        "INSERT INTO replays (clinic_id, created_by, rate, max_failures, total, start_at)"
        " VALUES (1, 'Oper', %s, %s, %s, %s) RETURNING id",
        [
            values["rate"],
            values["max_failures"],
            len(entries),
            values.get("start_at", datetime(2020, 1, 1, tzinfo=UTC)),
        ],
    ).fetchone()
    assert row is not None
    for place, entry in enumerate(entries):
        owner.execute(
            "INSERT INTO replay_items (replay_id, position, clinic_id, failed_id) VALUES (%s, %s, 1, %s)",
            [row["id"], place, entry["id"]],
        )
    return int(row["id"])


def items(owner: Owner, replay_id: int) -> list[str]:
    rows = owner.execute("SELECT state FROM replay_items WHERE replay_id = %s ORDER BY position", [replay_id])
    return [row["state"] for row in rows.fetchall()]


def state_of(owner: Owner, replay_id: int) -> str:
    row = owner.execute("SELECT state FROM replays WHERE id = %s", [replay_id]).fetchone()
    assert row is not None
    return str(row["state"])


async def claim(pool: Pool, limit: int = 100) -> list[ClaimedMessage]:
    return await claims.claim_batch(pool, limit, LEASE)


async def complete(pool: Pool, claimed: list[ClaimedMessage]) -> None:
    async with pool.connection() as connection, connection.transaction():
        await queue.complete(connection, claimed)


async def bury(pool: Pool, message: ClaimedMessage, error: str = "KeyError") -> None:
    async with pool.connection() as connection:
        await burials.bury(connection, message, error, "transient")


def let_time_pass(owner: Owner) -> None:
    """For the rate: a second has gone by."""
    owner.execute("UPDATE replays SET last_release_at = last_release_at - interval '1 second'")


async def test_a_replay_brings_the_message_back_as_it_was(owner: Owner, worker_pool: Pool) -> None:
    """Under its own id, in its old place in time, with its bytes, its headers and what it replays."""
    entry = add_dead_letter(owner, payload={"event": "x", "n": 2**70}, headers={"a": "b"}, first_seen_at="2026-01-01")
    decide(owner, entry)

    assert await release_due(worker_pool) == 1
    assert await release_due(worker_pool) == 0

    [row] = queued(owner)
    assert (row["id"], row["created_at"]) == (entry["original_message_id"], entry["first_seen_at"])
    [message] = await claim(worker_pool)
    assert payload_of(message) == {"event": "x", "n": 2**70}
    assert message.metadata == {"replay_of": entry["id"], "headers": {"a": "b"}}
    assert message.attempt == 1


async def test_an_edited_payload_is_what_is_worked(owner: Owner, worker_pool: Pool) -> None:
    """The original stays where it is."""
    entry = add_dead_letter(owner, payload={"a": 1}, edited_payload={"a": 2})
    decide(owner, entry)
    await release_due(worker_pool)

    [message] = await claim(worker_pool)

    assert payload_of(message) == {"a": 2}
    assert the_dead_letter(owner, entry["id"])["payload"] == {"a": 1}


async def test_it_is_replayed_with_the_works_own_commit(owner: Owner, worker_pool: Pool) -> None:
    """A transaction that is rolled back leaves it replaying and in the queue; one that commits settles it."""
    entry = add_dead_letter(owner)
    decide(owner, entry)
    await release_due(worker_pool)
    claimed = await claim(worker_pool)

    async with worker_pool.connection() as connection, connection.transaction(force_rollback=True):
        await queue.complete(connection, claimed)
    assert the_dead_letter(owner, entry["id"])["state"] == "replaying"
    assert len(queued(owner)) == 1
    await complete(worker_pool, claimed)

    settled = the_dead_letter(owner, entry["id"])
    assert settled["state"] == "replayed"
    assert settled["history"][-1]["event"] == "replayed"
    assert queued(owner) == []


async def test_a_send_that_succeeds_is_replayed_too(owner: Owner, worker_pool: Pool) -> None:
    """Its success removes it whoever holds it by then."""
    entry = add_dead_letter(owner, message_type="send.text", payload={"message_id": "1"}, ordering_key="conversation:1")
    decide(owner, entry)
    await release_due(worker_pool)
    [message] = await claims.claim_heads(worker_pool, 1, LEASE)

    async with worker_pool.connection() as connection:
        await queue.remove(connection, message)

    assert the_dead_letter(owner, entry["id"])["state"] == "replayed"


async def test_what_fails_again_is_the_same_dead_letter(owner: Owner, worker_pool: Pool) -> None:
    """One row, with both deaths in its history, and it can be replayed again."""
    entry = add_dead_letter(owner, failure_count=3)
    decide(owner, entry)
    await release_due(worker_pool)
    [message] = await claim(worker_pool)

    await bury(worker_pool, message)

    [again] = dead(owner)
    assert (again["id"], again["state"], again["failure_count"]) == (entry["id"], "dead", 4)
    assert (again["error_message"], again["reason"], again["replayed_by"]) == ("KeyError", "bug", None)
    assert [attempt["error"] for attempt in again["attempts"]] == ["KeyError"]
    assert (again["payload"], again["release_due"]) == (entry["payload"], False)
    decide(owner, again)
    assert await release_due(worker_pool) == 1


async def test_ten_releasers_at_once_bring_back_each_once(owner: Owner, worker_pool: Pool) -> None:
    """As many workers as there are may look at the same moment."""
    entries = [add_dead_letter(owner) for _ in range(30)]
    for entry in entries:
        decide(owner, entry)

    released = await asyncio.gather(*(release_due(worker_pool) for _ in range(4)))

    assert sum(released) == 30
    assert {row["id"] for row in queued(owner)} == {entry["original_message_id"] for entry in entries}


async def test_what_cannot_come_back_is_dead_again_and_hurts_nobody(owner: Owner, worker_pool: Pool) -> None:
    """Its source is gone; the one beside it is released."""
    homeless, good = add_dead_letter(owner, source_id=999), add_dead_letter(owner)
    for entry in (homeless, good):
        decide(owner, entry)

    await release_due(worker_pool)

    back = the_dead_letter(owner, homeless["id"])
    assert (back["state"], back["release_due"]) == ("dead", False)
    assert "cannot be put into the queue" in back["history"][-1]["error"]
    assert [row["id"] for row in queued(owner)] == [good["original_message_id"]]


async def test_bytes_are_read_again_as_if_they_had_just_come(owner: Owner, worker_pool: Pool) -> None:
    """What was misunderstood by the version before gets the name that this one gives it."""
    body = evolution_message("M1")
    entry = add_dead_letter(owner, message_type="unknown", payload=None, raw=json.dumps(body).encode())
    decide(owner, entry, "raw")

    await release_due(worker_pool)

    [row] = queued(owner)
    assert (row["id"], row["message_type"]) == (entry["original_message_id"], "messages.upsert")
    await complete(worker_pool, await claim(worker_pool))
    assert the_dead_letter(owner, entry["id"])["state"] == "replayed"


async def test_bytes_of_several_events_become_several(owner: Owner, worker_pool: Pool) -> None:
    """Each has its own fate from then on; what they came in is done with. A second time there are no more of them."""
    events = [{"event": "message.created", "phone": "5511965860124", "content": str(n)} for n in range(3)]
    entry = add_dead_letter(
        owner, source_id=2, source_kind="n8n", source_name="demo-n8n", payload=None, raw=json.dumps(events).encode()
    )
    for _ in range(2):
        decide(owner, entry, "raw")
        await release_due(worker_pool)
        owner.execute("UPDATE failed_messages SET state = 'dead'")

    assert [row["payload"]["content"] for row in queued(owner)] == ["0", "1", "2"]
    assert the_dead_letter(owner, entry["id"])["history"][-1]["split_into"] == 3


async def test_bytes_that_still_cannot_be_read_are_dead_again(owner: Owner, worker_pool: Pool) -> None:
    """And say so."""
    entry = add_dead_letter(owner, payload=None, raw=b'{"a": "\\u0000')
    decide(owner, entry, "raw")

    await release_due(worker_pool)

    assert queued(owner) == []
    assert the_dead_letter(owner, entry["id"])["history"][-1]["error"] == "the bytes still cannot be read"


async def test_bytes_that_kill_whoever_reads_them_are_put_down_after_two(
    owner: Owner, worker_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are released all the same, and no worker dies of it for ever."""
    killer = add_dead_letter(owner, payload=None, raw=b"{}")
    good = add_dead_letter(owner)
    decide(owner, killer, "raw")
    decide(owner, good)

    class Killed(BaseException):
        """What no handler catches."""

    def die(_: object) -> None:
        raise Killed

    monkeypatch.setattr(releasing, "reread", die)
    for _ in range(2):
        with pytest.raises(Killed):
            await release_due(worker_pool)
    await release_due(worker_pool)

    back = the_dead_letter(owner, killer["id"])
    assert (back["state"], back["history"][-1]["error"]) == ("dead", "the workers that read its bytes died")
    assert back["metadata"] == {}
    assert [row["id"] for row in queued(owner)] == [good["original_message_id"]]


async def test_a_release_that_nobody_foresaw_to_fail_is_returned(
    owner: Owner, worker_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception in one does not stop the worker."""
    entry = add_dead_letter(owner, payload=None, raw=b"{}")
    decide(owner, entry, "raw")

    def fail(_: object) -> None:
        raise KeyError("Dona Maria")

    monkeypatch.setattr(releasing, "reread", fail)
    await release_due(worker_pool)

    back = the_dead_letter(owner, entry["id"])
    assert (back["state"], back["history"][-1]["error"]) == ("dead", "it cannot be put into the queue: KeyError")


async def test_a_reply_that_is_sent_again_is_shown_as_on_its_way(owner: Owner, worker_pool: Pool) -> None:
    """Failed becomes pending, the note of the unanswered call goes, agents are told; what was sent stays sent."""
    contact = owner.execute("INSERT INTO contacts (clinic_id, name) VALUES (1, 'x') RETURNING id").fetchone()
    assert contact is not None
    talk = owner.execute(
        "INSERT INTO conversations (clinic_id, contact_id) VALUES (1, %s) RETURNING id", [contact["id"]]
    ).fetchone()
    assert talk is not None
    sent = [
        owner.execute(
            "INSERT INTO messages (clinic_id, conversation_id, sender_type, content, delivery_status, posted_at, provider_id,"
            " source_id) VALUES (1, %s, 'professional', 'oi', %s, now(), %s, 1) RETURNING id",
            [talk["id"], status, provider_id],
        ).fetchone()
        for status, provider_id in (("failed", None), ("sent", "3EB0"))
    ]
    for row in sent:
        assert row is not None
        payload = {"message_id": str(row["id"]), "conversation_id": str(talk["id"])}
        key = f"conversation:{talk['id']}"
        decide(owner, add_dead_letter(owner, message_type="send.text", payload=payload, ordering_key=key))

    await release_due(worker_pool)

    failed, done = owner.execute("SELECT delivery_status, posted_at, version FROM messages ORDER BY id").fetchall()
    assert (failed["delivery_status"], failed["posted_at"], failed["version"]) == ("pending", None, 2)
    assert (done["delivery_status"], done["version"]) == ("sent", 1)
    [told] = owner.execute("SELECT channel, event FROM outbox").fetchall()
    assert told["channel"] == f"conversa:{talk['id']}"
    assert json.loads(told["event"])["data"]["status"] == "pending"
    # The sender looks whether the call that nobody answered has arrived after all; what was sent needs none.
    [row] = queued(owner)
    assert (row["ordering_key"], "unclear_since" in row["payload"]) == (f"conversation:{talk['id']}", True)
    assert [entry["state"] for entry in dead(owner)] == ["replaying", "replayed"]


async def test_a_reply_that_an_agent_has_sent_again_meanwhile_is_not_brought_back(
    owner: Owner, worker_pool: Pool
) -> None:
    """The operator decided first and the agent was quicker: the reply is on its way already, and goes out once."""
    contact = owner.execute("INSERT INTO contacts (clinic_id, name) VALUES (1, 'x') RETURNING id").fetchone()
    assert contact is not None
    owner.execute("INSERT INTO conversations (id, clinic_id, contact_id) VALUES (7, 1, %s)", [contact["id"]])
    owner.execute(
        "INSERT INTO messages (id, clinic_id, conversation_id, sender_type, content, delivery_status, source_id)"
        " VALUES (9, 1, 7, 'professional', 'oi', 'pending', 1)"
    )
    entry = add_dead_letter(owner, message_type="send.text", payload={"message_id": "9"}, ordering_key="conversation:7")
    replay = make_replay(owner, [entry])
    decide(owner, entry)
    owner.execute("UPDATE replay_items SET state = 'released'")

    await release_due(worker_pool)

    assert queued(owner) == []
    back = the_dead_letter(owner, entry["id"])
    assert (back["state"], back["history"][-1]["overtaken"]) == ("replayed", True)
    assert items(owner, replay) == ["succeeded"]


# Bulk ------------------------------------------------------------------------------------------------------------------


async def test_a_bulk_replay_goes_at_its_rate_in_its_order(owner: Owner, worker_pool: Pool) -> None:
    """A second's worth at a time, however often and by however many it is looked at."""
    entries = [add_dead_letter(owner) for _ in range(25)]
    replay_id = make_replay(owner, entries, rate=10)

    await asyncio.gather(*(step_replays(worker_pool) for _ in range(4)))
    assert items(owner, replay_id) == ["released"] * 10 + ["waiting"] * 15
    let_time_pass(owner)
    await step_replays(worker_pool)
    assert items(owner, replay_id) == ["released"] * 20 + ["waiting"] * 5


async def test_a_bulk_replay_ends_when_all_its_items_have(owner: Owner, worker_pool: Pool) -> None:
    """Succeeded and failed are counted item by item, by the commits that make them so."""
    entries = [add_dead_letter(owner) for _ in range(4)]
    replay_id = make_replay(owner, entries)
    await step_replays(worker_pool)
    await release_due(worker_pool)
    claimed = await claim(worker_pool)
    await bury(worker_pool, claimed[0])
    await complete(worker_pool, claimed[1:3])

    await step_replays(worker_pool)
    assert state_of(owner, replay_id) == "running"
    await complete(worker_pool, claimed[3:])
    await step_replays(worker_pool)

    assert sorted(items(owner, replay_id)) == ["failed", "succeeded", "succeeded", "succeeded"]
    assert state_of(owner, replay_id) == "done"


async def test_a_bulk_replay_stops_after_its_failures(owner: Owner, worker_pool: Pool) -> None:
    """What was not released stays dead."""
    entries = [add_dead_letter(owner) for _ in range(6)]
    replay_id = make_replay(owner, entries, rate=2, max_failures=2)
    await step_replays(worker_pool)
    await release_due(worker_pool)
    for message in await claim(worker_pool):
        await bury(worker_pool, message)
    let_time_pass(owner)

    await step_replays(worker_pool)

    assert state_of(owner, replay_id) == "stopped"
    assert {row["state"] for row in dead(owner)} == {"dead"}
    assert items(owner, replay_id) == ["failed"] * 2 + ["waiting"] * 4


@pytest.mark.parametrize("state", ["paused", "cancelled", "stopped", "done"])
async def test_a_replay_that_does_not_run_releases_nothing(owner: Owner, worker_pool: Pool, state: str) -> None:
    """And one whose time has not come neither."""
    replay_id = make_replay(owner, [add_dead_letter(owner)])
    owner.execute("UPDATE replays SET state = %s", [state])
    later = make_replay(owner, [add_dead_letter(owner)], start_at=datetime.now(UTC) + timedelta(hours=1))

    assert await step_replays(worker_pool) == 0

    assert items(owner, replay_id) + items(owner, later) == ["waiting"] * 2


async def test_what_is_not_dead_any_more_is_skipped(owner: Owner, worker_pool: Pool) -> None:
    """Somebody else replayed or discarded it, it is gone, or nobody knows whether it was sent."""
    entries = [add_dead_letter(owner, state=state) for state in ("replayed", "discarded", "dead")]
    unknown = add_dead_letter(owner, message_type="send.text", reason="unknown_outcome")
    gone = add_dead_letter(owner)
    owner.execute("DELETE FROM failed_messages WHERE id = %s", [gone["id"]])

    replay_id = make_replay(owner, [*entries, unknown, gone])
    await step_replays(worker_pool)

    assert items(owner, replay_id) == ["skipped", "skipped", "released", "skipped", "skipped"]


async def test_ten_thousand_of_one_delay_nobodys_ten(owner: Owner, worker_pool: Pool) -> None:
    """Each replay has its own rate."""
    many = make_replay(owner, [add_dead_letter(owner) for _ in range(50)], rate=5)
    few = make_replay(owner, [add_dead_letter(owner) for _ in range(3)], rate=5)

    await step_replays(worker_pool)

    assert items(owner, few) == ["released"] * 3
    assert items(owner, many).count("released") == 5


@given(
    rate=st.floats(0.01, 500),
    waits=st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_a_rate_is_never_exceeded(rate: float, waits: list[float]) -> None:
    """Whenever it is looked at, no more than a second's worth comes at once, and over time no more than the rate allows."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    begin, last, released = now, None, 0
    for wait in waits:
        now += timedelta(seconds=wait)
        allowed = allowance(rate, last, now)
        assert 0 <= allowed <= max(1, int(rate))
        if allowed:
            released += allowed
            last = now
    assert released <= max(1, int(rate)) + rate * (now - begin).total_seconds() + 1e-6


@given(st.dictionaries(st.sampled_from(["waiting", "released", "succeeded", "failed", "skipped"]), st.integers(0, 5)))
def test_a_replay_ends_once_nothing_is_open(counts: dict[str, int]) -> None:
    """Unless its failures end it before."""
    ending = ending_of(counts, 3)
    if counts.get("failed", 0) >= 3:
        assert ending == "stopped"
    else:
        assert (ending == "done") == (not counts.get("waiting") and not counts.get("released"))
