"""Every scenario in its short form. `make scenarios` runs them for long."""

from collections.abc import Iterator

import pytest

from tests.lacking import require_installed
from tests.scenarios.arena import Arena, open_arena
from tests.scenarios.catalogue import BY_NAME, SCENARIOS
from tests.scenarios.report import violations
from tests.scenarios.stage import run

SEED = 1


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A Redis and two gateways of the scenarios' own. A missing Redis skips here and fails in CI."""
    require_installed(["redis"])
    with open_arena(tmp_path_factory.mktemp("scenarios")) as opened:
        yield opened


@pytest.mark.timeout(240)  # a crowd takes what there is of a machine
@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
async def test_every_promise_is_kept(arena: Arena, name: str) -> None:
    """Whatever the scenario does to the gateways, clients see everything, once, in order, and nothing of others."""
    scenario = BY_NAME[name]
    report = await run(arena, name, scenario.play, seed=SEED, seconds=scenario.short_seconds)

    assert list(violations(report)) == []
    assert report.checked
