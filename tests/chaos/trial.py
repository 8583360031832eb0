"""One trial: a fresh database under load, a fault, healing, and the verdict once nothing is on its way any more."""

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aio_pika
import psycopg
from psycopg.rows import dict_row
from redis import Redis

from deploy.demo.seed import seed
from shared.broker.declare import declare
from shared.broker.topology import Topology
from shared.db.migrate import migrate
from tests.chaos.agents import Agents
from tests.chaos.faults import KILLED, Scenario, Site
from tests.chaos.ledger import Ledger, open_ledger
from tests.chaos.load import Day, Said, windows
from tests.chaos.senders import Senders
from tests.chaos.servers import Servers
from tests.chaos.verdict import Database, Verdict, inconsistencies, judge, left_over, live_faults, look
from tests.databases import at_database
from tests.integration.queue_worker.evolution_stand_in import EvolutionStandIn, evolution_stand_in
from tests.product import running_product
from tests.proxy import Proxy, open_proxy
from tests.waiting import until

TEMPLATE = "prosa_chaos_template"
TOPOLOGY = Topology("prosa.chaos")
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
    """What a trial came to. `recovered` is None where it never did."""

    scenario: Scenario
    accepted: int
    answers: int
    refused: Counter[int]
    verdict: Verdict
    recovered: float | None


def prepare(servers: Servers) -> None:
    """Declare the queue, and make the database that trials copy."""
    url = servers.url("postgres")
    _execute(servers, f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
    _execute(servers, f"CREATE DATABASE {TEMPLATE}")
    migrate(at_database(url, TEMPLATE))
    seed(at_database(url, TEMPLATE))
    asyncio.run(declare(servers.url("rabbitmq"), TOPOLOGY))


@contextmanager
def _database(servers: Servers) -> Iterator[str]:
    """A database of its own; no connection is held meanwhile, because Postgres may be what is stopped."""
    name = f"prosa_chaos_{secrets.token_hex(6)}"
    _execute(servers, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield at_database(servers.url("postgres"), name)
    finally:
        with suppress(psycopg.Error):  # a trial that broke down may have left Postgres stopped
            _execute(servers, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(servers: Servers, statement: str) -> None:
    with psycopg.connect(servers.url("postgres"), autocommit=True) as server:
        server.execute(statement.encode())


async def run_trial(servers: Servers, scenario: Scenario, plan: Plan) -> Outcome:
    """Run one scenario on prepared servers."""
    await _forget_everything(servers)
    folder = plan.folder / f"{scenario.name}-{secrets.token_hex(3)}"
    folder.mkdir(parents=True)
    with _database(servers) as database_url, open_ledger(folder / "ledger") as ledger:
        async with evolution_stand_in() as stand_in:
            modules = {"queue_worker": plan.worker}
            async with (
                _proxies(servers, database_url) as proxies,
                running_product(folder, _environment(proxies, folder, stand_in), *KILLED, modules=modules) as product,
            ):
                site = Site(servers, proxies, product, database_url, servers.url("redis"), random.Random(plan.seed))
                return await _Trial(site, scenario, plan, ledger, stand_in, folder).run()


@asynccontextmanager
async def _proxies(servers: Servers, database_url: str) -> AsyncIterator[dict[str, Proxy]]:
    urls = {"postgres": database_url, "redis": servers.url("redis"), "rabbitmq": servers.url("rabbitmq")}
    async with AsyncExitStack() as stack:
        yield {kind: await stack.enter_async_context(open_proxy(url)) for kind, url in urls.items()}


async def _forget_everything(servers: Servers) -> None:
    await asyncio.to_thread(servers.start, "redis")
    with Redis.from_url(servers.url("redis")) as redis:
        redis.flushall()
    async with await aio_pika.connect(servers.url("rabbitmq")) as connection:
        channel = await connection.channel()
        await (await channel.declare_queue(TOPOLOGY.queue, passive=True)).purge()


def _environment(proxies: Mapping[str, Proxy], folder: Path, stand_in: EvolutionStandIn) -> dict[str, str]:
    """Leases and waits are short, so that what a fault leaves behind is soon taken up."""
    return {
        "DATABASE_URL": proxies["postgres"].url,
        "REDIS_URL": proxies["redis"].url,
        "RABBITMQ_URL": proxies["rabbitmq"].url,
        "WEBHOOK_QUEUE_NAME": TOPOLOGY.name,
        "WEBHOOK_SPOOL_DIR": str(folder / "spool"),
        "MEDIA_STORE": f"file:{folder / 'media'}",
        "PROSA_ENV": "test",
        "QUEUE_LEASE_SECONDS": "5",
        "QUEUE_BATCH_SIZE": "50",
        "EVOLUTION_API_URL": stand_in.url,
        "EVOLUTION_API_KEY": stand_in.key,
        "EVOLUTION_SEND_TIMEOUT": "3",
        "EVOLUTION_ECHO_WAIT": "2",
        # What the webhooks lost would be filled in, and the loss not be seen.
        "EVOLUTION_COMPARISON_INTERVAL": "0",
    }


class _Trial:
    def __init__(
        self, site: Site, scenario: Scenario, plan: Plan, ledger: Ledger, stand_in: EvolutionStandIn, folder: Path
    ) -> None:
        self._site = site
        self._scenario = scenario
        self._plan = plan
        self._ledger = ledger
        self._stand_in = stand_in
        self._folder = folder
        url = f"{site.product.receiver}/webhooks/evolution/demo-evolution-token"
        self._senders = Senders(url, ledger, plan.rate)
        self._agents = Agents(site.product.api, ledger)

    async def run(self) -> Outcome:
        chance = random.Random(self._plan.seed)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._senders.run(windows(Day(chance).webhooks(), chance, self._plan.twice)))
            await until(self._warm, within=60, what="the load to be running")
            tasks.create_task(self._agents.run())
            await until(lambda: self._agents.sent, within=30, what="agents to reply")
            await self._scenario.fault(self._site, self._plan.seconds)
            recovering = asyncio.create_task(self._recovered(time.monotonic()))
            await asyncio.sleep(self._plan.after)
            self._senders.ending.set()
            self._agents.ending.set()
        verdict = await self._verdict()
        recovering.cancel()  # what is not there now never comes
        [recovered] = await asyncio.gather(recovering, return_exceptions=True)
        seconds = recovered if isinstance(recovered, float) else None
        answers = self._ledger.accepted()
        return Outcome(self._scenario, len(answers), answers.total(), self._ledger.refused, verdict, seconds)

    def _warm(self) -> bool:
        return len(self._ledger.accepted()) >= ENOUGH_BEFORE

    async def _recovered(self, mended: float) -> float:
        """Seconds until every message that was accepted before the mending is stored."""
        accepted = self._ledger.accepted()
        awaited = [
            effect.provider_id
            for name, webhook in self._senders.sent.items()
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
            verdict = await asyncio.to_thread(self._judged, on_its_way)
            now = time.monotonic()
            quiet_since = now if on_its_way else quiet_since
            if verdict.sound or now - quiet_since > self._plan.patience or now - began > self._plan.recovery:
                return verdict
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _judged(self, on_its_way: dict[str, int]) -> Verdict:
        delivered = Counter(record["message"].get("conversation", "") for record in self._stand_in.accepted)
        with self._database() as database, Redis.from_url(self._site.redis_url, decode_responses=True) as redis:
            verdict = judge(look(database), self._senders.sent, self._ledger.accepted(), delivered)
            complaints = [
                *verdict.complaints,
                *(f"{count} {what}" for what, count in on_its_way.items()),
                *inconsistencies(database),
                *live_faults(redis, database, forgets=self._scenario.forgets),
            ]
        return Verdict(verdict.stored, verdict.dead, verdict.lost, verdict.doubled, complaints)

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
