"""What one scenario is given: the arena, a seed, a truth, clients; and the checks that all of them share."""

import asyncio
import random
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from redis.asyncio import Redis

from shared.pubsub.connection import open_redis
from tests.scenarios.arena import Arena
from tests.scenarios.client import Client, Person, all_online
from tests.scenarios.gateway_process import GatewayProcess
from tests.scenarios.publisher import Publisher, load
from tests.scenarios.report import Report
from tests.scenarios.rights import Rights, serve_rights
from tests.scenarios.truth import Address, Truth

PATIENCE_SECONDS = 20.0


@dataclass
class Stage:
    """One run of one scenario."""

    arena: Arena
    report: Report
    seconds: float
    random: random.Random
    redis: Redis
    rights: Rights
    # How long, at most, something may take that comes by itself.
    patience: float
    truth: Truth = field(default_factory=Truth)
    clients: list[Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.publisher = Publisher(self.redis, self.truth, self.arena.numbers)
        # A clinic of its own: no allowance and no channel is shared with another scenario.
        self.clinic = self.clinic_id()

    # What there is

    @property
    def gateways(self) -> list[GatewayProcess]:
        return self.arena.gateways

    def clinic_id(self) -> int:
        """A clinic that nobody else has."""
        return next(self.arena.numbers)

    def person(self, clinic_id: int | None = None, **options: Any) -> Person:
        """Somebody of a clinic, the scenario's own unless told otherwise."""
        return Person(next(self.arena.numbers), clinic_id or self.clinic, **options)

    def rooms(self, many: int, clinic_id: int | None = None) -> list[Address]:
        """Conversations that only this clinic's users may join."""
        clinic_id = clinic_id or self.clinic
        made = [str(next(self.arena.numbers)) for _ in range(many)]
        for conversation in made:
            self.rights.grant(clinic_id, conversation)
        return [Address(clinic_id, f"conversa:{conversation}") for conversation in made]

    @property
    def lists(self) -> Address:
        """The clinic's channel."""
        return Address(self.clinic, f"empresa:{self.clinic}")

    def client(
        self,
        *rooms: Address,
        person: Person | None = None,
        at: Sequence[GatewayProcess] | None = None,
        **options: Any,
    ) -> Client:
        """A client that follows conversations, of a user of its own; it is not started."""
        person = person or self.person(rooms[0].clinic_id if rooms else None)
        gateways = self.gateways if at is None else at
        seed = random.Random(self.random.random())
        client = Client(person, lambda: [gateway.port for gateway in gateways], self.truth, seed, **options)
        client.follow(*(room.conversation for room in rooms))
        self.clients.append(client)
        return client

    async def online(self, *clients: Client) -> None:
        """Start clients; they have joined what they follow when this returns."""
        for client in clients:
            client.start()
        await all_online(clients)

    async def load(self, channels: Sequence[Address], per_second: float, seconds: float | None = None) -> None:
        """Publish on channels by chance for the scenario's time."""
        lasting = self.seconds if seconds is None else seconds
        await load(self.publisher, channels, self.random, per_second=per_second, seconds=lasting)

    # What is checked

    def check(self, what: str, held: object, seen: object = "") -> None:
        """Note that something was checked, and whether it held."""
        if what not in self.report.checked:
            self.report.checked.append(what)
        if not held:
            self.report.violations.append(f"not true: {what}; seen: {seen}"[:500])

    def figure(self, name: str, value: float) -> None:
        """Note how much of something there was."""
        self.report.figures[name] = value

    async def settle(self, *clients: Client) -> None:
        """Once the dust has settled, each client's view is what was committed."""
        watched = clients or tuple(self.clients)
        await reached(lambda: all(client.complete for client in watched), self.patience)
        for client in watched:
            self._check_complete(client)
        views = [view for client in watched for view in client.views.values()]
        self.figure("published", self.truth.acknowledged)
        self.figure("live", sum(view.live for view in views))
        self.figure("replayed", sum(view.replayed for view in views))
        self.figure("resets", sum(view.resets for view in views))
        self.check("views equal the ledger", all(client.complete for client in watched), "see the other violations")

    def _check_complete(self, client: Client) -> None:
        if not client.joined:
            standing = {name: view.resuming for name, view in client.views.items()}
            self.report.violations.append(f"not back: {client.closes[-3:]=} {client.refusals[-3:]=} {standing}"[:300])
        for channel, view in client.views.items():
            if view.missing:
                self.report.violations.append(f"lost: {len(view.missing)} of {channel}, such as {min(view.missing)}")

    def check_clients(self) -> None:
        """No client has seen a promise broken."""
        for client in self.clients:
            self.report.violations += client.every_complaint()
        if self.clients:
            self.report.checked.append("order, gaps, repetitions, strangers")

    async def check_empty(self) -> None:
        """No gateway keeps a connection that is gone."""
        for gateway in self.gateways:
            if not gateway.runs:
                continue
            held = await reached(partial(_empty, gateway), self.patience)
            self.check("no connection stays", held, f"{gateway.name}: {metric(gateway, 'connections')}")


async def reached(condition: Callable[[], object], within: float) -> bool:
    """Whether the condition comes true in time."""
    deadline = asyncio.get_running_loop().time() + within
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def _empty(gateway: GatewayProcess) -> bool:
    return metric(gateway, "connections") == 0


def metric(gateway: GatewayProcess, name: str) -> float:
    """A metric of a gateway, 0 where it has none of that name."""
    return gateway.metrics().get(name, 0.0)


@asynccontextmanager
async def open_stage(arena: Arena, report: Report, seconds: float, patience: float) -> AsyncIterator[Stage]:
    """A stage in an arena that is made whole before and after."""
    await asyncio.to_thread(arena.heal)
    async with open_redis(arena.redis.url, "prosa-scenarios") as redis, serve_rights(arena.api_port) as rights:
        chance = random.Random(f"{report.name} {report.seed}")
        stage = Stage(arena, report, seconds, chance, redis, rights, patience)
        faults = arena.faults()
        try:
            yield stage
        finally:
            stage.check_clients()
            await asyncio.gather(*(client.stop() for client in stage.clients))
            await asyncio.to_thread(arena.heal)
            await stage.check_empty()
            stage.check("no gateway logged a fault", arena.faults() == faults, arena.faults() - faults)


async def run(
    arena: Arena,
    name: str,
    play: Callable[[Stage], Awaitable[None]],
    *,
    seed: int,
    seconds: float,
    patience: float = PATIENCE_SECONDS,
) -> Report:
    """Run a scenario; whatever it does, it reports."""
    report = Report(name, seed)
    async with open_stage(arena, report, seconds, patience) as stage:
        try:
            await play(stage)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a violation
            where = traceback.extract_tb(error.__traceback__)[-1]
            report.violations.append(
                f"broke down ({where.name}, {where.lineno}): {type(error).__name__}: {error}"[:1500]
            )
    return report
