"""What happens by itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from redis.asyncio.connection import Connection

from services.queue_worker import backlog, claims, housekeeping, metrics, wakeup
from services.queue_worker.silence.activity import Activity, show_silence, write_down
from services.queue_worker.wakeup import Wakeup, listen
from shared.db.pool import Pool
from shared.pubsub.channels import WAKE_CHANNEL
from shared.pubsub.connection import open_redis
from tests.ending import end
from tests.integration.queue_worker.queue_rows import Owner, enqueue, enqueue_many, expire_leases, queued
from tests.proxy import open_proxy
from tests.waiting import until

MANY = 2_500  # more than one statement takes


async def test_everything_due_is_promoted_however_much_it_is(owner: Owner, worker_pool: Pool) -> None:
    """After an outage thousands fall due at once: they do not trickle."""
    enqueue_many(owner, MANY, scheduled_at=datetime.now(UTC))

    await housekeeping.promote(worker_pool, Wakeup())

    assert {row["scheduled_at"] for row in queued(owner)} == {None}


async def test_everything_expired_is_taken_back_however_much_it_is(owner: Owner, worker_pool: Pool) -> None:
    """Several workers died with large batches."""
    enqueue_many(owner, MANY)
    while await claims.claim_batch(worker_pool, 1000, 30.0):
        pass
    expire_leases(owner)

    await housekeeping.take_back(worker_pool, Wakeup())

    assert {(row["status"], row["suspect"]) for row in queued(owner)} == {("retrying", True)}


async def test_a_task_that_fails_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it fails of: the rest of the worker does not end with it."""
    tried = asyncio.Event()

    async def fails_first() -> None:
        if tried.is_set():
            succeeded.set()
        tried.set()
        raise RecursionError

    succeeded = asyncio.Event()
    keeping = asyncio.create_task(housekeeping.every(0, fails_first))
    await asyncio.wait_for(succeeded.wait(), 10)
    keeping.cancel()

    assert "fails_first" in capsys.readouterr().out


async def test_who_waits_for_work_is_woken(owner: Owner, worker_pool: Pool) -> None:
    """What falls due or is taken back is worked at once, not at the next poll."""
    bell = Wakeup()
    enqueue_many(owner, 1, scheduled_at=datetime.now(UTC))
    waiting = asyncio.create_task(bell.wait(60))

    await housekeeping.promote(worker_pool, bell)
    await asyncio.wait_for(waiting, 1)

    await claims.claim_batch(worker_pool, 1, 30.0)
    expire_leases(owner)
    waiting = asyncio.create_task(bell.wait(60))
    await housekeeping.take_back(worker_pool, bell)
    await asyncio.wait_for(waiting, 1)


async def test_depths_are_shown_as_gauges(owner: Owner, worker_pool: Pool) -> None:
    """A state that has become empty shows zero, not its last value."""
    enqueue_many(owner, 3)
    await housekeeping.show_depths(worker_pool)
    assert metrics.DEPTH.labels("pending")._value.get() == 3

    owner.execute("DELETE FROM message_queue")
    await housekeeping.show_depths(worker_pool)

    assert metrics.DEPTH.labels("pending")._value.get() == 0


async def test_the_oldest_of_each_kind_of_work_is_shown(owner: Owner, worker_pool: Pool) -> None:
    """How long agents, patients and clinics' systems have waited; what is scheduled for later waits for nobody."""
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    enqueue_many(owner, 1)
    owner.execute(
        "UPDATE message_queue SET created_at = %s, message_type = 'send.text', ordering_key = 'conversation:1'",
        [hour_ago],
    )
    enqueue_many(owner, 1, scheduled_at=datetime.now(UTC) + timedelta(hours=1))
    owner.execute("UPDATE message_queue SET created_at = %s WHERE scheduled_at IS NOT NULL", [hour_ago])

    await housekeeping.show_depths(worker_pool)

    assert metrics.OLDEST.labels("sends")._value.get() == pytest.approx(3600, abs=60)
    assert metrics.OLDEST.labels("events")._value.get() == 0
    assert metrics.OLDEST.labels("outbox")._value.get() == 0


async def test_the_oldest_is_found_behind_what_is_more_urgent_and_among_all_destinations(
    owner: Owner, worker_pool: Pool
) -> None:
    """Heads of each priority, each destination, and suspects: whichever of them is the oldest."""

    def hours_ago(hours: int, **columns: Any) -> None:
        enqueue(owner, created_at=datetime.now(UTC) - timedelta(hours=hours), **columns)

    hours_ago(1, priority=5)
    hours_ago(2)
    hours_ago(3, source_id=None, ordering_key="destination:8", message_type="deliver.message.created")
    hours_ago(4, source_id=None, ordering_key="destination:9", message_type="deliver.message.created")
    found = await backlog.oldest_ages(worker_pool)
    assert found == {
        "events": pytest.approx(7200, abs=60),
        "sends": 0,
        "deliveries": pytest.approx(14_400, abs=60),
        "outbox": 0,
    }

    hours_ago(6, suspect=True)
    assert (await backlog.oldest_ages(worker_pool))["events"] == pytest.approx(21_600, abs=60)


async def test_what_its_instance_or_destination_rests_for_is_not_late(owner: Owner, worker_pool: Pool) -> None:
    """A phone that is logged out is its clinic's affair: that is told by what rests, and wakes nobody at night."""
    [source] = owner.execute("SELECT id, clinic_id FROM sources WHERE name = 'demo-wa'").fetchall()
    enqueue_many(owner, 2)
    owner.execute(
        "UPDATE message_queue SET created_at = now() - interval '1 h', message_type = 'send.text', clinic_id = %s,"
        " source_id = %s, ordering_key = 'conversation:1'",
        [source["clinic_id"], source["id"]],
    )
    await housekeeping.show_depths(worker_pool)
    assert metrics.OLDEST.labels("sends")._value.get() > 3000

    owner.execute(
        "INSERT INTO source_sending (source_id, clinic_id, failures, paused_at, paused_until, reason)"
        " VALUES (%s, %s, 3, now(), now() + interval '1 min', 'line_down')",
        [source["id"], source["clinic_id"]],
    )
    await housekeeping.show_depths(worker_pool)

    assert metrics.OLDEST.labels("sends")._value.get() == 0


async def test_silent_sources_are_counted_and_not_named(owner: Owner, worker_pool: Pool) -> None:
    """Those that are heard of are not silent, nor are those that nobody may post to any more."""
    owner.execute("UPDATE sources SET created_at = now() - interval '3 hours'")
    active = owner.execute("SELECT count(*) AS number FROM sources WHERE active").fetchone()
    assert active is not None
    owner.execute("UPDATE sources SET active = false WHERE name = 'outra-wa'")
    heard = owner.execute("SELECT id, clinic_id FROM sources WHERE name = 'demo-wa'").fetchone()
    assert heard is not None
    activity = Activity()
    activity.note(heard["clinic_id"], heard["id"], "messages.upsert", datetime.now(UTC) - timedelta(minutes=10))

    await write_down(worker_pool, activity)
    await show_silence(worker_pool)

    silent = {longer: metrics.SOURCES_SILENT.labels(longer)._value.get() for longer in ("300", "1800", "7200", "86400")}
    others = active["number"] - 2
    assert silent == {"300": others + 1, "1800": others, "7200": others, "86400": 0}
    assert metrics.SOURCES_ACTIVE._value.get() == others + 1


@pytest.mark.parametrize("error", [psycopg.OperationalError("away"), psycopg.errors.UndefinedTable("not migrated yet")])
async def test_a_round_that_fails_is_followed_by_the_next(error: Exception) -> None:
    """Housekeeping outlives Postgres."""
    rounds = 0

    async def task() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise error

    loop = asyncio.create_task(housekeeping.every(0.001, task))
    await until(lambda: rounds > 2, what="a third round")
    await end(loop)


async def test_a_word_from_another_process_rings_also_after_the_line_was_cut(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The API says that something is to be sent; a lost connection to Redis only costs the poll's interval."""
    monkeypatch.setattr(wakeup, "RECONNECT_SECONDS", 0.01)
    bell = Wakeup()
    async with open_proxy(redis_url) as proxy, open_redis(proxy.url, "listener") as client:
        listening = asyncio.create_task(listen(client, bell))
        async with open_redis(redis_url, "speaker") as speaker:
            for connections in (1, 2, 3):
                await until(lambda least=connections: proxy.accepted >= least, what="a connection")  # type: ignore[misc]
                await until(lambda: speaker.publish(WAKE_CHANNEL, "send"), what="somebody who listens")
                await asyncio.wait_for(bell.wait(60), 1)
                proxy.cut()
        await end(listening)


async def test_a_line_that_is_closed_before_anything_is_said_is_opened_again(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a balancer takes the connection of a server that is away: uvloop has an error of its own for that."""
    monkeypatch.setattr(wakeup, "RECONNECT_SECONDS", 0.01)
    closed: list[Any] = []
    send = Connection._send_packed_command

    async def send_later(self: Connection, command: Any) -> None:
        if len(closed) < 3:
            closed.append(command)
            raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")
        await send(self, command)

    bell = Wakeup()
    async with open_redis(redis_url, "listener") as client, open_redis(redis_url, "speaker") as speaker:
        await speaker.ping()
        monkeypatch.setattr(Connection, "_send_packed_command", send_later)
        listening = asyncio.create_task(listen(client, bell))
        await until(lambda: len(closed) == 3, what="three lines that were closed")
        await until(lambda: speaker.publish(WAKE_CHANNEL, "send"), what="somebody who listens")
        await asyncio.wait_for(bell.wait(60), 1)
        await end(listening)
