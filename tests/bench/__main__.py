"""`make bench`: side by side in one run; writes docs/benchmarks.md and .local/bench/results.json.

Where only some parts are asked for (`make bench ARGS=queue`), the other parts' figures stay as they are.
"""

import argparse
import asyncio
import json
import os
from pathlib import Path
from typing import Any

from deploy.local.dashboard import ensure_dashboard
from deploy.local.progress import Progress
from deploy.local.settings import read_settings
from tests.bench import (
    api_reads,
    clinic_day,
    dashboard,
    end_to_end,
    queue_alone,
    queue_events,
    queue_horizon,
    queue_report,
    receiver,
)
from tests.bench.gateway import measure as gateway
from tests.bench.gateway import soak
from tests.bench.gateway.report import gateway_parts, gateway_section
from tests.bench.machine import describe_machine
from tests.bench.peers.install import install_peers
from tests.bench.peers.nchan import install_nchan
from tests.bench.report import end_to_end_part, end_to_end_section, receiver_part, receiver_section, renewed
from tests.bench.servers import Servers, bench_servers
from tests.product import ROOT

RESULTS = ROOT / ".local" / "bench" / "results.json"
REPORT = ROOT / "docs" / "benchmarks.md"
PARTS = ("receiver", "queue", "gateway", "api", "end_to_end")
# Only where it is asked for: it takes its time, or wants a browser.
MORE_PARTS = ("soak", "day", "dashboard")
# No round is begun after so many seconds, but for the first.
EVENTS_SECONDS = 75.0
ALONE_SECONDS = 90.0
GATEWAY_SECONDS = 900.0


def main() -> None:
    options = _options()
    with bench_servers() as servers:
        machine = describe_machine(servers)
        sections, results = measured(servers, options)
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    _write(RESULTS, json.dumps(kept | results, indent=2))
    report = renewed(REPORT.read_text("utf-8") if REPORT.exists() else "", machine, sections)
    if not options.dry:
        _write(REPORT, report)
    print(report)


def measured(servers: Servers, options: argparse.Namespace) -> tuple[list[str], dict[str, Any]]:
    """The page's sections and the results of the parts that were asked for."""
    sections: list[str] = []
    results: dict[str, Any] = {}
    if "receiver" in options.parts:
        receivers = asyncio.run(receiver.measure(servers, rounds=options.rounds, seconds=options.seconds))
        sections.append(receiver_section(receivers, vars(options)))
        results |= receiver_part(receivers)
    if "queue" in options.parts:
        install_peers()
        queues = asyncio.run(_queue(servers, options))
        sections += queue_report.sections(queues)
        results |= queue_report.parts(queues)
    if "gateway" in options.parts:
        install_peers()
        install_nchan()
        gateways = asyncio.run(_gateway(servers, options))
        sections.append(gateway_section(gateways, vars(options)))
        results |= gateway_parts(gateways)
    if "soak" in options.parts:
        samples = asyncio.run(soak.soak(servers, minutes=options.minutes, sockets=options.sockets))
        sections.append(soak.soak_section(samples, options.sockets))
        results |= soak.soak_part(samples)
    if "api" in options.parts:
        reads = asyncio.run(
            api_reads.measure(servers, rate=options.reads, seconds=options.seconds, scale=options.scale)
        )
        sections.append(api_reads.api_section(reads, vars(options)))
        results |= api_reads.api_part(reads)
    if "day" in options.parts:
        day = asyncio.run(clinic_day.measure(servers, minutes=options.minutes))
        sections.append(clinic_day.day_section(day, options.minutes))
        results |= clinic_day.day_part(day)
    if "dashboard" in options.parts:
        ensure_dashboard(read_settings(ROOT, os.environ), Progress())
        pages = asyncio.run(dashboard.measure(servers, runs=options.runs))
        sections.append(dashboard.dashboard_section(pages))
        results |= dashboard.dashboard_part(pages)
    if "end_to_end" in options.parts:
        latencies = asyncio.run(
            end_to_end.measure(
                servers, rate=options.rate, seconds=options.seconds, clinics=options.clinics, agents=options.agents
            )
        )
        sections.append(end_to_end_section(latencies, vars(options)))
        results |= end_to_end_part(latencies)
    return sections, results


async def _queue(servers: Servers, options: argparse.Namespace) -> queue_report.Figures:
    """All of the queue's figures in some six minutes: a slow machine makes fewer rounds, never fewer contestants."""
    now = asyncio.get_running_loop().time()
    rounds, scale = options.rounds, options.scale
    events = await queue_events.measure(servers, rounds=rounds, deadline=now + EVENTS_SECONDS, scale=scale)
    now = asyncio.get_running_loop().time()
    alone = await queue_alone.measure(servers, rounds=rounds, deadline=now + ALONE_SECONDS, scale=scale)
    horizon = await queue_horizon.measure(servers, held=options.held)
    return queue_report.Figures(alone, events, horizon)


async def _gateway(servers: Servers, options: argparse.Namespace) -> gateway.Figures:
    deadline = asyncio.get_running_loop().time() + GATEWAY_SECONDS
    return await gateway.measure(
        servers, rounds=options.rounds, seconds=options.seconds, deadline=deadline, scale=options.scale
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "parts",
        nargs="*",
        choices=PARTS + MORE_PARTS,
        default=list(PARTS),
        help="which parts (default: all but soak, day and dashboard)",
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="interleaved rounds of receiver, queue and gateway (default 3)"
    )
    parser.add_argument("--seconds", type=int, default=8, help="length of each measurement (default 8)")
    parser.add_argument("--rate", type=int, default=200, help="webhooks a second, end to end (default 200)")
    parser.add_argument("--clinics", type=int, default=50, help="clinics, end to end (default 50)")
    parser.add_argument("--agents", type=int, default=10, help="sockets a clinic, end to end (default 10)")
    parser.add_argument("--reads", type=int, default=200, help="requests a second to the API (default 200)")
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="of the queue's loads, the gateway's rooms and the API's clinic, for a quick try (default 1)",
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the soak and of the day (default 10)")
    parser.add_argument("--sockets", type=int, default=10_000, help="of the soak (default 10000)")
    parser.add_argument("--runs", type=int, default=7, help="loads and scrolls of the dashboard (default 7)")
    parser.add_argument("--held", type=int, default=60, help="seconds of the idle transaction, queue (default 60)")
    parser.add_argument("--dry", action="store_true", help="leave docs/benchmarks.md as it is")
    return parser.parse_args()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
