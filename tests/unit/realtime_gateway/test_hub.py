"""What the link to Redis tells, as long as it lasts."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from prometheus_client import REGISTRY

from services.realtime_gateway.channels.channel import Listener
from services.realtime_gateway.channels.hub import Hub
from services.realtime_gateway.tally import Tally


class BrokenCaster:
    """Fails in a way that nobody has foreseen."""

    def cast(self, _audience: Sequence[Listener], _frame: bytes) -> None:
        """Nothing is sent here."""

    def write(self) -> None:
        raise RuntimeError


def faults() -> float:
    return REGISTRY.get_sample_value("realtime_gateway_faults_total") or 0.0


async def test_failed_write_does_not_end_the_link() -> None:
    """What the link's reading raised would close it; it is counted and logged instead."""
    nothing: Any = None
    before = faults()
    async with asyncio.TaskGroup() as tasks:
        Hub(nothing, nothing, tasks, Tally(), cast(Any, BrokenCaster())).rested()

    assert faults() == before + 1
