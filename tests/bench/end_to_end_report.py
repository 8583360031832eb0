"""The latencies through the whole product, as a part of results.json and as a section of the page."""

from typing import Any

from tests.bench.report import plot
from tests.bench.results import part

# One synced write each: the broker's log, then Postgres' at the intake's commit and at that of the effects.
SYNCED_HOPS = 3


def end_to_end_part(latencies: dict[str, Any], sync_us: float) -> dict[str, Any]:
    """The limit is one synced write after the other, all else for nothing; it has no peers."""
    limit = round(SYNCED_HOPS * sync_us / 1000, 2)
    return {"end_to_end": part(latencies["p99_ms"], "ms, p99", better="less", limit=limit, detail=latencies)}


def end_to_end_section(latencies: dict[str, Any], options: dict[str, Any], sync_us: float) -> str:
    """The page's section."""
    return "\n".join(
        [
            "## From the POST to agents' sockets",
            "",
            f"{options['rate']} webhooks/s over {options['clinics']} clinics with {options['agents']} sockets each"
            f" ({options['clinics'] * options['agents']} in all), open-loop,",
            "through receiver, RabbitMQ, worker, Postgres, Redis and gateway, one process each; the load generator and the",
            "sockets' clients share the machine. The time is from a webhook's planned moment to each socket's `message:new`.",
            f"{options['seconds']} s after a warm-up. The limit is {SYNCED_HOPS} synced writes, one after the other, and"
            " nothing else.",
            "",
            "| p50 | p99 | p99.9 | the limit |",
            "|---:|---:|---:|---:|",
            f"| {latencies['p50_ms']} ms | {latencies['p99_ms']} ms | {latencies['p999_ms']} ms"
            f" | {SYNCED_HOPS * sync_us / 1000:.1f} ms |",
            "",
            "CPU an event beyond what is spent while nothing comes: "
            + ", ".join(f"{name} {cost} µs" for name, cost in latencies["cpu_us"].items())
            + ".",
            "",
            plot("end-to-end", "p50 and p99 of each second"),
            "",
        ]
    )
