"""The hour's course, and what its ledger says at the end."""

from typing import Any

from tests.bench.hour.soak import Outcome, Sample
from tests.bench.hour.watch import WORKING_TABLES
from tests.bench.report import plot
from tests.bench.results import part

ROWS = 13
POINTS = 60


def hour_section(outcome: Outcome, *, clinics: int, agents: int, rate: int) -> str:
    """The page's section."""
    samples = outcome.samples
    last = samples[-1]
    return "\n".join(
        [
            f"## An hour of the whole product: {rate} webhooks/s, {clinics * agents:,} sockets",
            "",
            f"{clinics} clinics of {agents} agents, each with three conversations open; texts, the clinic's own messages and",
            "their states, reactions, edits and one in a hundred that is garbage. One process of each service on one",
            "machine, which also holds the servers, the load and all the sockets' clients. Times are from a webhook's",
            "planned moment to each socket; those of reads are lists'. Connections are Postgres' sessions, waiting is what",
            "lies in queue and outbox.",
            "",
            "| minute | p50 | p99 | reads p99 | "
            + " | ".join(name.replace("_", " ") for name in last.vitals.memory)
            + " | connections | waiting | working tables |",
            "|---:" * (7 + len(last.vitals.memory)) + "|",
            *(_row(sample) for sample in samples[:: max(1, len(samples) // ROWS)]),
            "",
            f"Over {last.minute:.0f} minutes {last.accepted:,} webhooks were accepted and {last.refused:,} refused. Of"
            f" {outcome.texts_accepted:,} messages {outcome.texts_stored:,} are stored,",
            f"of {outcome.garbage_accepted:,} pieces of garbage {outcome.dead_letters:,} are dead letters. Frames to"
            f" sockets: {last.frames:,}; the most that were late by 10 s: {max(one.late for one in samples):,}.",
            "",
            plot("hour", "p50 and p99 over time"),
            "",
            plot("hour-memory", "memory of each process over time"),
            "",
            plot("hour-tables", "sizes of tables that hold work"),
            "",
            plot("hour-waiting", "rows that wait, and connections"),
            "",
        ]
    )


def _row(sample: Sample) -> str:
    vitals = sample.vitals
    memory = " | ".join(f"{size / 2**20:.0f} MiB" for size in vitals.memory.values())
    working = sum(vitals.tables.get(name, 0) for name in WORKING_TABLES) / 2**20
    return (
        f"| {sample.minute:.1f} | {sample.p50_ms:.1f} ms | {sample.p99_ms:.1f} ms | {sample.read_p99_ms:.1f} ms | {memory}"
        f" | {vitals.sessions} | {vitals.waiting:,} | {working:.1f} MiB |"
    )


def hour_part(outcome: Outcome) -> dict[str, Any]:
    """A part of results.json; an hour has no peers."""
    worst = max(sample.p99_ms for sample in outcome.samples)
    samples = [
        {
            "minute": sample.minute,
            "p50_ms": sample.p50_ms,
            "p99_ms": sample.p99_ms,
            "memory": sample.vitals.memory,
            "files": sample.vitals.files,
            "sessions": sample.vitals.sessions,
            "waiting": sample.vitals.waiting,
            "redis_bytes": sample.vitals.redis_bytes,
            "working_tables": {name: sample.vitals.tables.get(name, 0) for name in WORKING_TABLES},
        }
        for sample in outcome.samples[:: max(1, len(outcome.samples) // POINTS)]
    ]
    ledger = {name: value for name, value in outcome._asdict().items() if name != "samples"}
    return {"hour": part(worst, "ms, worst p99", better="less", detail={"samples": samples, "ledger": ledger})}
