"""Where webhooks are posted, some of them twice: Evolution has no exactly-once."""

import asyncio
import random
import time
from typing import Any

from deploy.demo.evolution.announcer import address, headers
from deploy.demo.evolution.courier import Courier
from deploy.demo.evolution.envelope import envelope
from deploy.demo.evolution.instances import Instance, now
from deploy.demo.ledger import Effect, Ledger, Posting

_TWICE_AT_ONCE = 0.12
_AGAIN_LATER = 0.15
_LATER_SECONDS = (0.1, 1.5)


class Postbox:
    """Posts and keeps the books. The repetitions that come later are tasks of `tasks`."""

    def __init__(
        self, courier: Courier, ledger: Ledger, tasks: asyncio.TaskGroup, chance: random.Random, server_url: str
    ) -> None:
        self._courier = courier
        self._ledger = ledger
        self._tasks = tasks
        self._chance = chance
        self._server_url = server_url

    async def post_event(self, instance: Instance, event: str, data: Any, effect: Effect | None = None) -> None:
        """Post an event of an instance, as its webhook is set."""
        webhook = instance.webhook
        if webhook is not None:
            body = envelope(event, instance, data, self._server_url, now())
            await self.post(address(webhook, event), body, effect, headers(webhook))

    async def post(
        self, url: str, body: Any, effect: Effect | None = None, own_headers: dict[str, str] | None = None
    ) -> None:
        """Post a body; it may be posted a second time, at once or later."""
        fate = self._chance.random()
        if effect and effect.kind == "message":
            self._ledger.is_posted(effect.reference, time.perf_counter())
        times = 2 if fate < _TWICE_AT_ONCE else 1
        await asyncio.gather(*(self._deliver(url, body, effect, own_headers, number > 0) for number in range(times)))
        if _TWICE_AT_ONCE <= fate < _TWICE_AT_ONCE + _AGAIN_LATER:
            self._tasks.create_task(self._deliver_later(url, body, effect, own_headers))

    async def _deliver_later(
        self, url: str, body: Any, effect: Effect | None, own_headers: dict[str, str] | None
    ) -> None:
        await asyncio.sleep(self._chance.uniform(*_LATER_SECONDS))
        await self._deliver(url, body, effect, own_headers, True)

    async def _deliver(
        self, url: str, body: Any, effect: Effect | None, own_headers: dict[str, str] | None, repeated: bool
    ) -> None:
        delivery = await self._courier.deliver(url, body, own_headers)
        self._ledger.postings.append(Posting(effect, repeated, delivery))
