"""That the suite finds what it is there to find: mutations of the product, each under the fault that shows it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.faults import SCENARIOS
from tests.chaos.mutants import MUTANTS, Mutant
from tests.chaos.servers import Servers, chaos_servers
from tests.chaos.stage import prepare
from tests.chaos.trial import Outcome, Plan, run_trial
from tests.scenarios.arena import open_arena
from tests.scenarios.catalogue import BY_NAME
from tests.scenarios.stage import run

HEADINGS = ("mutation", "mutant", "under", "caught by", "found", "such as")


@dataclass(frozen=True, slots=True)
class Finding:
    """What told of a mutation, and which check it was."""

    mutation: str
    mutant: str
    scenario: str
    check: str
    found: Sequence[str]


def prove(seed: int, folder: Path) -> int:
    """Run every mutant, and say what told of it; 0 where each was found."""
    print(f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}", flush=True)
    missed = 0
    for finding in _findings(seed, folder):
        told = (str(len(finding.found)), finding.found[0]) if finding.found else ("**NOTHING**", "")
        cells = (finding.mutation, f"`{finding.mutant}`", f"`{finding.scenario}`", finding.check, *told)
        print(f"| {' | '.join(cells)} |", flush=True)
        missed += not finding.found
    return 1 if missed else 0


def _findings(seed: int, folder: Path) -> Iterator[Finding]:
    yield from _workers(seed, folder / "workers")
    yield _gateway(seed, folder / "gateway")


def _workers(seed: int, folder: Path) -> Iterator[Finding]:
    servers = chaos_servers()
    with servers.running():
        prepare(servers)
        for mutant in MUTANTS:
            found = mutant.caught(asyncio.run(try_out(servers, mutant, seed, folder)).verdict)
            yield Finding(mutant.mutation, mutant.name, mutant.scenario, mutant.check, found)


async def try_out(servers: Servers, mutant: Mutant, seed: int, folder: Path) -> Outcome:
    """One mutant for a few seconds."""
    [scenario] = [scenario for scenario in SCENARIOS if scenario.name == mutant.scenario]
    plan = Plan(
        mutant.seconds, 60, seed, folder, twice=mutant.twice, after=0.5, recovery=20, patience=3, worker=mutant.module
    )
    return await run_trial(servers, scenario, plan)


def _gateway(seed: int, folder: Path) -> Finding:
    """A gateway that reads a history without keeping what passes meanwhile."""
    word = "the replay ended at"
    with open_arena(folder, "tests.scenarios.mutants.resumes_unobserved", gateways=1) as arena:
        report = asyncio.run(run(arena, "resume", BY_NAME["resume"].play, seed=seed, seconds=1.0, patience=3.0))
    found = [violation for violation in report.violations if word in violation]
    return Finding(
        "resume without buffering", "resumes_unobserved", "resume", "wrong: the replay ends before the join", found
    )
