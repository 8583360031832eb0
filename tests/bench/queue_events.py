"""From AMQP to stored effects and a published event: the real worker beside one-message-at-a-time consumers.

The load lies in the broker before anybody begins: a contestant is started, warmed, stopped as a process, and continued
once the queue is full. It is done when the last event was published; then the rows are compared with what was sent.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aio_pika
import psycopg
from yarl import URL

from shared.broker.topology import Topology, declare_topology
from shared.events.envelope import CONTENT_TYPE, WebhookEnvelope, encode_envelope, join_batch
from shared.events.ids import time_ordered_uuid
from tests.bench.contestants import set_based
from tests.bench.peers.install import node_script
from tests.bench.processes import cpu_seconds, listening_process, postgres_cpu_seconds
from tests.bench.servers import Servers, fresh_database
from tests.e2e.ledger import webhook
from tests.product import ROOT, running_product
from tests.waiting import until

CLINICS = 5
PATIENTS = 100
FIRST_CLINIC = 500
ENVELOPES_A_PUBLISH = 20
WARM_UP = 200
PREFETCH = 16
BATCH = 500
LONGEST_SECONDS = 20.0
PATIENCE_SECONDS = 120.0
OURS, LIMIT = "Prosa's worker", "set-based SQL alone (the limit)"
NODE, PYTHON = "amqplib + pg, one by one", "aio-pika + psycopg, one by one"


@dataclass(frozen=True, slots=True)
class Contestant:
    """What consumes, in so many processes, and how many events it gets: enough for some seconds."""

    name: str
    processes: int
    events: int


CONTESTANTS = (
    Contestant(OURS, 1, 20_000),
    Contestant(OURS, 2, 20_000),
    Contestant(NODE, 1, 4_000),
    Contestant(NODE, 2, 4_000),
    Contestant(PYTHON, 1, 3_000),
    Contestant(PYTHON, 2, 3_000),
    Contestant(LIMIT, 2, 20_000),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook of a clinic's source."""

    clinic: int
    source: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """One contestant, once. CPU in seconds an event."""

    rate: float
    client_cpu: float
    postgres_cpu: float


@dataclass
class Frames:
    """How many frames of `message:new` Redis has published, and when the last one came."""

    count: int = 0
    last: float = 0.0
    _tail: bytes = field(default=b"", repr=False)

    def feed(self, chunk: bytes) -> None:
        """Count in the raw stream: a client that parsed it would take its part of the processors."""
        mark = b'"type":"message:new"'
        found = (self._tail + chunk).count(mark)
        self._tail = (self._tail + chunk)[-(len(mark) - 1) :]
        if found:
            self.count += found
            self.last = time.perf_counter()


async def measure(servers: Servers, *, rounds: int, deadline: float, scale: float = 1.0) -> dict[str, Any]:
    """All contestants in turn, several times over; medians. A round is begun only before `deadline`, but for the first."""
    runs: dict[Contestant, list[Run]] = {contestant: [] for contestant in CONTESTANTS}
    for turn in range(rounds):
        if turn and asyncio.get_running_loop().time() > deadline:
            break
        for contestant in CONTESTANTS:
            runs[contestant].append(await run(servers, contestant, max(50, round(contestant.events * scale))))
    found: dict[str, Any] = {}
    for contestant, of_one in runs.items():
        found.setdefault(contestant.name, {})[str(contestant.processes)] = _medians(of_one)
    return found


async def run(servers: Servers, contestant: Contestant, count: int) -> Run:
    """One contestant with a database and a queue of its own; fails where a row is missing, doubled or different."""
    with fresh_database(servers) as own:
        sources = _create_clinics(own.database_url)
        events = list(_events(sources, WARM_UP + count))
        if contestant.name == LIMIT:
            result = await asyncio.to_thread(_run_limit, own, contestant.processes, events)
        else:
            result = await _run_consumers(own, contestant, events)
        _check(contestant, own.database_url, events)
    return result


def _create_clinics(url: str) -> list[tuple[int, int]]:
    """(clinic, source) of each."""
    with psycopg.connect(url) as connection:
        found = []
        for clinic in range(FIRST_CLINIC, FIRST_CLINIC + CLINICS):
            connection.execute("INSERT INTO clinics (id, slug, name) VALUES (%s, %s, 'Bench')", [clinic, f"b{clinic}"])
            row = connection.execute(
                "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (%s, 'evolution', 'demo-wa', sha256(%s))"
                " RETURNING id",
                [clinic, str(clinic).encode()],
            ).fetchone()
            assert row is not None
            found.append((clinic, int(row[0])))
    return found


def _events(sources: Sequence[tuple[int, int]], count: int) -> Sequence[Event]:
    """Webhooks of all clinics in turn, each patient's in the order of their times."""
    return [
        Event(*sources[index % len(sources)], json.dumps(webhook(index // len(sources), PATIENTS)).encode())
        for index in range(count)
    ]


async def _run_consumers(servers: Servers, contestant: Contestant, events: Sequence[Event]) -> Run:
    topology = Topology(f"bench.{secrets.token_hex(4)}")
    encode = _batches if contestant.name == OURS else _singles
    warming, load = encode(events[:WARM_UP]), encode(events[WARM_UP:])
    postmaster = listening_process(URL(servers.database_url).port or 5432)
    async with _broker(servers, topology) as publish, _frames(servers.redis_url) as frames:
        async with _consumers(servers, contestant, topology) as pids:
            await publish(warming)
            await until(lambda: frames.count >= WARM_UP, within=PATIENCE_SECONDS, what="the warm-up")
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                await publish(load)
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
            before, first, started = _cpu(pids, postmaster), frames.count, time.perf_counter()
            with contextlib.suppress(AssertionError):  # the slow are measured by what they did
                await until(lambda: frames.count >= len(events), within=LONGEST_SECONDS)
            done, ended, after = frames.count - first, frames.last, _cpu(pids, postmaster)
            await until(lambda: _at_rest(servers.database_url, len(events)), within=PATIENCE_SECONDS, what="every row")
    done = max(done, 1)
    return Run(done / max(ended - started, 1e-3), (after[0] - before[0]) / done, (after[1] - before[1]) / done)


def _cpu(pids: Sequence[int], postmaster: int) -> tuple[float, float]:
    return sum(map(cpu_seconds, pids)), postgres_cpu_seconds(postmaster)


def _batches(events: Sequence[Event]) -> list[aio_pika.Message]:
    """As the receiver publishes them."""
    now = datetime.now(UTC)
    parts = [
        encode_envelope(WebhookEnvelope(time_ordered_uuid(), event.clinic, event.source, "evolution", now, event.body))
        for event in events
    ]
    chunks = [parts[start : start + ENVELOPES_A_PUBLISH] for start in range(0, len(parts), ENVELOPES_A_PUBLISH)]
    return [aio_pika.Message(join_batch(chunk), content_type=CONTENT_TYPE, delivery_mode=2) for chunk in chunks]


def _singles(events: Sequence[Event]) -> list[aio_pika.Message]:
    return [
        aio_pika.Message(
            event.body,
            headers={"id": str(time_ordered_uuid()), "clinic": event.clinic, "source": event.source},
            delivery_mode=2,
        )
        for event in events
    ]


Publish = Callable[[Sequence[aio_pika.Message]], Any]


@contextlib.asynccontextmanager
async def _broker(servers: Servers, topology: Topology) -> AsyncIterator[Publish]:
    async with await aio_pika.connect(servers.rabbitmq_url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await declare_topology(channel, topology)
        exchange = await channel.get_exchange(topology.exchange, ensure=False)

        async def publish(messages: Sequence[aio_pika.Message]) -> None:
            for start in range(0, len(messages), 500):
                chunk = messages[start : start + 500]
                await asyncio.gather(*(exchange.publish(message, topology.queue, timeout=30) for message in chunk))

        try:
            yield publish
        finally:
            await channel.queue_delete(topology.queue)
            await channel.exchange_delete(topology.exchange)


@contextlib.asynccontextmanager
async def _frames(redis_url: str) -> AsyncIterator[Frames]:
    url = URL(redis_url)
    reader, writer = await asyncio.open_connection(url.host, url.port or 6379, limit=2**22)
    if url.password:
        writer.write(f"AUTH {url.password}\r\n".encode())
    writer.write(b"PSUBSCRIBE {prosa:*\r\n")
    await reader.readuntil(b":1\r\n")
    frames = Frames()

    async def read() -> None:
        while chunk := await reader.read(2**20):
            frames.feed(chunk)

    task = asyncio.create_task(read())
    try:
        yield frames
    finally:
        task.cancel()
        writer.close()


@contextlib.asynccontextmanager
async def _consumers(servers: Servers, contestant: Contestant, topology: Topology) -> AsyncIterator[list[int]]:
    async with contextlib.AsyncExitStack() as stack:
        start = _worker if contestant.name == OURS else _peer
        yield [
            await stack.enter_async_context(start(servers, contestant, topology)) for _ in range(contestant.processes)
        ]


@contextlib.asynccontextmanager
async def _worker(servers: Servers, contestant: Contestant, topology: Topology) -> AsyncIterator[int]:
    environment = servers.environment | {"WEBHOOK_QUEUE_NAME": topology.name, "QUEUE_BATCH_SIZE": str(BATCH)}
    with tempfile.TemporaryDirectory() as logs:
        async with running_product(Path(logs), environment, "queue_worker") as product:
            yield product.processes["queue_worker"].pid


@contextlib.asynccontextmanager
async def _peer(servers: Servers, contestant: Contestant, topology: Topology) -> AsyncIterator[int]:
    program = {
        NODE: ["node", node_script("consumer_node.mjs")],
        PYTHON: [sys.executable, "-m", "tests.bench.contestants.consumer_python"],
    }[contestant.name]
    where = [servers.database_url, servers.rabbitmq_url, servers.redis_url, topology.queue, str(PREFETCH)]
    process = await asyncio.create_subprocess_exec(*program, *where, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await process.stdout.readline(), f"{contestant.name} died"
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _run_limit(servers: Servers, processes: int, events: Sequence[Event]) -> Run:
    """One session for each of the processes that others get; no clinic is in two hands at once."""
    postmaster = listening_process(URL(servers.database_url).port or 5432)
    warming, load = _by_clinic(events[:WARM_UP]), _by_clinic(events[WARM_UP:])
    hands = [list(load)[hand::processes] for hand in range(processes)]
    with contextlib.ExitStack() as stack:
        sessions = [stack.enter_context(psycopg.connect(servers.database_url)) for _ in hands]
        for session, clinics in zip(sessions, hands, strict=True):
            set_based.prepare(session)
            _apply(session, clinics, warming)
        before = _cpu([os.getpid()], postmaster)
        started = time.perf_counter()
        with ThreadPoolExecutor(processes) as threads:
            list(threads.map(_apply, sessions, hands, [load] * processes))
        seconds, after = time.perf_counter() - started, _cpu([os.getpid()], postmaster)
    done = len(events) - WARM_UP
    return Run(done / seconds, (after[0] - before[0]) / done, (after[1] - before[1]) / done)


def _by_clinic(events: Sequence[Event]) -> dict[tuple[int, int], list[str]]:
    bodies: dict[tuple[int, int], list[str]] = {}
    for event in events:
        bodies.setdefault((event.clinic, event.source), []).append(event.body.decode())
    return bodies


def _apply(
    session: psycopg.Connection, clinics: Sequence[tuple[int, int]], bodies: dict[tuple[int, int], list[str]]
) -> None:
    for clinic, source in clinics:
        of_one = bodies.get((clinic, source), [])
        for start in range(0, len(of_one), BATCH):
            set_based.apply(session, clinic, source, of_one[start : start + BATCH])


def _at_rest(url: str, events: int) -> bool:
    """Whether every event has a row, and nothing is on its way any more."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM messages) >= %s AND NOT EXISTS (SELECT 1 FROM message_queue)"
            " AND NOT EXISTS (SELECT 1 FROM outbox)",
            [events],
        ).fetchone()
    return bool(row and row[0])


_MESSAGES = """
SELECT clinic_id, c.phone, c.name, m.provider_id, m.content, extract(epoch FROM m."timestamp")::bigint, m.sender_type,
  m.delivery_status, m.message_type
FROM messages m JOIN conversations v USING (clinic_id) JOIN contacts c USING (clinic_id)
WHERE v.id = m.conversation_id AND c.id = v.contact_id
"""
_CONVERSATIONS = """
SELECT v.clinic_id, c.phone, v.unread_count, v.last_message, extract(epoch FROM v.last_message_at)::bigint, v.status
FROM conversations v JOIN contacts c ON c.id = v.contact_id
"""


def _check(contestant: Contestant, url: str, events: Sequence[Event]) -> None:
    """The rows are those that the events ask for, each once."""
    with psycopg.connect(url) as connection:
        found = {
            "messages": connection.execute(_MESSAGES.encode()).fetchall(),
            "conversations": connection.execute(_CONVERSATIONS.encode()).fetchall(),
            "inbox": connection.execute("SELECT clinic_id FROM webhook_events").fetchall(),
            "dead letters": connection.execute("SELECT clinic_id FROM failed_messages").fetchall(),
        }
    for table, expected in _expected(events).items():
        if sorted(found[table]) != sorted(expected):
            raise RuntimeError(f"{contestant.name}: {table} are not as they should be")


def _expected(events: Sequence[Event]) -> dict[str, list[tuple[Any, ...]]]:
    messages: list[tuple[Any, ...]] = []
    last: dict[tuple[int, str], tuple[int, str]] = {}
    unread: dict[tuple[int, str], int] = {}
    for event in events:
        data = json.loads(event.body)["data"]
        phone, at = data["key"]["remoteJid"].partition("@")[0], data["messageTimestamp"]
        content = data["message"]["conversation"]
        messages.append(
            (event.clinic, phone, data["pushName"], data["key"]["id"], content, at, "patient", "delivered", "text")
        )
        last[event.clinic, phone] = (at, content)
        unread[event.clinic, phone] = unread.get((event.clinic, phone), 0) + 1
    conversations: list[tuple[Any, ...]] = [
        (clinic, phone, unread[clinic, phone], content, at, "active") for (clinic, phone), (at, content) in last.items()
    ]
    return {
        "messages": messages,
        "conversations": conversations,
        "inbox": [(event.clinic,) for event in events],
        "dead letters": [],
    }


def _medians(runs: Sequence[Run]) -> dict[str, float]:
    return {
        "events_per_second": round(statistics.median(run.rate for run in runs)),
        "client_cpu_us": round(statistics.median(run.client_cpu for run in runs) * 1e6),
        "postgres_cpu_us": round(statistics.median(run.postgres_cpu for run in runs) * 1e6),
    }
