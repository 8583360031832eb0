"""Faults under load, with a ledger: `make chaos`, or `python -m tests.chaos --help`."""

import argparse
import asyncio
import secrets
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from deploy.local.problem import Problem
from tests.chaos.faults import SCENARIOS
from tests.chaos.proof import prove
from tests.chaos.schedule import schedule
from tests.chaos.servers import Servers, chaos_servers
from tests.chaos.site import Scenario
from tests.chaos.stage import prepare
from tests.chaos.table import complaints, heading, row
from tests.chaos.trial import Outcome, Plan, run_trial
from tests.product import ROOT

FOLDER = ROOT / ".local" / "chaos" / "trials"
# A machine that others use may be slow: what is still on its way is not lost.
RECOVERY_SECONDS = 300.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen scenarios; 0 where nothing was lost, doubled or wrong, else 1."""
    options = _options().parse_args(arguments)
    if options.list:
        print("\n".join(f"{scenario.name:<20} {scenario.what}" for scenario in SCENARIOS))
        return 0
    shutil.rmtree(FOLDER, ignore_errors=True)
    if options.prove:
        return _guarded(lambda: prove(options.seed or 1, FOLDER))
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    plan = Plan(options.seconds, options.rate, seed, FOLDER, twice=options.twice, recovery=RECOVERY_SECONDS)
    print(f"{plan.seconds:g} s of each fault, {plan.rate:g} webhooks a second, seed {seed}\n", flush=True)
    return _guarded(lambda: _run(schedule(_chosen(options.scenarios), seed, options.minutes), plan))


def _guarded(work: Callable[[], int]) -> int:
    try:
        return work()
    except Problem as problem:
        print(problem.report(), file=sys.stderr)
        return 2


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos", description="Faults under load, with a ledger.")
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help="which; all where none is named")
    parser.add_argument("--list", action="store_true", help="what there is, and nothing else")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each fault lasts (10)")
    parser.add_argument("--rate", type=float, default=60.0, help="webhooks a second, repetitions included (60)")
    parser.add_argument("--twice", type=float, default=0.5, help="the share of webhooks that are sent two times (0.5)")
    parser.add_argument("--seed", type=int, help="to run the same again")
    parser.add_argument("--minutes", type=float, help="faults in an order by chance, over and over, for so long")
    parser.add_argument("--prove", action="store_true", help="workers with a known fault, each of which must be found")
    return parser


def _chosen(names: Sequence[str]) -> list[Scenario]:
    known = {scenario.name: scenario for scenario in SCENARIOS}
    if unknown := [name for name in names if name not in known]:
        raise Problem(f"There is no scenario {', '.join(unknown)}.", "See what there is: make chaos ARGS=--list")
    return [known[name] for name in names] or SCENARIOS


def _run(scenarios: Iterable[Scenario], plan: Plan) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # nothing that was started may outlive us
    servers, sound = chaos_servers(), True
    with servers.running():
        prepare(servers)
        print(heading(), flush=True)
        for scenario in scenarios:
            sound &= _is_sound(servers, scenario, plan)
    print(f"\nLedgers and logs: {Path(FOLDER).relative_to(ROOT)}")
    return 0 if sound else 1


def _is_sound(servers: Servers, scenario: Scenario, plan: Plan) -> bool:
    """Run one and show what it came to; one that breaks down itself does not keep the others from being run."""
    try:
        outcome = asyncio.run(run_trial(servers, scenario, plan))
    except Exception:  # noqa: BLE001 - whatever it is, it is shown
        traceback.print_exc()
        print(f"| {scenario.what} | broke down |", flush=True)
        servers.up()
        return False
    _print(outcome)
    return outcome.verdict.sound


def _print(outcome: Outcome) -> None:
    print(row(outcome), flush=True)
    for complaint in complaints(outcome):
        print(complaint, flush=True)


if __name__ == "__main__":
    sys.exit(main())
