"""`make bench`: everything side by side in one run; writes docs/benchmarks.md and .local/bench/results.json."""

import argparse
import asyncio
import json
from pathlib import Path

from tests.bench import end_to_end, receiver
from tests.bench.machine import describe_machine
from tests.bench.report import as_markdown, as_parts
from tests.bench.servers import bench_servers
from tests.product import ROOT

RESULTS = ROOT / ".local" / "bench" / "results.json"
REPORT = ROOT / "docs" / "benchmarks.md"


def main() -> None:
    options = _options()
    with bench_servers() as servers:
        machine = describe_machine(servers)
        receivers = asyncio.run(receiver.measure(servers, rounds=options.rounds, seconds=options.seconds))
        latencies = asyncio.run(
            end_to_end.measure(
                servers, rate=options.rate, seconds=options.seconds, clinics=options.clinics, agents=options.agents
            )
        )
    _write(RESULTS, json.dumps(as_parts(receivers, latencies), indent=2))
    report = as_markdown(machine, receivers, latencies, vars(options))
    if not options.dry:
        _write(REPORT, report)
    print(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds of the receiver part (default 3)")
    parser.add_argument("--seconds", type=int, default=8, help="length of each measurement (default 8)")
    parser.add_argument("--rate", type=int, default=200, help="webhooks a second, end to end (default 200)")
    parser.add_argument("--clinics", type=int, default=50, help="clinics, end to end (default 50)")
    parser.add_argument("--agents", type=int, default=10, help="sockets a clinic, end to end (default 10)")
    parser.add_argument("--dry", action="store_true", help="leave docs/benchmarks.md as it is")
    return parser.parse_args()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
