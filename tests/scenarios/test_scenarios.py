"""Every scenario in its short form. `make scenarios` runs them for long."""

import os
from collections.abc import Iterator

import pytest

from deploy.local.binaries import missing
from tests.scenarios.arena import Arena, open_arena
from tests.scenarios.catalogue import BY_NAME, SCENARIOS
from tests.scenarios.report import violations
from tests.scenarios.stage import run

SEED = 1


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A Redis and two gateways of the scenarios' own. A missing Redis skips here and fails in CI."""
    if missing(["redis"]):
        message = "redis-server is not installed: run the tests with `make test`, which installs it"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with open_arena(tmp_path_factory.mktemp("scenarios")) as opened:
        yield opened


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
async def test_every_promise_is_kept(arena: Arena, name: str) -> None:
    """Whatever the scenario does to the gateways, clients see everything, once, in order, and nothing of others."""
    scenario = BY_NAME[name]
    report = await run(arena, name, scenario.play, seed=SEED, seconds=scenario.short_seconds)

    assert list(violations(report)) == []
    assert report.checked
