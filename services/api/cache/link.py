"""The link to Redis: opened again whenever it is lost, watched so that an interruption never passes unnoticed.

Invalidations are what counts. One that Redis did not confirm may still be waiting in a socket when a frozen Redis goes on,
behind another process' question. So two rules, of which the second rests on the first:

- No process believes what it is answered unless Redis answered it within the last `TRUST_SECONDS` too. After a longer
  silence it hangs up, and on the new link takes nothing that was begun before that link.
- A writer whose invalidation is not confirmed is answered only after a longer silence than that, or once it is known that
  there is no Redis. By then everybody has hung up, or will before they believe anything.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import structlog

from services.api.cache.breaker import Breaker, State
from services.api.cache.wire import Argument, Wire, WireError, dial
from services.api.metrics import CACHE_LINK, CACHE_LINKS_LOST

TRUST_SECONDS = 1.0
# A writer waits for so much more: commands take a while from one process to Redis and from there to another.
MARGIN_SECONDS = 0.1
HEARTBEAT_SECONDS = 0.2
OPEN_TIMEOUT_SECONDS = 1.0
AGAIN_SECONDS = 0.01
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0

log = structlog.get_logger(__name__)


class AwayError(Exception):
    """Redis is away, too slow, or left alone for a while."""


class Link:
    """One link for the whole process. `since` is when it began by Redis' clock, `lost` is called when it is over."""

    def __init__(self, url: str, budget_seconds: float, lost: Callable[[], None]) -> None:
        self._url = url
        self._budget = budget_seconds
        self._on_lost = lost
        self._wire: Wire | None = None
        self._proved = time.monotonic()
        self._refused = False
        self._changed = asyncio.Event()
        self._breaker = Breaker()
        self.since = 0

    @property
    def connected(self) -> bool:
        """Whether there is a link now."""
        return self._wire is not None

    def breaker_state(self) -> State:
        """Whether Redis is asked."""
        return self._breaker.state(time.monotonic())

    async def ask(self, *command: Argument) -> Any:
        """Redis' reply, within the budget. Raises AwayError; whoever gets it does without."""
        wire, now = self._wire, time.monotonic()
        if wire is None or not self._trusted(wire, now) or not self._breaker.admits(now):
            raise AwayError
        try:
            async with asyncio.timeout(self._budget):
                reply = await wire.call(*command)
        except TimeoutError:
            self._breaker.failed(time.monotonic())
            raise AwayError from None
        except WireError as error:
            raise AwayError from error
        self._breaker.succeeded()
        return reply

    async def insist(self, *command: Argument) -> bool:
        """Have Redis execute it. False where by now nobody believes that Redis any more, or only we are cut off from it."""
        deadline = time.monotonic() + TRUST_SECONDS + MARGIN_SECONDS
        while (left := deadline - time.monotonic()) > 0 and not self._gone():
            try:
                async with asyncio.timeout(left):
                    if self._wire is None:
                        await self._changed.wait()
                    else:
                        await self._wire.call(*command)
                        return True
            except TimeoutError:
                return False
            except WireError:
                await asyncio.sleep(AGAIN_SECONDS)
        return False

    async def run(self) -> None:
        """Hold the link, until cancelled."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with asyncio.timeout(OPEN_TIMEOUT_SECONDS):
                    wire, since = await dial(self._url, time.monotonic)
            except (OSError, TimeoutError, WireError) as error:
                self._refuse(error)
            else:
                self._begin(wire, since)
                pause = FIRST_PAUSE_SECONDS
                try:
                    await self._watch(wire)
                finally:
                    self._end(wire)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _watch(self, wire: Wire) -> None:
        """Return when the link is lost, or Redis silent."""
        while not wire.ended.done() and self._trusted(wire, time.monotonic()):
            beat = asyncio.ensure_future(wire.call("PING"))
            beat.add_done_callback(_forget)
            await asyncio.wait({wire.ended}, timeout=HEARTBEAT_SECONDS)

    def _trusted(self, wire: Wire, now: float) -> bool:
        if now - wire.proved <= TRUST_SECONDS:
            return True
        wire.end()
        return False

    def _gone(self) -> bool:
        """Whether there is no Redis, or nobody was answered for longer than anybody believes in it."""
        silent = time.monotonic() - (self._wire.proved if self._wire else self._proved)
        return self._refused or silent > TRUST_SECONDS + MARGIN_SECONDS

    def _begin(self, wire: Wire, since: int) -> None:
        self._wire, self.since, self._refused = wire, since, False
        self._breaker.succeeded()
        self._tell()
        CACHE_LINK.set(1)

    def _end(self, wire: Wire) -> None:
        wire.end()
        self._wire, self._proved = None, wire.proved
        self._on_lost()
        CACHE_LINK.set(0)
        CACHE_LINKS_LOST.inc()
        log.warning("cache_link_lost", silent_seconds=round(time.monotonic() - wire.proved, 3))

    def _refuse(self, error: Exception) -> None:
        self._refused = True
        self._tell()
        log.info("cache_link_not_opened", error=str(error) or type(error).__name__)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _forget(beat: asyncio.Future[Any]) -> None:
    if not beat.cancelled():
        beat.exception()
