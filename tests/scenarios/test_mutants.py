"""The scenarios would find a fault: gateways that have one each turn the scenario red that is meant for it."""

from pathlib import Path

import pytest

from deploy.local.binaries import missing
from tests.scenarios.arena import open_arena
from tests.scenarios.catalogue import BY_NAME
from tests.scenarios.stage import run

# The mutant, the scenario that finds it, and a word of what it finds.
FOUND = [
    ("takes_gaps", "unsent", "gap"),
    ("heals_nothing", "links-killed", "lost"),
    ("repeats", "unsent", "repeated"),
    ("resumes_unobserved", "resume", "the replay ended at"),
    ("mixes_clinics", "namesakes", "not of this channel"),
    ("remembers_for_all", "tenants", "nothing foreign is granted"),
    ("never_cuts_off", "stuck", "all that were stuck were cut off"),
    ("ends_abruptly", "drained", "each was closed with 1012"),
    ("forgets_expiry", "expired-token", "the end of the token"),
    ("echoes", "typing-of-strangers", "the own tab hears nothing"),
    ("has_no_grace", "tabs", "only changes are"),
    ("keeps_channels", "gone-while-joining", "no channel stays open"),
]


@pytest.mark.parametrize(("mutant", "name", "word"), FOUND, ids=[mutant for mutant, _, _ in FOUND])
async def test_a_fault_is_found(tmp_path: Path, mutant: str, name: str, word: str) -> None:
    """Without it the same scenario is sound: test_scenarios.py runs that."""
    if missing(["redis"]):
        pytest.skip("redis-server is not installed")
    with open_arena(tmp_path, f"tests.scenarios.mutants.{mutant}", gateways=1) as arena:
        report = await run(arena, name, BY_NAME[name].play, seed=1, seconds=1.0, patience=3.0)

    assert any(word in violation for violation in report.violations), report.violations
