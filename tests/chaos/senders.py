"""Those who send: several connections at a steady rate, each webhook again and again until there is a 200."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import aiohttp

from tests.chaos.ledger import Ledger, name_of
from tests.chaos.load import Webhook

CONNECTIONS = 12  # of each clinic
TIMEOUT_SECONDS = 10.0
FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS = 0.1, 1.0
TRANSIENT = frozenset({0, 503})

Attempt = Callable[[], Awaitable[int]]


class FinalAnswerError(Exception):
    """A transient fault was given an answer that Evolution never repeats a webhook after."""


class Senders:
    """`sent` is given every webhook that was begun, by its name."""

    def __init__(self, url: str, ledger: Ledger, rate: float, sent: dict[str, Webhook]) -> None:
        self._url = url
        self._ledger = ledger
        self._interval = 1 / rate
        self.sent = sent
        self.ending = asyncio.Event()

    async def run(self, windows: Iterator[list[Webhook]]) -> None:
        """Send until `ending` is set, to the end of the window, then return once all that was begun is accepted."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        waiting: asyncio.Queue[Webhook | None] = asyncio.Queue()
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http, asyncio.TaskGroup() as tasks:
            for _ in range(CONNECTIONS):
                tasks.create_task(self._sender(http, waiting))
            await self._pace(windows, waiting)
            for _ in range(CONNECTIONS):
                waiting.put_nowait(None)

    async def _pace(self, windows: Iterator[list[Webhook]], waiting: asyncio.Queue[Webhook | None]) -> None:
        due = time.monotonic()
        while not self.ending.is_set():
            for webhook in next(windows):
                due += self._interval
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                waiting.put_nowait(webhook)

    async def _sender(self, http: aiohttp.ClientSession, waiting: asyncio.Queue[Webhook | None]) -> None:
        while (webhook := await waiting.get()) is not None:
            name = name_of(webhook.body)
            self.sent[name] = webhook
            await until_accepted(lambda body=webhook.body: self._post(http, body), name, self._ledger)  # type: ignore[misc]

    async def _post(self, http: aiohttp.ClientSession, body: bytes) -> int:
        async with http.post(self._url, data=body, headers={"Content-Type": "application/json"}) as response:
            return response.status


async def until_accepted(attempt: Attempt, name: str, ledger: Ledger) -> None:
    """Try until it is accepted, then write that down. Raises FinalAnswerError."""
    delay = FIRST_RETRY_SECONDS
    while not 200 <= (status := await _status(attempt)) < 300:
        ledger.refused[status] += 1
        if status not in TRANSIENT:
            raise FinalAnswerError(f"a transient fault was answered {status}")
        await asyncio.sleep(delay)
        delay = min(delay * 2, MAX_RETRY_SECONDS)
    await ledger.accept(name)


async def _status(attempt: Attempt) -> int:
    try:
        return await attempt()
    except (aiohttp.ClientError, TimeoutError):
        return 0
