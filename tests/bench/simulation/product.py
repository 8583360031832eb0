"""Prosa as stages that wait for one another, for processors, for synced writes and for the network."""

import math
import random
from dataclasses import dataclass, field
from functools import partial

from tests.bench.simulation.costs import FRAMES, SOCKETS, Costs
from tests.bench.simulation.engine import Act, Clock, Disk, Locks, Machine, Thread

INTAKE_EVENTS, RELAY_EVENTS = 1_000, 500


@dataclass(frozen=True, slots=True)
class Deployment:
    """How many of what, for how many clinics. On one machine everything shares its processors, the load's clients too."""

    clinics: int
    workers: int = 1
    loops: int = 2
    batch: int = 100
    receivers: int = 1
    gateways: int = 1
    sockets: int = SOCKETS
    one_machine: bool = True
    postgres_cores: int = 2
    # A commit of so many events takes no further clinic.
    commit_events: int = 100


@dataclass(slots=True)
class Event:
    """A webhook, from the moment at which it was to be posted."""

    posted: float
    clinic: int


@dataclass(slots=True)
class Outcome:
    """Seconds from the post to each socket, and when each event was published."""

    latencies: list[float] = field(default_factory=list)
    published: list[float] = field(default_factory=list)


class Product:
    """Everything between a post and a socket."""

    def __init__(self, clock: Clock, deployment: Deployment, costs: Costs, chance: random.Random) -> None:
        self.clock, self.deployment, self.costs, self.outcome = clock, deployment, costs, Outcome()
        shared = Machine(clock, 2)

        def machine(cores: int) -> Machine:
            return shared if deployment.one_machine else Machine(clock, cores)

        self.machines = {
            "receivers": machine(deployment.receivers),
            "broker": machine(2),
            "workers": machine(deployment.workers),
            "postgres": machine(deployment.postgres_cores),
            "redis": machine(1),
            "gateways": machine(deployment.gateways),
        }
        self.broker_disk, self.postgres_disk = (Disk(clock, partial(_sync, costs, chance)) for _ in range(2))
        # Conversations' rows, clinic by clinic: as long as each has few that everybody writes to.
        self.locks = Locks()
        self.clients = Thread(shared)
        self.receivers = [_Receiver(self) for _ in range(deployment.receivers)]
        self.workers = [_Worker(self) for _ in range(deployment.workers)]
        self.redis = Thread(self.machines["redis"])
        self.gateways = [Thread(self.machines["gateways"]) for _ in range(deployment.gateways)]
        self.ready: list[Event] = []
        self.outbox: list[Event] = []
        self._posts = self._batches = 0

    def post(self, event: Event) -> None:
        """A webhook comes to one receiver after the other."""
        self._posts += 1
        receiver = self.receivers[self._posts % len(self.receivers)]
        if self.deployment.one_machine:
            self.clients.run(self.costs.client_post, partial(receiver.take, event))
        else:
            receiver.take(event)

    def deliver(self, events: list[Event]) -> None:
        """The broker hands a message to one worker after the other."""
        self._batches += 1
        self.workers[self._batches % len(self.workers)].store(events)

    def ask(self, cores: Machine, seconds: float, statements: float, then: Act) -> None:
        """Work of a server for somebody who waits for each of so many answers."""
        self.clock.after(self.costs.round_trip * statements, partial(cores.run, seconds, then))

    def publish(self, events: list[Event]) -> None:
        """To every gateway that has some of the sockets."""
        taking = min(len(self.gateways), self.deployment.sockets)
        for event in events:
            self.outcome.published.append(self.clock.now)
            for number in range(taking):
                gateway = self.gateways[(event.clinic + number) % len(self.gateways)]
                sockets = len(range(number, self.deployment.sockets, taking))
                cost = self.costs.gateway_event + self.costs.gateway_delivery * sockets * FRAMES
                gateway.run(cost, partial(self._arrive, event, sockets))

    def _arrive(self, event: Event, sockets: int) -> None:
        for _ in range(sockets):
            if self.deployment.one_machine:
                self.clients.run(self.costs.client_frame * FRAMES, partial(self._seen, event))
            else:
                self._seen(event)

    def _seen(self, event: Event) -> None:
        self.outcome.latencies.append(self.clock.now - event.posted)


class _Receiver:
    """Group commit: one publish is under way, and whatever arrives meanwhile goes with the next."""

    def __init__(self, product: Product) -> None:
        self._product, self._thread = product, Thread(product.machines["receivers"])
        self._pending: list[Event] = []
        self._publishes = False

    def take(self, event: Event) -> None:
        self._thread.run(self._product.costs.receiver_event, partial(self._add, event))

    def _add(self, event: Event) -> None:
        self._pending.append(event)
        if not self._publishes:
            self._publish()

    def _publish(self) -> None:
        self._publishes = True
        events, self._pending = self._pending, []
        product = self._product
        written = partial(product.broker_disk.sync, partial(self._confirmed, events))
        product.ask(product.machines["broker"], product.costs.broker_event * len(events), 1, written)

    def _confirmed(self, events: list[Event]) -> None:
        self._publishes = False
        self._product.deliver(events)
        if self._pending:
            self._publish()


class _Worker:
    """Intake, loops that claim and apply, and the relay, on one thread."""

    def __init__(self, product: Product) -> None:
        self._product, self._thread = product, Thread(product.machines["workers"])
        self._arrived: list[Event] = []
        self._stores = self._relays = False
        self._idle_loops = product.deployment.loops

    def store(self, events: list[Event]) -> None:
        self._arrived += events
        if not self._stores:
            self._store()

    def _store(self) -> None:
        self._stores = True
        batch, self._arrived = self._arrived[:INTAKE_EVENTS], self._arrived[INTAKE_EVENTS:]
        self._stage("intake", len(batch), partial(self._stored, batch))

    def _stored(self, batch: list[Event]) -> None:
        self._product.ready += batch
        self._stores = False
        if self._arrived:
            self._store()
        while self._idle_loops and self._product.ready:
            self._idle_loops -= 1
            self._claim()

    def _claim(self) -> None:
        ready, most = self._product.ready, self._product.deployment.batch
        batch = ready[:most]
        del ready[:most]
        if batch:
            self._stage(
                "claim", len(batch), partial(self._apply, by_clinics(batch, self._product.deployment.commit_events))
            )
        else:
            self._idle_loops += 1

    def _apply(self, commits: list[list[Event]]) -> None:
        """One commit after the other, each of some clinics."""
        if not commits:
            self._claim()
            return
        clinics = {event.clinic for event in commits[0]}
        commit = partial(self._committed, commits, clinics)
        self._product.locks.take(clinics, partial(self._stage, "effects", len(commits[0]), commit))

    def _committed(self, commits: list[list[Event]], clinics: set[int]) -> None:
        self._product.locks.release(clinics)
        self._product.outbox += commits[0]
        if not self._relays:
            self._relay()
        self._apply(commits[1:])

    def _relay(self) -> None:
        outbox = self._product.outbox
        batch = outbox[:RELAY_EVENTS]
        del outbox[:RELAY_EVENTS]
        self._relays = bool(batch)
        if batch:
            stage, product = self._product.costs.stages["relay"], self._product
            self._thread.run(stage.worker(len(batch)), partial(self._to_redis, batch))
            product.machines["postgres"].run(stage.postgres(len(batch)), _nothing)

    def _to_redis(self, batch: list[Event]) -> None:
        product = self._product
        cost = product.costs.redis_frame * FRAMES * len(batch)
        product.clock.after(product.costs.round_trip, partial(product.redis.run, cost, partial(self._sent, batch)))

    def _sent(self, batch: list[Event]) -> None:
        """Its commit does not wait for the disk: what is forgotten is published again."""
        self._product.publish(batch)
        self._relay()

    def _stage(self, name: str, events: int, then: Act) -> None:
        """The worker's part, then Postgres', then the commit."""
        product, stage = self._product, self._product.costs.stages[name]
        # A claim does not wait for the disk: one that is forgotten is made again.
        commit = then if name == "claim" else partial(product.postgres_disk.sync, then)
        postgres = partial(product.ask, product.machines["postgres"], stage.postgres(events), stage.statements, commit)
        self._thread.run(stage.worker(events), postgres)


def by_clinics(batch: list[Event], commit_events: int) -> list[list[Event]]:
    """A batch as the commits that are made of it: clinic after clinic, in one order for all workers."""
    clinics: dict[int, list[Event]] = {}
    for event in batch:
        clinics.setdefault(event.clinic, []).append(event)
    commits: list[list[Event]] = []
    for clinic in sorted(clinics):
        if not commits or len(commits[-1]) >= commit_events:
            commits.append([])
        commits[-1] += clinics[clinic]
    return commits


def _sync(costs: Costs, chance: random.Random) -> float:
    """Log-normal, with the median and the 99th percentile that were measured."""
    spread = math.log(max(costs.sync_p99, costs.sync_p50) / costs.sync_p50) / 2.326
    return costs.sync_p50 * math.exp(chance.gauss(0.0, spread))


def _nothing() -> None:
    return
