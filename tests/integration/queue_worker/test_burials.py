"""What is kept of a message that died, and of the attempts that it had."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from services.queue_worker import burials, claims, housekeeping, metrics, queue
from services.queue_worker.burials import FailedAttempt
from services.queue_worker.dead_letters import fingerprint
from services.queue_worker.identity import CODE_VERSION, WORKER_ID
from services.queue_worker.ingest.arrivals import arrivals
from services.queue_worker.ingest.inbox import store_arrivals
from services.queue_worker.operating.retention import date_dead_letters, delete_expired, forget_replays
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from tests.dead_letters import add_dead_letter, the_dead_letter
from tests.factories import delivery, envelope, evolution_message
from tests.integration.queue_worker.queue_rows import Owner, dead, enqueue, expire_leases, make_due, queued, the_row

ROOT = Path(__file__).parents[3]
LEASE = 30.0


async def fail(pool: Pool, owner: Owner, error: str) -> None:
    """An attempt that fails and is to be repeated."""
    make_due(owner)
    await queue.promote_scheduled(pool)
    [message] = await claims.claim_batch(pool, 1, LEASE)
    await queue.retry_later(pool, [message], 1.0, counts=True, failed=FailedAttempt(error, "transient"))


async def die(pool: Pool, owner: Owner, error: str = "KeyError", error_class: str = "transient") -> None:
    make_due(owner)
    await queue.promote_scheduled(pool)
    [message] = await claims.claim_batch(pool, 1, LEASE)
    async with pool.connection() as connection:
        await burials.bury(connection, message, error, error_class)


async def test_every_attempt_is_kept_with_its_error_and_worker(owner: Owner, worker_pool: Pool) -> None:
    """The ones before and the last one, with their times and durations."""
    enqueue(owner, evolution_message("A"), metadata=json.dumps({"headers": {"user-agent": "axios"}, "digest": "aa"}))
    for error in ("DeadlockDetected: 40P01 in messages", "TimeoutError"):
        await fail(worker_pool, owner, error)
    await die(worker_pool, owner)

    [entry] = dead(owner)
    assert [attempt["error"] for attempt in entry["attempts"]] == [
        "DeadlockDetected: 40P01 in messages",
        "TimeoutError",
        "KeyError",
    ]
    for attempt in entry["attempts"]:
        assert (attempt["worker"], attempt["error_class"]) == (WORKER_ID, "transient")
        assert attempt["duration_ms"] >= 0
    assert (entry["failure_count"], entry["code_version"]) == (3, CODE_VERSION)
    assert (entry["headers"], entry["metadata"]) == ({"user-agent": "axios"}, {"digest": "aa"})


async def test_only_the_last_twenty_attempts_are_kept(owner: Owner, worker_pool: Pool) -> None:
    """What is tried for a week does not grow for a week."""
    message_id = enqueue(owner, {})
    for number in range(23):
        await fail(worker_pool, owner, f"e{number}")

    attempts = the_row(owner, message_id)["metadata"]["attempts"]
    assert [attempt["error"] for attempt in attempts] == [f"e{number}" for number in range(3, 23)]


async def test_a_dead_letter_tells_what_it_was_about(owner: Owner, worker_pool: Pool) -> None:
    """Its source outlives the source, its ids are there to be searched for, its bytes are measured."""
    payload = evolution_message("3EB0AA")
    enqueue(owner, payload, raw=json.dumps(payload).encode(), created_at="2026-01-01")
    await die(worker_pool, owner, "ShapeError: data.key is missing", "permanent")

    [entry] = dead(owner)
    assert (entry["source_kind"], entry["source_name"], entry["reason"]) == ("evolution", "demo-wa", "validation")
    assert entry["provider_id"] == "3EB0AA"
    assert entry["conversation_ref"] == payload["data"]["key"]["remoteJid"]
    assert entry["payload_size"] == len(json.dumps(payload))
    assert entry["first_seen_at"].year == 2026
    assert entry["fingerprint"] == fingerprint("messages.upsert", "permanent", "ShapeError: data.key is missing")


async def test_a_new_kind_is_counted_and_a_resolved_one_opens_again(owner: Owner, worker_pool: Pool) -> None:
    """Alerts hear of the first of a kind, and not of the second."""
    before = metrics.NEW_FINGERPRINTS._value.get()
    for _ in range(2):
        enqueue(owner, {})
        await die(worker_pool, owner)
    assert metrics.NEW_FINGERPRINTS._value.get() == before + 1
    owner.execute("UPDATE dead_letter_issues SET state = 'resolved'")
    enqueue(owner, {})
    await die(worker_pool, owner)

    [issue] = owner.execute("SELECT state FROM dead_letter_issues").fetchall()
    assert issue["state"] == "open"


async def test_what_is_unwanted_is_discarded_by_itself_for_a_time(owner: Owner, worker_pool: Pool) -> None:
    """It is kept and can be restored; after that time such ones are dead letters again."""
    enqueue(owner, {})
    await die(worker_pool, owner)
    states = []
    for until in ("infinity", "2020-01-01"):
        owner.execute("UPDATE dead_letter_issues SET discard_until = %s", [until])
        enqueue(owner, {})
        await die(worker_pool, owner)
        states.append(dead(owner)[-1]["state"])

    assert states == ["discarded", "dead"]


async def test_what_is_unwanted_is_discarded_also_where_it_never_was_in_the_queue(
    owner: Owner, worker_pool: Pool
) -> None:
    """A sender of rubbish is nobody's work."""
    for number in range(2):
        body = f'{{"event": "x", "a": "{number}\\u0000"}}'.encode()
        await store_arrivals(worker_pool, arrivals(delivery(envelope(body, source_id=1))))
        owner.execute("UPDATE dead_letter_issues SET discard_until = 'infinity'")

    assert [entry["state"] for entry in dead(owner)] == ["dead", "discarded"]


async def test_an_event_nobody_can_read_is_described_as_well(owner: Owner, worker_pool: Pool) -> None:
    """What never was in the queue has its reason, its source and its fingerprint too."""
    await store_arrivals(worker_pool, arrivals(delivery(envelope(b'{"a": "\\u0000"}', source_id=1))))
    await store_arrivals(worker_pool, arrivals(delivery(envelope({"event": "x"}, source_id=999))))
    await store_arrivals(worker_pool, arrivals(b"not ours"))

    unreadable, homeless, foreign = dead(owner)
    assert (unreadable["reason"], unreadable["source_name"]) == ("unreadable", "demo-wa")
    assert (homeless["reason"], homeless["source_name"]) == ("unknown_instance", None)
    assert (foreign["reason"], foreign["clinic_id"]) == ("undeliverable", None)
    assert all(len(entry["fingerprint"]) == 16 and entry["payload_size"] for entry in dead(owner))


async def test_what_an_operator_stops_is_a_dead_letter_with_his_reason(owner: Owner, worker_pool: Pool) -> None:
    """It is never worked in between, and what is in hand is not taken from the hand."""
    killed, other = enqueue(owner, {}), enqueue(owner, {})
    owner.execute(
        "UPDATE message_queue SET killed = %s, scheduled_at = 'infinity' WHERE id = %s",
        [json.dumps({"by": "Oper", "reason": "duplicado"}), killed],
    )
    assert [message.id for message in await claims.claim_batch(worker_pool, 10, LEASE)] == [other]
    await housekeeping.bury_killed(worker_pool, LEASE, Wakeup())

    [entry] = dead(owner)
    assert entry["original_message_id"] == killed
    assert (entry["history"][0]["by"], entry["history"][0]["reason"]) == ("Oper", "duplicado")
    assert [row["id"] for row in queued(owner)] == [other]


async def test_a_process_that_is_killed_by_a_message_twice_alone_buries_it(owner: Owner, worker_pool: Pool) -> None:
    """Real processes, really killed: two deaths with it alone in hand; its neighbours are untouched."""
    neighbours = [enqueue(owner, {}) for _ in range(3)]
    killer = enqueue(owner, {"kill": True})
    workers = []
    for lane in ("batch", "suspects", "suspects", "suspects"):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.integration.queue_worker.killed_worker",
            lane,
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": owner.info.dsn + f" password={owner.info.password}"},
        )
        workers.append(await process.wait())
        expire_leases(owner)
        await queue.take_back_expired(worker_pool)

    assert workers == [-signal.SIGKILL, -signal.SIGKILL, -signal.SIGKILL, 0]
    [entry] = dead(owner)
    assert (entry["original_message_id"], entry["reason"]) == (killer, "poison")
    assert [attempt["error_class"] for attempt in entry["attempts"]] == ["worker_lost"] * 3 + ["permanent"]
    assert len({attempt["worker"] for attempt in entry["attempts"]}) == 4
    assert queued(owner) == []
    assert {row["subject_id"] for row in owner.execute("SELECT subject_id FROM audit_log WHERE action = 'worked'")} >= {
        str(neighbour) for neighbour in neighbours
    }


async def test_retention_begins_with_the_death_and_ends_with_deletion(owner: Owner, worker_pool: Pool) -> None:
    """Ninety days for what waits, thirty for what is settled; what is being worked has none."""
    waiting = add_dead_letter(owner, dead_at="2026-01-01T00:00:00Z")
    settled = add_dead_letter(owner, state="discarded", updated_at="2026-01-01T00:00:00Z")
    working = add_dead_letter(owner, state="replaying")
    assert await date_dead_letters(worker_pool, 90, 30) == 2

    assert the_dead_letter(owner, waiting["id"])["expires_at"].isoformat() == "2026-04-01T00:00:00+00:00"
    assert the_dead_letter(owner, settled["id"])["expires_at"].isoformat() == "2026-01-31T00:00:00+00:00"
    owner.execute("UPDATE failed_messages SET expires_at = now() - interval '1 s'")
    assert await delete_expired(worker_pool) == 2
    assert [entry["id"] for entry in dead(owner)] == [working["id"]]


async def test_replays_are_forgotten_with_their_items(owner: Owner, worker_pool: Pool) -> None:
    """Those that ended long ago; the newer one stays."""
    for finished in ("2020-01-01", "now"):
        owner.execute(
            "WITH r AS (INSERT INTO replays (clinic_id, created_by, rate, max_failures, state, finished_at)"
            " VALUES (1, 'x', 1, 1, 'done', %s) RETURNING id)"
            " INSERT INTO replay_items (replay_id, position, clinic_id, failed_id) SELECT id, n, 1, n FROM r,"
            " generate_series(1, 3) n",
            [finished],
        )
    while await forget_replays(worker_pool, 90):
        pass

    counted = owner.execute("SELECT count(*) AS n FROM replay_items UNION ALL SELECT count(*) FROM replays").fetchall()
    assert [row["n"] for row in counted] == [3, 1]


async def test_the_gauges_leave_out_what_is_muted(owner: Owner, worker_pool: Pool) -> None:
    """What people have decided to live with alarms nobody."""
    add_dead_letter(owner, dead_at="2020-01-01")
    add_dead_letter(owner, fingerprint="b" * 16, reason="bug")
    owner.execute("UPDATE dead_letter_issues SET state = 'muted' WHERE fingerprint = %s", ["a" * 16])

    await housekeeping.show_dead_letters(worker_pool)

    shown = {
        (*sample.labels.values(), sample.value) for metric in metrics.DEAD_NOW.collect() for sample in metric.samples
    }
    assert shown == {("bug", "messages.upsert", 1.0)}
    assert metrics.DEAD_AGE._value.get() < 1000
