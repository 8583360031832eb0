"""Instances of the API with their cache, as several processes would be: nothing shared but Postgres and Redis."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from redis.asyncio import Redis

from services.api.cache import early, link
from services.api.cache.cache import Cache
from services.api.resources import RESOURCES, Resources
from tests.integration.api.client import Api, Caller
from tests.integration.api.conftest import Serve
from tests.waiting import until

LIST = "/api/conversations-simple"


@dataclass(frozen=True)
class Instance:
    """One API process."""

    api: Api
    token_of: Callable[..., str]

    @property
    def resources(self) -> Resources:
        assert self.api.app is not None
        found: Resources = self.api.app[RESOURCES]
        return found

    @property
    def cache(self) -> Cache:
        return self.resources.cache

    def as_user(self, email: str = "ana@demo.test") -> Caller:
        return Caller(self.api, self.token_of(email))

    def counts(self, kind: str = "conversations") -> tuple[int, int]:
        """Hits and misses."""
        shown = self.cache.statistics.summary()[kind]
        return shown["hits"], shown["misses"]


Instances = Callable[..., Any]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that are believed sooner and longer: a test that writes into the database holds this process' loop up."""
    monkeypatch.setattr(link, "TRUST_SECONDS", 30.0)
    monkeypatch.setattr(link, "SETTLING_SECONDS", 0.0)
    monkeypatch.setattr(early, "EARLY_SHARE", 0.0)  # nothing is read anew behind an answer


@pytest.fixture
async def instance_of(serve: Serve, token_of: Callable[..., str], redis: Redis) -> AsyncIterator[Instances]:
    """Starts instances that are ready to use their cache; Redis is empty at first."""
    async with AsyncExitStack() as stack:

        async def start(*, ready: bool = True, **settings: Any) -> Instance:
            # The machine may be busy: what is tested here is what is answered, not how soon.
            defaults = {"prosa_cache_enabled": True, "prosa_cache_budget_ms": 2000}
            api = await stack.enter_async_context(serve(**{**defaults, **settings}))
            instance = Instance(api, token_of)
            if ready:
                await until(lambda: instance.cache.link.usable and instance.resources.reading.ready, within=40)
            return instance

        yield start


@pytest.fixture
async def one(patient: None, instance_of: Instances) -> Instance:
    return await instance_of()  # type: ignore[no-any-return]


@pytest.fixture
async def other(patient: None, instance_of: Instances) -> Instance:
    return await instance_of()  # type: ignore[no-any-return]
