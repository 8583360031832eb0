"""What stands on the worker's other side."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.integration.queue_worker.evolution_stand_in import EvolutionStandIn, evolution_stand_in


@pytest.fixture
async def evolution() -> AsyncIterator[EvolutionStandIn]:
    async with evolution_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
