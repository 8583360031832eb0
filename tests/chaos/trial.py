"""One trial: a fresh database under load, a fault, healing, and the verdict once nothing is on its way any more."""

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import aio_pika
import aiohttp
import psycopg
from psycopg.rows import dict_row
from redis import Redis

from tests.chaos.agents import Agents, sign_in
from tests.chaos.clinics import CLINICS, Clinic
from tests.chaos.journal import Journal
from tests.chaos.ledger import open_ledger
from tests.chaos.listeners import Listener
from tests.chaos.load import Day, Said, windows
from tests.chaos.screens import Stored, disagreements, histories, list_versions, misplaced, unlike_stored
from tests.chaos.senders import Senders
from tests.chaos.servers import Servers
from tests.chaos.site import SERVICES, Scenario, Site
from tests.chaos.stage import TOPOLOGY, forget_everything, services_environment, trial_database
from tests.chaos.verdict import Database, Verdict, inconsistencies, judge, left_over, live_faults, look
from tests.integration.queue_worker.evolution_stand_in import EvolutionStandIn, evolution_stand_in
from tests.product import running_product
from tests.proxy import Proxy, open_proxy
from tests.waiting import until

FOLLOWED = 6  # conversations, by each agent
ENOUGH_BEFORE = 150  # webhooks accepted before anything breaks
LOOK_EVERY_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Plan:
    """How a trial is run. `twice` is the share of webhooks that are sent two times, `patience` is how long what is
    missing, with nothing on its way, is waited for.
    """

    seconds: float
    rate: float
    seed: int
    folder: Path
    twice: float = 0.5
    after: float = 3.0
    recovery: float = 120.0
    patience: float = 10.0
    worker: str = "services.queue_worker"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial came to. `recovered` is None where it never did; `frames` are the events that agents saw."""

    scenario: Scenario
    accepted: int
    answers: int
    refused: Counter[int]
    verdict: Verdict
    recovered: float | None
    frames: int


async def run_trial(servers: Servers, scenario: Scenario, plan: Plan) -> Outcome:
    """Run one scenario on prepared servers."""
    await forget_everything(servers)
    folder = plan.folder / f"{scenario.name}-{secrets.token_hex(3)}"
    folder.mkdir(parents=True)
    with trial_database(servers) as database_url, open_ledger(folder / "ledger") as ledger:
        async with evolution_stand_in() as stand_in, _proxies(servers, database_url) as proxies:
            environment = {**services_environment(proxies, folder, stand_in), **scenario.environment}
            async with running_product(
                folder, environment, *SERVICES, modules={"queue_worker": plan.worker}
            ) as product:
                chance = random.Random(plan.seed)
                site = Site(servers, proxies, product, database_url, servers.url("redis"), chance, ledger)
                return await _Trial(site, scenario, plan, stand_in, folder).run()


@asynccontextmanager
async def _proxies(servers: Servers, database_url: str) -> AsyncIterator[dict[str, Proxy]]:
    urls = {"postgres": database_url, "redis": servers.url("redis"), "rabbitmq": servers.url("rabbitmq")}
    async with AsyncExitStack() as stack:
        yield {kind: await stack.enter_async_context(open_proxy(url)) for kind, url in urls.items()}


class _Trial:
    def __init__(self, site: Site, scenario: Scenario, plan: Plan, stand_in: EvolutionStandIn, folder: Path) -> None:
        self._site = site
        self._scenario = scenario
        self._plan = plan
        self._ledger = site.ledger
        self._stand_in = stand_in
        self._folder = folder
        hooks, rate = f"{site.product.receiver}/webhooks/evolution", plan.rate / len(CLINICS)
        self._senders = [Senders(f"{hooks}/{clinic.token}", site.ledger, rate, site.sent) for clinic in CLINICS]
        self._agents = [Agents(site.product.api, clinic, site.ledger) for clinic in CLINICS]

    async def run(self) -> Outcome:
        try:
            return await self._run()
        finally:
            await asyncio.gather(*(listener.stop() for listener in self._site.listeners))

    async def _run(self) -> Outcome:
        async with asyncio.TaskGroup() as tasks:
            for clinic, senders in zip(CLINICS, self._senders, strict=True):
                chance = random.Random(f"{self._plan.seed} {clinic.name}")
                day = Day(clinic, chance).webhooks()
                tasks.create_task(senders.run(windows(day, chance, self._plan.twice)))
            await until(self._warm, within=60, what="the load to be running")
            for agents in self._agents:
                tasks.create_task(agents.run())
            await until(lambda: all(agents.sent for agents in self._agents), within=60, what="agents to reply")
            await self._listen()
            await self._scenario.fault(self._site, self._plan.seconds)
            recovering = asyncio.create_task(self._recovered(time.monotonic()))
            await asyncio.sleep(self._plan.after)
            for senders, agents in zip(self._senders, self._agents, strict=True):
                senders.ending.set()
                agents.ending.set()
        verdict = await self._verdict()
        recovering.cancel()  # what is not there now never comes
        [recovered] = await asyncio.gather(recovering, return_exceptions=True)
        seconds = recovered if isinstance(recovered, float) else None
        answers = self._ledger.accepted()
        seen = [listener.journal.transcript for listener in self._site.listeners]
        frames = sum(transcript.live + transcript.replayed for transcript in seen)
        return Outcome(self._scenario, len(answers), answers.total(), self._ledger.refused, verdict, seconds, frames)

    async def _listen(self) -> None:
        """Have agents of every clinic follow what happens, each some conversations."""
        (self._folder / "agents").mkdir()
        async with aiohttp.ClientSession() as http:
            for clinic in CLINICS:
                for number, email in enumerate(clinic.agents):
                    token = await sign_in(http, self._site.product.api, email)
                    self._site.listeners.append(self._listener(clinic, f"{email} {number}", token))
        for listener in self._site.listeners:
            listener.start()
        await until(lambda: all(listener.settled for listener in self._site.listeners), within=60, what="agents there")

    def _listener(self, clinic: Clinic, agent: str, token: str) -> Listener:
        with self._database() as database:
            rows = database.execute("SELECT id FROM conversations WHERE clinic_id = %s ORDER BY id", [clinic.id])
            conversations = [str(row["id"]) for row in rows]
        chance = random.Random(self._site.chance.random())
        followed = chance.sample(conversations, min(FOLLOWED, len(conversations)))
        journal = Journal(self._folder / "agents" / agent, clinic, agent, self._site.agreed)
        return Listener(self._site.product.socket, self._site.product.api, token, followed, journal, chance)

    def _warm(self) -> bool:
        return len(self._ledger.accepted()) >= ENOUGH_BEFORE

    async def _recovered(self, mended: float) -> float:
        """Seconds until every message that was accepted before the mending is stored."""
        accepted = self._ledger.accepted()
        awaited = [
            effect.provider_id
            for name, webhook in self._site.sent.items()
            if name in accepted
            for effect in webhook.effects
            if isinstance(effect, Said)
        ]
        while True:
            if await asyncio.to_thread(self._all_stored, awaited):
                return time.monotonic() - mended
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _all_stored(self, provider_ids: list[str]) -> bool:
        with suppress(psycopg.Error), self._database() as database:
            row = database.execute(
                "SELECT count(*) AS missing FROM unnest(%s::text[]) AS a (provider_id)"
                " WHERE NOT EXISTS (SELECT FROM messages m WHERE m.provider_id = a.provider_id)",
                [provider_ids],
            ).fetchone()
            return row is not None and row["missing"] == 0
        return False

    async def _verdict(self) -> Verdict:
        """As soon as all is well, or as nothing has changed any more for as long as the plan has patience."""
        began = quiet_since = time.monotonic()
        while True:
            on_its_way = await self._on_its_way()
            now = time.monotonic()
            over = now - began > self._plan.recovery
            quiet_since = now if on_its_way else quiet_since
            if over or not on_its_way:
                verdict = await self._judged(on_its_way)
                if over or verdict.sound or now - quiet_since > self._plan.patience:
                    return verdict
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _judged(self, on_its_way: dict[str, int]) -> Verdict:
        """What is stored is read in a thread; what agents know goes on changing, and is read between two frames."""
        verdict, stored = await asyncio.to_thread(self._stored)
        transcripts = [listener.journal.transcript for listener in self._site.listeners]
        complaints = [
            *verdict.complaints,
            *(f"{count} {what}" for what, count in on_its_way.items()),
            *unlike_stored(transcripts, stored.messages, stored.conversations),
            *disagreements(self._site.agreed, stored.history),
            *self._site.remarks,
        ]
        if self._scenario.refuses and not self._ledger.refused[503]:
            complaints.append("nothing was refused: the fault did not come to be")
        journals = [listener.journal for listener in self._site.listeners if listener.journal.foreign]
        heard = [f"{journal.foreign} frames at {journal.transcript.agent}" for journal in journals]
        return replace(verdict, complaints=complaints, foreign=[*verdict.foreign, *heard, *misplaced(stored)])

    def _stored(self) -> tuple[Verdict, Stored]:
        delivered = Counter(record["message"].get("conversation", "") for record in list(self._stand_in.accepted))
        with self._database() as database, Redis.from_url(self._site.redis_url, decode_responses=True) as redis:
            found = look(database)
            verdict = judge(found, dict(self._site.sent), self._ledger.accepted(), delivered)
            complaints = [
                *verdict.complaints,
                *inconsistencies(database),
                *live_faults(redis, database, forgets=self._scenario.forgets),
            ]
            stored = Stored(found.rows, list_versions(database), histories(redis))
        return replace(verdict, complaints=complaints), stored

    async def _on_its_way(self) -> dict[str, int]:
        spooled = sum(path.stat().st_size > 0 for path in (self._folder / "spool").glob("**/*.segment"))
        async with await aio_pika.connect(self._site.servers.url("rabbitmq")) as connection:
            queue = await (await connection.channel()).declare_queue(TOPOLOGY.queue, passive=True)
            ready = queue.declaration_result.message_count or 0
        inside = await asyncio.to_thread(self._left_over)
        return {**inside, **{what: n for what, n in {"in the spool": spooled, "in the broker": ready}.items() if n}}

    def _left_over(self) -> dict[str, int]:
        with self._database() as database:
            return left_over(database)

    def _database(self) -> Database:
        return psycopg.connect(self._site.database_url, autocommit=True, row_factory=dict_row, connect_timeout=5)
