"""The link to Redis: opened again whenever it is lost, watched so that an interruption never passes unnoticed.

Invalidations are what counts. A writer cannot wait for a Redis that is gone. But one that comes back still holds what was
before the write, and may be told of it only after somebody else has asked. So four rules, on durations alone:

- Nobody believes a Redis that has not answered them within the last `TRUST_SECONDS` too. They hang up, also where it answers
  at last.
- A writer whose invalidation is not confirmed is answered once Redis is known to be gone: refused, or silent to us for longer
  than that. By then everybody has hung up, or will before they believe anything.
- On a new link nothing is believed for `SETTLING_SECONDS`, and then nothing that was begun before. Within that time every
  process that Redis is there for has its link again, so from then on every write is confirmed.
- A Redis that reads but does not write (a replica, a full disk) refuses invalidations. It is asked to write all the time,
  and one that will not is as good as gone: nothing is believed until it has done so again for `SETTLING_SECONDS`.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from services.api.breaker import Breaker, State
from services.api.cache.wire import Argument, RefusedError, Wire, WireError, dial
from services.api.metrics import CACHE_LINK, CACHE_LINKS_LOST

TRUST_SECONDS = 1.0
# A writer waits for so much more: commands take a while from one process to Redis and from there to another.
MARGIN_SECONDS = 0.1
HEARTBEAT_SECONDS = 0.2
OPEN_TIMEOUT_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.25
# An attempt that is under way when Redis comes back, the pause after it, and some more.
SETTLING_SECONDS = OPEN_TIMEOUT_SECONDS + LONGEST_PAUSE_SECONDS + 0.25
AGAIN_SECONDS = 0.01
# It is not there; whether it is taken away is asked as any invalidation would be.
BEAT_KEY = "prosa:cache:beat"

log = structlog.get_logger(__name__)


class AwayError(Exception):
    """Redis is away, too slow, or left alone for a while."""


class Link:
    """One link for the whole process. `lost` is called when it is over."""

    def __init__(self, url: str, budget_seconds: float, lost: Callable[[], None]) -> None:
        self._url = url
        self._budget = budget_seconds
        self._on_lost = lost
        self._wire: Wire | None = None
        self._since: int | None = None
        self._settled = 0.0
        self._silent_since = time.monotonic()
        self._refused = False
        self._refusing_since: float | None = None
        self._changed = asyncio.Event()
        self._breaker = Breaker()

    @property
    def open(self) -> bool:
        """Whether there is a link, on which perhaps nothing may be believed yet."""
        return self._wire is not None

    @property
    def usable(self) -> bool:
        """Whether there is a link on which something may be believed."""
        return self._since is not None

    @property
    def since(self) -> int:
        """What was begun until then, by Redis' clock in microseconds, is not believed. Raises AwayError without a link."""
        if self._since is None:
            raise AwayError
        return self._since

    def breaker_state(self) -> State:
        """Whether Redis is asked."""
        return self._breaker.state(time.monotonic())

    async def ask(self, *command: Argument) -> Any:
        """Redis' reply, within the budget. Raises AwayError; whoever gets it does without."""
        wire, now = self._wire, time.monotonic()
        if wire is None or not self.usable or not _trusted(wire) or not self._breaker.admits(now):
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

    def cut(self) -> None:
        """Hang up; `run` opens another link."""
        if self._wire is not None:
            self._wire.end()

    async def run(self) -> None:
        """Hold the link, until cancelled."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                async with asyncio.timeout(OPEN_TIMEOUT_SECONDS):
                    wire = await dial(self._url, time.monotonic, TRUST_SECONDS)
            except (OSError, TimeoutError, WireError) as error:
                self._refuse(error)
            else:
                self._begin(wire)
                pause = FIRST_PAUSE_SECONDS
                try:
                    await self._watch(wire)
                finally:
                    self._end(wire)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _watch(self, wire: Wire) -> None:
        """Return when the link is lost, or Redis silent."""
        while not wire.ended.done() and _trusted(wire):
            beat = asyncio.ensure_future(_beat(wire))
            beat.add_done_callback(partial(self._beaten, wire, time.monotonic()))
            await asyncio.wait({wire.ended}, timeout=HEARTBEAT_SECONDS)

    def _beaten(self, wire: Wire, sent: float, beat: asyncio.Future[int]) -> None:
        # Taken also where the link is over: a lost one fails every beat on its way, and says so once.
        fault = None if beat.cancelled() else beat.exception()
        if beat.cancelled() or self._wire is not wire:
            return
        match fault:
            case None:
                self._refusing_since = None
                if self._since is None and sent >= self._settled:
                    self._since = beat.result()
                    CACHE_LINK.set(1)
            case RefusedError() as error:
                self._doubt(error)

    def _doubt(self, error: RefusedError) -> None:
        """Believe nothing that was begun until now: it may be told of no write."""
        if self._refusing_since is None:
            self._refusing_since = time.monotonic()
            log.warning("cache_writes_refused", error=str(error).partition(" ")[0])
        self._settled = time.monotonic() + SETTLING_SECONDS
        if self.usable:
            self._since = None
            self._on_lost()
            CACHE_LINK.set(0)

    def _gone(self) -> bool:
        """Whether there is no Redis, or nobody was answered, or let write, for longer than anybody believes in it.

        What counts is what we asked for in vain: the last answer of others may be younger than ours, but not than that.
        """
        silent_since = self._silent_since if self._wire is None else self._wire.unanswered_since
        vain = TRUST_SECONDS + MARGIN_SECONDS
        return self._refused or any(
            since is not None and time.monotonic() - since > vain for since in (silent_since, self._refusing_since)
        )

    def _begin(self, wire: Wire) -> None:
        self._wire, self._refused = wire, False
        self._settled = time.monotonic() + SETTLING_SECONDS
        self._breaker.succeeded()
        self._tell()

    def _end(self, wire: Wire) -> None:
        self._silent_since = wire.unanswered_since or time.monotonic()
        wire.end()
        self._wire = self._since = None
        self._on_lost()
        CACHE_LINK.set(0)
        CACHE_LINKS_LOST.inc()
        log.warning("cache_link_lost", silent_seconds=round(time.monotonic() - wire.proved, 3))

    def _refuse(self, error: Exception) -> None:
        if not self._refused:  # it is tried four times a second, and an outage may take a day
            log.info("cache_link_not_opened", error=str(error) or type(error).__name__)
        self._refused = True
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _trusted(wire: Wire) -> bool:
    """Whether the wire may be believed; one that may not is cut."""
    if wire.trusted():
        return True
    wire.end()
    return False


async def _beat(wire: Wire) -> int:
    """Redis' time in microseconds, from one that writes. Raises WireError."""
    _, (seconds, micros) = await asyncio.gather(wire.call("UNLINK", BEAT_KEY), wire.call("TIME"))
    return int(seconds) * 1_000_000 + int(micros)
