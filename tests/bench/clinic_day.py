"""How much of what desks ask for the cache has: clinics at work, in their own time, for as long as is asked.

Patients write by webhooks through receiver, broker and worker, each clinic one message every five seconds: 720 an hour, a
busy desk. Each agent does what the dashboard does for them: signs in to the lists and counts, then every eight seconds
opens a conversation, mostly one of those that moved last, reads it with its contact, and writes a note into every third.
Every fourth time they look at another list. Nothing is faster than life, since entries end by the clock.
"""

import asyncio
import itertools
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from tests.bench.end_to_end import FIRST_CLINIC, agent_token, create_clinics
from tests.bench.results import part
from tests.bench.servers import Servers, fresh_database
from tests.e2e.ledger import webhook
from tests.product import Product, running_product
from tests.waiting import until

SERVICES = ("webhook_receiver", "queue_worker", "api")
CLINICS, AGENTS, PATIENTS = 4, 10, 150
MESSAGE_SECONDS, LOOK_SECONDS = 5.0, 8.0
CONVERSATIONS = "/api/conversations-simple"
LISTS = ("", "?assigned_to=me", "?assigned_to=none", "?status=active", "?priority=urgent")

Figures = dict[str, Any]


async def measure(servers: Servers, *, minutes: float) -> Figures:
    """What `/api/metrics` says at the end, by type."""
    with fresh_database(servers) as own, tempfile.TemporaryDirectory() as logs:
        create_clinics(own.database_url, CLINICS, AGENTS)
        environment = own.environment | {"WEBHOOK_QUEUE_NAME": "bench.day", "WEBHOOK_SPOOL_DIR": f"{logs}/spool"}
        async with running_product(Path(logs), environment, *SERVICES) as product, aiohttp.ClientSession() as http:
            desks = [_Desk(http, product, FIRST_CLINIC + clinic) for clinic in range(CLINICS)]
            await asyncio.gather(*(desk.open() for desk in desks))
            await asyncio.gather(*(desk.live(minutes * 60) for desk in desks))
            return await desks[0].figures()


@dataclass
class _Desk:
    """A clinic with its patients and agents."""

    http: aiohttp.ClientSession
    product: Product
    clinic: int

    async def open(self) -> None:
        """Every patient has written once."""
        for number in range(PATIENTS):
            await self._patient_writes(number)
        await until(self._is_full, within=60, what="a desk with all of its patients")

    async def live(self, seconds: float) -> None:
        """Until the clinic closes."""
        ends = asyncio.get_running_loop().time() + seconds
        chance = random.Random(self.clinic)
        agents = (self._agent(agent, random.Random(self.clinic * 100 + agent), ends) for agent in range(AGENTS))
        await asyncio.gather(self._patients(chance, ends), *agents)

    async def figures(self) -> Figures:
        answer = await self._ask(0, "GET", "/api/metrics")
        health = await self._ask(0, "GET", "/api/health")
        return {"requests": answer["performance"]["requests"], "all": health["cache"]["hit_rate"]} | {
            kind: {"requests": figures["totalRequests"], "rate": figures["hitRate"]}
            for kind, figures in answer["cache"]["metrics"].items()
        }

    async def _patients(self, chance: random.Random, ends: float) -> None:
        for number in _moments(chance, MESSAGE_SECONDS, PATIENTS):
            if not await _pause(chance, MESSAGE_SECONDS, ends):
                return
            await self._patient_writes(number)

    async def _agent(self, agent: int, chance: random.Random, ends: float) -> None:
        newest = (await self._ask(agent, "GET", CONVERSATIONS))["conversations"]
        await self._ask(agent, "GET", f"{CONVERSATIONS}/counts")
        for turn in itertools.count():
            if not await _pause(chance, LOOK_SECONDS, ends):
                return
            if turn % 4 == 0:
                newest = (await self._ask(agent, "GET", CONVERSATIONS + chance.choice(LISTS)))[
                    "conversations"
                ] or newest
            await self._attend(agent, newest[min(int(chance.expovariate(0.3)), len(newest) - 1)], chance)

    async def _attend(self, agent: int, conversation: dict[str, Any], chance: random.Random) -> None:
        path = f"{CONVERSATIONS}/{conversation['id']}"
        await self._ask(agent, "GET", path)
        await self._ask(agent, "GET", f"/api/contacts/{conversation['contact_id']}")
        await self._ask(agent, "POST", f"{path}/read", {})
        if chance.random() < 1 / 3:
            note = {
                "content": "Retornar amanhã",
                "client_message_id": str(UUID(int=chance.getrandbits(128), version=4)),
            }
            await self._ask(agent, "POST", f"{path}/notes", note)

    async def _ask(self, agent: int, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {agent_token(self.clinic, agent)}"}
        async with self.http.request(method, self.product.api + path, json=body, headers=headers) as answer:
            assert answer.status < 300, (method, path.partition("?")[0], answer.status, await answer.text())
            return await answer.json()

    async def _patient_writes(self, number: int) -> None:
        body = webhook(number, PATIENTS)
        url = f"{self.product.receiver}/webhooks/evolution/bench-{self.clinic - FIRST_CLINIC}"
        async with self.http.post(url, json=body) as answer:
            assert answer.status == 200, answer.status

    async def _is_full(self) -> bool:
        return int((await self._ask(0, "GET", f"{CONVERSATIONS}?limit=1"))["total"]) == PATIENTS


def _moments(chance: random.Random, mean: float, patients: int) -> Iterator[int]:
    """Which patient writes next: numbers of messages, so that none is the same twice."""
    for message in itertools.count(1):
        yield message * patients + chance.randrange(patients)


async def _pause(chance: random.Random, mean: float, ends: float) -> bool:
    """Some seconds; false when the clinic closes before."""
    seconds = chance.expovariate(1 / mean)
    if asyncio.get_running_loop().time() + seconds > ends:
        return False
    await asyncio.sleep(seconds)
    return True


def day_part(figures: Figures) -> Figures:
    """A part of results.json; there are no peers."""
    return {"day": part(figures["all"], "% hits", detail=figures)}


def day_section(figures: Figures, minutes: float) -> str:
    """The page's section."""
    kinds = [(kind, values) for kind, values in figures.items() if isinstance(values, dict)]
    return "\n".join(
        [
            f"## A clinic's day: the cache had {figures['all']:.0f} % of what was asked for",
            "",
            f"{CLINICS} clinics of {AGENTS} agents, {PATIENTS} patients who write {3600 / MESSAGE_SECONDS:.0f} messages an",
            f"hour, in their own time, for {minutes:g} minutes; an agent opens a conversation every {LOOK_SECONDS:g} s",
            "and writes into every third, and every message ends all lists of its clinic.",
            f"{figures['requests']:,} requests to one API process.",
            "",
            "| type | questions | hits |",
            "|---|---:|---:|",
            *(f"| {kind} | {values['requests']:,} | {values['rate']:.1f} % |" for kind, values in kinds),
            "",
        ]
    )
