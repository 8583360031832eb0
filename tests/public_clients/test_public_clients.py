"""Clients that were not written for the gateway: what docs/realtime.md says is enough for each of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.binaries import missing
from tests.proxy import open_proxy
from tests.public_clients.clients import FOLLOWING, Following
from tests.public_clients.task import Reports, Task
from tests.scenarios.arena import Arena, open_arena
from tests.scenarios.report import Report
from tests.scenarios.stage import Stage, open_stage

EACH = pytest.mark.parametrize("following", FOLLOWING.values(), ids=FOLLOWING.keys())


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A Redis and a gateway. A missing Redis skips here and fails in CI."""
    if missing(["redis"]):
        message = "redis-server is not installed: run the tests with `make test`, which installs it"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with open_arena(tmp_path_factory.mktemp("public-clients"), gateways=1) as opened:
        yield opened


def url(stage: Stage) -> str:
    return f"ws://127.0.0.1:{stage.gateways[0].port}/ws"


@EACH
async def test_it_joins_follows_resumes_and_is_sent_away(arena: Arena, following: Following, tmp_path: Path) -> None:
    """It has every event once, also those of the time when it was cut off, and sees why the gateway closes it."""
    async with open_stage(arena, Report("public", 1), 1.0, 20.0) as stage, open_proxy(url(stage)) as proxy:
        [room] = stage.rooms(1)
        await stage.publisher.publish(room, 3)
        task, reports = Task(proxy.url, stage.person().token(), room.conversation), Reports()
        async with following(task, reports, tmp_path):
            assert await reports.next("joined") == {"joined": False, "events": [], "protocol": "prosa.v1"}
            await stage.publisher.publish(room, 2)
            assert await reports.events(2) == [4, 5]

            proxy.refuse()
            assert (await reports.next("closed"))["closed"] == 1006
            await stage.publisher.publish(room, 3, size=9000)
            proxy.resume()
            joined = await reports.next("joined")
            assert (joined["joined"], joined["events"]) == (True, [6, 7, 8])
            await stage.publisher.publish(room)
            assert await reports.events(1) == [9]

            stage.gateways[0].terminate()
            await reports.next("going_away")
            assert (await reports.next("closed"))["closed"] == 1012


@EACH
async def test_it_sees_that_its_token_is_refused(arena: Arena, following: Following, tmp_path: Path) -> None:
    """The close code tells it not to come back."""
    async with open_stage(arena, Report("public", 1), 1.0, 20.0) as stage:
        reports = Reports()
        async with following(Task(url(stage), "x.y.z", "1"), reports, tmp_path):
            assert (await reports.next("closed"))["closed"] == 4501
