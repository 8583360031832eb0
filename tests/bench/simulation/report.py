"""The simulation beside what was measured, and what it says of more than one machine."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.bench.simulation.costs import Costs, measured_costs
from tests.bench.simulation.product import Deployment
from tests.bench.simulation.run import Figures, drained, steady

NEEDED = ("receiver", "pipeline", "gateway", "end_to_end", "limits")
CLINICS, RATE, SECONDS = 10_000, 5_000, 2.0
ROUND_TRIP = 0.25e-3
WORKERS = (4, 8, 12, 16)
FAR = Deployment(CLINICS, receivers=4, gateways=30, one_machine=False, postgres_cores=16)
PIPELINE = Deployment(clinics=5, batch=500, sockets=0)
PIPELINE_EVENTS = 20_000


def simulation_section(results: Mapping[str, Mapping[str, Any]]) -> str | None:
    """A section for docs/scaling.md; None while some of the figures that it begins with are missing."""
    if any(name not in results for name in NEEDED):
        return None
    costs = measured_costs(results)
    return "\n".join(
        [
            "## The simulation",
            "",
            "A discrete-event simulation (`tests/bench/simulation/`) of receivers with group commit, broker, workers with",
            "their batches, Postgres with shared synced writes, Redis and gateways. `make bench` writes this section anew:",
            "what most steps cost is measured; row locks and sizes of commits were added after the first comparison. First",
            "the single machine: where it does not come out as measured, what follows is not to be trusted either:",
            "",
            *_measured_beside(results, costs),
            "",
            f"Then {CLINICS:,} clinics with {RATE:,} events/s that come as they like, on machines of their own"
            f" {ROUND_TRIP * 1e3:g} ms apart: {FAR.receivers} receivers,",
            f"{FAR.gateways} gateways, a Postgres of {FAR.postgres_cores} cores. Hardly two events of a batch are of one"
            " clinic:",
            "",
            *_far(costs),
            "",
        ]
    )


def _measured_beside(results: Mapping[str, Mapping[str, Any]], costs: Costs) -> list[str]:
    worker, latencies = results["pipeline"]["detail"]["Prosa's worker"], results["end_to_end"]["detail"]
    one_machine = Deployment(clinics=50, batch=100)
    simulated = steady(one_machine, costs, rate=latencies["rate"], seconds=8)
    rows = [
        (
            f"pipeline, {count} worker{'s' if count > 1 else ''}",
            worker[str(count)]["events_per_second"],
            _drain(costs, count),
        )
        for count in (1, 2)
    ]
    table = [f"| {name}, events/s | {was:,.0f} | {now:,.0f} | {now / was:.2f} |" for name, was, now in rows]
    for name, was, now in (("p50", latencies["p50_ms"], simulated.p50), ("p99", latencies["p99_ms"], simulated.p99)):
        table.append(f"| webhook to sockets, {name} | {was:.1f} ms | {now * 1e3:.1f} ms | {now * 1e3 / was:.2f} |")
    return ["| | measured | simulated | ratio |", "|---|---:|---:|---:|", *table]


def _drain(costs: Costs, workers: int) -> float:
    return drained(replace(PIPELINE, workers=workers), costs, events=PIPELINE_EVENTS)


def _far(costs: Costs) -> list[str]:
    far = replace(costs, round_trip=ROUND_TRIP)
    rows = [
        _far_row(workers, steady(replace(FAR, workers=workers), far, rate=RATE, seconds=SECONDS, evenly=False))
        for workers in WORKERS
    ]
    return [
        f"| workers | p50 | p99 | waiting after {SECONDS:g} s | workers busy | Postgres busy | gateways busy |",
        "|---:|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def _far_row(workers: int, figures: Figures) -> str:
    busy = " | ".join(f"{figures.busy[name]:.0%}" for name in ("workers", "postgres", "gateways"))
    return f"| {workers} | {figures.p50 * 1e3:,.1f} ms | {figures.p99 * 1e3:,.1f} ms | {figures.late:,} | {busy} |"
