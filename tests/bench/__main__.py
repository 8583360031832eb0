"""`make bench`: side by side in one run; writes docs/benchmarks.md with its plots, docs/scaling.md and results.json.

Where only some parts are asked for (`make bench ARGS=queue`), the other parts' figures stay as they are.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.aims import summary
from tests.bench.drawings import drawings
from tests.bench.machine import describe_machine
from tests.bench.parts import MORE_PARTS, PARTS, measured
from tests.bench.report import renewed, with_section
from tests.bench.results import Results
from tests.bench.servers import bench_servers
from tests.bench.simulation.report import simulation_section
from tests.product import ROOT

RESULTS = ROOT / ".local" / "bench" / "results.json"
REPORT = ROOT / "docs" / "benchmarks.md"
SCALING = ROOT / "docs" / "scaling.md"
SHOWN = ROOT / "docs" / "benchmarks"


def main() -> None:
    options, started = read_options(), time.monotonic()
    with bench_servers() as servers:
        machine = describe_machine(servers)
        found = measured(servers, options)
    results = _read(SHOWN / "results.json") | found.results
    page = renewed(REPORT.read_text("utf-8") if REPORT.exists() else "", machine, summary(results), found.sections)
    _write(RESULTS, json.dumps(results, indent=2) + "\n")
    if not options.dry:
        _show(page, results)
    print(page)
    print(f"{(time.monotonic() - started) / 60:.1f} minutes", file=sys.stderr)
    if found.failed:
        raise SystemExit(f"failed: {', '.join(found.failed)}; their figures are those of an earlier run")


def _show(page: str, results: Results) -> None:
    """The page with what it shows, all of the same figures."""
    _write(REPORT, page)
    _write(SHOWN / "results.json", json.dumps(results, indent=2) + "\n")
    for name, drawing in drawings(results).items():
        _write(SHOWN / name, drawing)
    if section := simulation_section(results):
        _write(SCALING, with_section(SCALING.read_text("utf-8"), section))


def _read(path: Path) -> Results:
    found: Results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def read_options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "parts",
        nargs="*",
        type=_part,
        metavar="part",
        help=f"of {', '.join([*PARTS, *MORE_PARTS])} (default: {', '.join(PARTS)})",
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
    parser.add_argument(
        "--minutes", type=float, default=10.0, help="length of the soak, of the hour and of the day (default 10)"
    )
    parser.add_argument("--sockets", type=int, default=10_000, help="of the soak (default 10000)")
    parser.add_argument("--runs", type=int, default=7, help="loads and scrolls of the dashboard (default 7)")
    parser.add_argument("--held", type=int, default=60, help="seconds of the idle transaction, queue (default 60)")
    parser.add_argument("--dry", action="store_true", help="leave docs/benchmarks.md and its plots as they are")
    options = parser.parse_args(arguments)
    options.parts = options.parts or list(PARTS)
    return options


def _part(name: str) -> str:
    """Not by `choices`: argparse holds an empty list against them as if it were one of them."""
    if name not in PARTS | MORE_PARTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join([*PARTS, *MORE_PARTS])}")
    return name


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
