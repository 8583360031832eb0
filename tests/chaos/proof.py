"""That the suite finds what it is there to find: workers with a known fault, each under the fault that shows it."""

import asyncio
from pathlib import Path

from tests.chaos.faults import SCENARIOS
from tests.chaos.mutants import MUTANTS, Mutant
from tests.chaos.servers import Servers, chaos_servers
from tests.chaos.stage import prepare
from tests.chaos.trial import Outcome, Plan, run_trial


def prove(seed: int, folder: Path) -> int:
    """Run every mutant, and say what told of it; 0 where each was found."""
    servers, missed = chaos_servers(), 0
    with servers.running():
        prepare(servers)
        for mutant in MUTANTS:
            found = mutant.caught(asyncio.run(try_out(servers, mutant, seed, folder)).verdict)
            missed += not found
            told = f"found: {len(found)}, as {found[0]}" if found else "NOT FOUND"
            print(f"{mutant.name}, which {mutant.what}, under {mutant.scenario}: {told}", flush=True)
    return 1 if missed else 0


async def try_out(servers: Servers, mutant: Mutant, seed: int, folder: Path) -> Outcome:
    """One mutant for a few seconds."""
    [scenario] = [scenario for scenario in SCENARIOS if scenario.name == mutant.scenario]
    plan = Plan(4, 60, seed, folder, twice=mutant.twice, after=0.5, recovery=20, patience=3, worker=mutant.module)
    return await run_trial(servers, scenario, plan)
