"""Posts webhooks as Evolution does: again and again where that may help, and in no particular order."""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

# What Evolution takes for an answer that will not change.
_FINAL_REFUSALS = frozenset({400, 401, 403, 404, 422})
_FIRST_ERROR = 300
_JITTER = 0.2

_HEADERS = {
    "Accept": "application/json, text/plain, */*",
    "Content-Type": "application/json",
    "User-Agent": "axios/1.13.2",
    "Accept-Encoding": "gzip, compress, deflate, br",
}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Evolution's, with a tenth of its waits (5 s and 300 s). Times in seconds."""

    attempts: int = 10
    first_wait: float = 0.5
    longest_wait: float = 30.0
    timeout: float = 30.0

    def wait(self, failed_attempts: int, jitter: float) -> float:
        """How long to wait after so many failures; `jitter` from -1 to 1. Never less than the first wait."""
        nominal = min(self.first_wait * 2.0 ** (failed_attempts - 1), self.longest_wait)
        return float(max(self.first_wait, nominal * (1 + _JITTER * jitter)))


@dataclass(frozen=True, slots=True)
class Delivery:
    """How posting a webhook ended: the last status, None where there was no answer, and how many attempts it took."""

    status: int | None
    attempts: int

    @property
    def accepted(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and self.status < _FIRST_ERROR


def is_final(status: int | None) -> bool:
    """Whether there is nothing to gain from another attempt."""
    return status is not None and (status < _FIRST_ERROR or status in _FINAL_REFUSALS)


def encode(body: Any) -> str:
    """JSON as Node writes it: no spaces, and every letter as it is."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Courier:
    """Posts a webhook until it is taken, finally refused, or out of attempts. Every attempt has the same bytes."""

    http: aiohttp.ClientSession
    chance: random.Random
    policy: RetryPolicy = RetryPolicy()

    async def deliver(self, url: str, body: Any, headers: Mapping[str, str] | None = None) -> Delivery:
        """Post a body as JSON."""
        content = encode(body).encode()
        status = None
        for attempt in range(1, self.policy.attempts + 1):
            status = await self._post(url, content, {**_HEADERS, **(headers or {})})
            if is_final(status) or attempt == self.policy.attempts:
                return Delivery(status, attempt)
            await asyncio.sleep(self.policy.wait(attempt, self.chance.uniform(-1, 1)))
        return Delivery(status, self.policy.attempts)

    async def _post(self, url: str, content: bytes, headers: Mapping[str, str]) -> int | None:
        timeout = aiohttp.ClientTimeout(total=self.policy.timeout)
        try:
            async with self.http.post(url, data=content, headers=headers, timeout=timeout) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None
