"""The scenarios that `make chaos` runs for long, with short outages; and that they would find a loss."""

from pathlib import Path

import pytest

from tests.chaos.faults import SCENARIOS
from tests.chaos.servers import Servers
from tests.chaos.stage import prepare
from tests.chaos.trial import Plan, run_trial

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def servers(breakable_servers: Servers) -> Servers:
    prepare(breakable_servers)
    return breakable_servers


@pytest.mark.timeout(300)
async def test_everything_accepted_is_stored_or_dead_once(servers: Servers, tmp_path: Path) -> None:
    """Under load, when everything is killed at once and started again: every 200 has its effect, once, and is on every
    agent's screen.
    """
    outcome = await run_trial(
        servers, BY_NAME["power-cut"], Plan(seconds=2, rate=60, seed=1, folder=tmp_path, after=0.5)
    )

    assert outcome.verdict.lost == []
    assert outcome.verdict.doubled == []
    assert outcome.verdict.foreign == []
    assert outcome.verdict.complaints == []
    assert outcome.verdict.dead > 0
    assert outcome.frames > 0


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("worker", "loses"), [("services.queue_worker", False), ("tests.chaos.mutants.hasty", True)], ids=["ours", "hasty"]
)
async def test_an_acknowledgement_before_the_commit_is_found_as_a_loss(
    servers: Servers, worker: str, loses: bool, tmp_path: Path
) -> None:
    """The worker that dies with its hands full loses nothing; one that acknowledges first does, and the ledger finds it."""
    # Nothing is sent two times: the second would make up for the loss of the first.
    plan = Plan(seconds=4, rate=60, seed=1, folder=tmp_path, twice=0, after=0.5, patience=3, worker=worker)

    outcome = await run_trial(servers, BY_NAME["full-hands"], plan)

    assert bool(outcome.verdict.lost) is loses
    assert outcome.verdict.sound is not loses
