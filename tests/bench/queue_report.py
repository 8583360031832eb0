"""The queue's figures as sections of the page and as parts of results.json."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.bench import queue_events, queue_horizon
from tests.bench.contestants.queue_prosa import LOOPS
from tests.bench.report import plot
from tests.bench.results import part

Table = dict[str, dict[str, dict[str, float]]]


@dataclass(frozen=True, slots=True)
class Figures:
    """By contestant, then by the number of its processes."""

    alone: Table
    events: Table
    horizon: dict[str, float]


def parts(figures: Figures) -> dict[str, Any]:
    """Parts of results.json; a contestant's figure is the best of one process and two."""
    alone, events = figures.alone, figures.events
    return {
        "queue": _part(alone, _alone_ours(alone), "jobs_per_second", "jobs/s, claim to done"),
        "pipeline": _part(events, [queue_events.OURS], "events_per_second", "events/s, AMQP to published"),
        "queue_horizon": part(figures.horizon["last"], "jobs/s", detail=figures.horizon),
    }


def _alone_ours(table: Table) -> list[str]:
    return [name for name in table if name.startswith("Prosa")]


def _part(table: Table, ours: list[str], rate: str, unit: str) -> dict[str, Any]:
    peers = {name: _best(table, [name], rate) for name in table if name not in (*ours, queue_events.LIMIT)}
    limit = _best(table, [queue_events.LIMIT], rate) if queue_events.LIMIT in table else None
    return part(_best(table, ours, rate), unit, peers=peers, limit=limit, detail=table)


def _best(table: Table, names: Iterable[str], rate: str) -> float:
    return max(figures[rate] for name in names for figures in table[name].values())


def sections(figures: Figures) -> list[str]:
    """The three tables, each with what it says."""
    return [_alone_section(figures.alone), _events_section(figures.events), _horizon_section(figures.horizon)]


def _alone_section(table: Table) -> str:
    ours = _best(table, _alone_ours(table), "jobs_per_second")
    peer = _best(table, [name for name in table if not name.startswith("Prosa")], "jobs_per_second")
    rows = [
        f"| {name} | {one['jobs_per_second']:,.0f} | {two['jobs_per_second']:,.0f} | {one['client_cpu_us'] / 1e3:.3f} s"
        f" | {one['postgres_cpu_us'] / 1e3:.3f} s | {one['wal_bytes']:,.0f} |"
        for name, (one, two) in ((name, (of_one["1"], of_one["2"])) for name, of_one in table.items())
    ]
    return "\n".join(
        [
            "## The queue alone: jobs/s from claim to done, the handler does nothing",
            "",
            "One Postgres, one payload of 1 kB, jobs inserted before. All commit with synchronous_commit; each fills and",
            f"drains through its own interface. A process of ours has {LOOPS} loops, as a worker;"
            " graphile-worker has 24 concurrent jobs and",
            "completions in batches; pgqueuer runs on asyncpg and uvloop; Procrastinate has 10 concurrent jobs. Peers'",
            "clocks begin at their first job and end at their last, ours begins before the first claim and ends after the",
            "last commit. CPU is in seconds per 1,000 jobs, WAL in bytes a job, both of one process. Medians of interleaved"
            " rounds.",
            "",
            "| | 1 process | 2 processes | client CPU | Postgres CPU | WAL |",
            "|---|---:|---:|---:|---:|---:|",
            *rows,
            "",
            f"Best of ours against the best peer: {ours / peer:.2f} × the jobs.",
            "",
            plot("queue", "jobs/s of each queue"),
            "",
        ]
    )


def _events_section(table: Table) -> str:
    ours, limit = (_best(table, [name], "events_per_second") for name in (queue_events.OURS, queue_events.LIMIT))
    peer = _best(table, [queue_events.NODE, queue_events.PYTHON], "events_per_second")
    rows = [
        f"| {name}, {processes} | {figures['events_per_second']:,.0f} | {figures['client_cpu_us']:.0f} µs"
        f" | {figures['postgres_cpu_us']:.0f} µs |"
        for name, of_one in table.items()
        for processes, figures in of_one.items()
    ]
    return "\n".join(
        [
            "## From AMQP to stored effects and a published event: events/s with the real handler",
            "",
            f"Texts of {queue_events.CLINICS} clinics with {queue_events.PATIENTS} conversations each lie in the broker;"
            " the time ends when the last event's frame is",
            "published. Ours is the real worker, fed as the receiver publishes"
            f" ({queue_events.ENVELOPES_A_PUBLISH} webhooks a message), with batches of {queue_events.BATCH};",
            f"the peers get one message each, {queue_events.PREFETCH} in hand at once, with prepared statements and no"
            " durable outbox. The limit is Postgres",
            f"alone: batches of {queue_events.BATCH}, two sessions, no broker, no queue, no Redis. Behind each name, the"
            " number of its processes. All end with",
            "the same rows (checked). CPU is user and system time an event. Medians of interleaved rounds.",
            "",
            "| | events/s | client CPU | Postgres CPU |",
            "|---|---:|---:|---:|",
            *rows,
            "",
            f"Best of ours against the best peer: {ours / peer:.2f} × the events; against the limit: {ours / limit:.2f} ×.",
            "",
            plot("pipeline", "events/s of each consumer"),
            "",
        ]
    )


def _horizon_section(figures: dict[str, float]) -> str:
    return "\n".join(
        [
            f"## While an idle transaction holds the horizon: {figures['held_seconds']:.0f} s",
            "",
            f"{queue_horizon.JOBS_PER_SECOND:,} jobs/s in bursts of {queue_horizon.BURST}, claimed {queue_horizon.BATCH} at"
            " once; the figures are jobs/s from a burst's first claim to its last",
            "completion. None of the rows that were done can be removed while the transaction is open.",
            "",
            "| before | its first seconds | its last seconds | after | dead rows at its end |",
            "|---:|---:|---:|---:|---:|",
            f"| {figures['before']:,.0f} | {figures['first']:,.0f} | {figures['last']:,.0f} | {figures['after']:,.0f}"
            f" | {figures['dead_rows']:,.0f} |",
            "",
        ]
    )
