"""The gateway under everything that can happen to it: `make scenarios`, or `python -m tests.scenarios --help`."""

import argparse
import asyncio
import os
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Sequence

from tests.product import ROOT
from tests.scenarios.arena import Arena, open_arena
from tests.scenarios.catalogue import BY_NAME, SCENARIOS, Scenario
from tests.scenarios.gateway_process import MODULE
from tests.scenarios.report import heading, row, violations
from tests.scenarios.stage import run

FOLDER = ROOT / ".local" / "scenarios"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen scenarios; 0 where every promise was kept, else 1."""
    options = _options().parse_args(arguments)
    if unknown := [name for name in options.scenarios if name not in BY_NAME]:
        print(f"There is no scenario {', '.join(unknown)}. See what there is: --list", file=sys.stderr)
        return 2
    chosen = [BY_NAME[name] for name in options.scenarios] or SCENARIOS
    if options.list:
        print("\n".join(f"{scenario.name:<20} {scenario.what}" for scenario in chosen))
        return 0
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing that was started may outlive us
    folder = FOLDER / str(os.getpid())
    with open_arena(folder, options.module) as arena:
        print(heading(), flush=True)
        sound = [_is_sound(arena, scenario, seed, options.seconds) for scenario in chosen]
    print(f"\n{sum(sound)} of {len(sound)} sound.")
    if not all(sound):
        print(f"Logs: {folder.relative_to(ROOT)}")
        return 1
    shutil.rmtree(folder)
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make scenarios", description="The gateway under all that can happen to it.")
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help="which; all where none is named")
    parser.add_argument("--list", action="store_true", help="what there is, and nothing else")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long the load of each lasts (5)")
    parser.add_argument("--seed", type=int, help="to run the same again")
    parser.add_argument("--module", default=MODULE, help="what is run in place of the gateway, such as a mutant")
    return parser


def _is_sound(arena: Arena, scenario: Scenario, seed: int, seconds: float) -> bool:
    began = time.monotonic()
    report = asyncio.run(run(arena, scenario.name, scenario.play, seed=seed, seconds=seconds))
    report.figures["took s"] = round(time.monotonic() - began, 1)
    print(row(report), flush=True)
    for violation in violations(report):
        print(violation, flush=True)
    return report.sound


if __name__ == "__main__":
    sys.exit(main())
