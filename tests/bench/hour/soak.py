"""The whole product for an hour: 200 webhooks a second of every kind, and a thousand agents who listen.

Open-loop as `end_to_end`; what is sent is chaos' day of a clinic, with edits, reactions, states and garbage.
"""

import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import aiohttp
import psycopg
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.bench.end_to_end import FIRST_CLINIC, agent_token, create_clinics, reading
from tests.bench.hour.deliveries import Deliveries
from tests.bench.hour.watch import Vitals, look, percentile
from tests.bench.servers import Servers, fresh_database
from tests.chaos.clinics import Clinic
from tests.chaos.load import PATIENTS, Buried, Day, Said, Webhook
from tests.factories import evolution_message
from tests.product import Product, running_product
from tests.waiting import until

SERVICES = ("webhook_receiver", "queue_worker", "api", "realtime_gateway")
AGENTS = 20
# Of a hundred webhooks of a desk that works; the rest are patients' texts.
SHARES = {"own": 16, "status": 30, "reaction": 3, "edit": 1, "garbage": 1}
# Each agent has so many conversations open, so that each conversation has its listeners.
OPEN_CONVERSATIONS = 3
SAMPLE_SECONDS = 15.0
READS_PER_SECOND = 10
SETTLED_WITHIN = 120.0
# A session outlives the soak by so much.
LEFT_MINUTES = 20


class Sample(NamedTuple):
    """A stretch of the hour, as it ended. `late` are deliveries that have not come for 10 s."""

    minute: float
    accepted: int
    refused: int
    frames: int
    p50_ms: float
    p99_ms: float
    read_p99_ms: float
    late: int
    vitals: Vitals


@dataclass
class Hour:
    """Everything that is counted on the way."""

    servers: Servers
    product: Product
    clinics: int
    http: aiohttp.ClientSession
    deliveries: Deliveries = field(default_factory=Deliveries)
    reads: list[float] = field(default_factory=list)
    accepted: int = 0
    refused: int = 0
    texts: list[int] = field(default_factory=list)
    dead: int = 0

    def __post_init__(self) -> None:
        self.texts = [0] * self.clinics


class Outcome(NamedTuple):
    """The samples, and the ledger at the end: what was accepted against what is there."""

    samples: list[Sample]
    texts_accepted: int
    texts_stored: int
    garbage_accepted: int
    dead_letters: int


async def soak(servers: Servers, *, minutes: float, rate: int, clinics: int) -> Outcome:
    """A sample every quarter of a minute, from the moment everybody has joined."""
    with fresh_database(servers) as own:
        return await _soak(own, minutes=minutes, rate=rate, clinics=clinics)


async def _soak(servers: Servers, *, minutes: float, rate: int, clinics: int) -> Outcome:
    create_clinics(servers.database_url, clinics, AGENTS)
    with tempfile.TemporaryDirectory() as logs:
        environment = servers.environment | {
            "WEBHOOK_QUEUE_NAME": "bench.hour",
            "WEBHOOK_SPOOL_DIR": f"{logs}/spool",
            "QUEUE_BATCH_SIZE": "100",
            # The load's sockets do not connect anew, which they would be told to after some fifty minutes.
            "GATEWAY_CONNECTION_AGE": "0",
        }
        async with running_product(Path(logs), environment, *SERVICES) as product, aiohttp.ClientSession() as http:
            hour = Hour(servers, product, clinics, http)
            await _first_words(hour)
            async with _agents(hour, minutes):
                samples = await _load(hour, minutes=minutes, rate=rate)
                return await _settled(hour, samples)


async def _first_words(hour: Hour) -> None:
    """A text of every patient, so that there are conversations to join."""
    for clinic in range(hour.clinics):
        bodies = (
            evolution_message(f"FIRST{index}", phone=f"55119{55550000 + index}", at=-1) for index in range(PATIENTS)
        )
        await asyncio.gather(
            *(_post(hour, clinic, Webhook(json.dumps(body).encode(), _SAID, FIRST_CLINIC + clinic)) for body in bodies)
        )
    await until(lambda: len(_conversations(hour)) == hour.clinics * PATIENTS, within=120, what="all conversations")


_SAID = (Said("", ""),)


def _conversations(hour: Hour) -> dict[tuple[int, str], int]:
    """Each patient's conversation, by clinic and phone."""
    with psycopg.connect(hour.servers.database_url) as connection:
        rows = connection.execute(
            "SELECT v.clinic_id - %s, c.phone, v.id FROM conversations v JOIN contacts c ON c.id = v.contact_id"
            " AND c.clinic_id = v.clinic_id WHERE v.clinic_id >= %s",
            (FIRST_CLINIC, FIRST_CLINIC),
        ).fetchall()
    return {(clinic, phone): conversation for clinic, phone, conversation in rows}


@contextlib.asynccontextmanager
async def _agents(hour: Hour, minutes: float) -> AsyncIterator[None]:
    conversations = _conversations(hour)
    phones = sorted({phone for _, phone in conversations})
    async with contextlib.AsyncExitStack() as stack:
        for clinic in range(hour.clinics):
            for agent in range(AGENTS):
                open_phones = [phones[(agent + step * 8) % PATIENTS] for step in range(OPEN_CONVERSATIONS)]
                for phone in open_phones:
                    hour.deliveries.listeners[clinic, phone] += 1
                opened = [conversations[clinic, phone] for phone in open_phones]
                await stack.enter_async_context(_agent(hour, clinic, agent, opened, minutes))
        awaited = hour.clinics * AGENTS * OPEN_CONVERSATIONS
        await until(lambda: hour.deliveries.joined >= awaited, within=120, what="all joined")
        yield


@contextlib.asynccontextmanager
async def _agent(hour: Hour, clinic: int, agent: int, opened: list[int], minutes: float) -> AsyncIterator[None]:
    protocols = [
        Subprotocol("prosa.v1"),
        Subprotocol(f"bearer.{agent_token(FIRST_CLINIC + clinic, agent, minutes + LEFT_MINUTES)}"),
    ]
    async with connect(hour.product.socket, subprotocols=protocols, compression=None, ping_interval=None) as socket:
        with reading(socket, partial(hour.deliveries.frame, clinic)):
            for number, conversation in enumerate(opened):
                data = {"conversation_id": str(conversation)}
                await socket.send(json.dumps({"id": str(number), "type": "conversation:join", "data": data}))
            yield


async def _load(hour: Hour, *, minutes: float, rate: int) -> list[Sample]:
    samples: list[Sample] = []
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_posts(hour, rate, stop))
        tasks.create_task(_reads(hour, minutes, stop))
        await _sampled(hour, minutes, samples)
        stop.set()
    return samples


async def _posts(hour: Hour, rate: int, stop: asyncio.Event) -> None:
    days = [Day(_clinic(index), random.Random(index), shares=SHARES).webhooks() for index in range(hour.clinics)]
    started, count = time.perf_counter() + 0.5, 0
    async with asyncio.TaskGroup() as posts:
        while not stop.is_set():
            planned = started + count / rate
            await asyncio.sleep(max(0.0, planned - time.perf_counter()))
            clinic = count % hour.clinics
            webhook = next(days[clinic])
            _await(hour, clinic, webhook, planned)
            posts.create_task(_post(hour, clinic, webhook))
            count += 1


def _clinic(index: int) -> Clinic:
    name = f"bench-{index}"
    return Clinic(FIRST_CLINIC + index, name, instance="demo-wa", stranger="outra-wa", token=name, agents=())


def _await(hour: Hour, clinic: int, webhook: Webhook, planned: float) -> None:
    """Of the texts that come one by one: history's are no news to anybody who listens."""
    match webhook.effects:
        case (Said(provider_id, content),):
            hour.deliveries.await_text(clinic, content.partition(" ")[0], provider_id, planned)


async def _post(hour: Hour, clinic: int, webhook: Webhook) -> None:
    url = f"{hour.product.receiver}/webhooks/evolution/bench-{clinic}"
    headers = {"Content-Type": "application/json"}
    async with hour.http.post(url, data=webhook.body, headers=headers) as response:
        if response.status != 200:
            hour.refused += 1
            return
    hour.accepted += 1
    hour.texts[clinic] += sum(isinstance(effect, Said) for effect in webhook.effects)
    hour.dead += sum(isinstance(effect, Buried) for effect in webhook.effects)


async def _reads(hour: Hour, minutes: float, stop: asyncio.Event) -> None:
    """Lists, now of one clinic, now of another."""
    tokens = [agent_token(FIRST_CLINIC + clinic, 0, minutes + LEFT_MINUTES) for clinic in range(hour.clinics)]
    count, started = 0, time.perf_counter()
    while not stop.is_set():
        await asyncio.sleep(max(0.0, started + count / READS_PER_SECOND - time.perf_counter()))
        headers = {"Authorization": f"Bearer {tokens[count % hour.clinics]}"}
        before = time.perf_counter()
        async with hour.http.get(f"{hour.product.api}/api/conversations-simple", headers=headers) as response:
            await response.read()
            assert response.status == 200, response.status
        hour.reads.append((time.perf_counter() - before) * 1e3)
        count += 1


async def _sampled(hour: Hour, minutes: float, samples: list[Sample]) -> None:
    started = time.perf_counter()
    while (minute := (time.perf_counter() - started) / 60) < minutes:
        await asyncio.sleep(SAMPLE_SECONDS)
        samples.append(await _sample(hour, minute))
        print(samples[-1], file=sys.stderr, flush=True)


async def _sample(hour: Hour, minute: float) -> Sample:
    times, hour_reads = hour.deliveries.taken(), hour.reads
    hour.reads = []
    return Sample(
        minute=round(minute + SAMPLE_SECONDS / 60, 2),
        accepted=hour.accepted,
        refused=hour.refused,
        frames=hour.deliveries.frames,
        p50_ms=percentile(times, 0.5),
        p99_ms=percentile(times, 0.99),
        read_p99_ms=percentile(hour_reads, 0.99),
        late=hour.deliveries.overdue(time.perf_counter() - 10),
        vitals=await look(hour.product, hour.servers),
    )


async def _settled(hour: Hour, samples: list[Sample]) -> Outcome:
    """The ledger, once nothing is waiting."""
    before = time.perf_counter()
    await until(lambda: not hour.deliveries.overdue(before), within=SETTLED_WITHIN, what="every frame")
    await until(lambda: _count(hour, _WAITING) == 0, within=SETTLED_WITHIN, what="an empty queue")
    return Outcome(samples, sum(hour.texts), _count(hour, _TEXTS), hour.dead, _count(hour, _DEAD))


_WAITING = "SELECT (SELECT count(*) FROM message_queue) + (SELECT count(*) FROM outbox)"
_TEXTS = f"SELECT count(*) FROM messages WHERE clinic_id >= {FIRST_CLINIC}"
_DEAD = f"SELECT count(*) FROM failed_messages WHERE clinic_id >= {FIRST_CLINIC}"


def _count(hour: Hour, query: str) -> int:
    with psycopg.connect(hour.servers.database_url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0
