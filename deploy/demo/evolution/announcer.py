"""Tells an instance's webhook what happens."""

import asyncio
import random
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import jwt

from deploy.demo.evolution.courier import Courier
from deploy.demo.evolution.envelope import Json, envelope
from deploy.demo.evolution.ids import row_id
from deploy.demo.evolution.instances import Instance, Webhook, now
from deploy.demo.evolution.receipts import receipt_data, receipts

_TOKEN_LIFE = 600  # seconds
_HEAD_START = 0.03  # seconds


@dataclass(slots=True)
class Announcer:
    """Posts in the background, each event by itself: a late one holds up none of the others, and may be overtaken.

    `outcomes` counts how posting ended, `reported` has the last status told of each message by its id.
    """

    courier: Courier
    server_url: str
    chance: random.Random
    pace: float = 1.0
    outcomes: Counter[str] = field(default_factory=Counter)
    reported: dict[str, str] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def announce(self, event: str, instance: Instance, data: Any) -> None:
        """Post an event, if the webhook wants it."""
        webhook = instance.webhook
        if webhook is not None and webhook.wants(event):
            body = envelope(event, instance, data, self.server_url, now())
            self._start(self._deliver(event, webhook, body))

    def sent(self, instance: Instance, message: Json) -> None:
        """Announce a message that was sent, then what becomes of it."""
        self._start(self._follow(instance, message))

    async def idle(self) -> None:
        """Return when there is nothing more to be told."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Forget what is still to be told, as Evolution does when it is stopped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, instance: Instance, message: Json) -> None:
        # `send.message` may come before the answer to the call that caused it, or after.
        await asyncio.sleep(self.pace * self.chance.uniform(0, _HEAD_START))
        self.announce("send.message", instance, message)
        row = row_id()
        for receipt in receipts(message["key"]["remoteJid"], self.chance, self.pace):
            await asyncio.sleep(receipt.after)
            self.announce("messages.update", instance, receipt_data(instance, message, row, receipt.status))
            self.reported[message["key"]["id"]] = receipt.status

    async def _deliver(self, event: str, webhook: Webhook, body: Json) -> None:
        delivery = await self.courier.deliver(address(webhook, event), body, headers(webhook))
        self.outcomes["accepted" if delivery.accepted else "lost"] += 1

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def address(webhook: Webhook, event: str) -> str:
    """Where an event is posted: each to an address of its own, where the webhook is set so."""
    suffix = event.replace(".", "-").replace("_", "-").lower()
    return f"{webhook.url}/{suffix}" if webhook.by_events else webhook.url


def headers(webhook: Webhook) -> dict[str, str]:
    """The webhook's own headers; `jwt_key` becomes a signed token."""
    own = {name: value for name, value in webhook.headers.items() if name != "jwt_key"}
    if key := webhook.headers.get("jwt_key"):
        issued = int(now().timestamp())
        claims = {"iat": issued, "exp": issued + _TOKEN_LIFE, "app": "evolution", "action": "webhook"}
        own["Authorization"] = f"Bearer {jwt.encode(claims, key, algorithm='HS256')}"
    return own
