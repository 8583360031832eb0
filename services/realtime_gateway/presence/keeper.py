"""Keeps Redis told which connections of this process are where: what is so here is written until it is so there.

Changes gather while those before are under way, so that a thousand arrivals cost a handful of round trips. Of several
changes of one connection only the last is written. Nothing is lost while Redis is away, and nothing waits for it.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Literal, NamedTuple

import structlog
from redis.exceptions import RedisError

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import pause
from services.realtime_gateway.cancellation import cancelled
from services.realtime_gateway.connections.deadlines import Deadlines
from services.realtime_gateway.presence.place import Place, Timing
from services.realtime_gateway.presence.roster import Status
from services.realtime_gateway.presence.store import Answer, Change, Store, Visit

log = structlog.get_logger(__name__)

PLACES_PER_ROUND_TRIP = 128
CHANGES_PER_VISIT = 256
REFRESHES_PER_VISIT = 500
DUE_CHECK_SECONDS = 0.25
# Arrivals and departures do not wait behind the refresh of ten thousand conversations.
REFRESH_TURNS = 16
FLUSH_SECONDS = 1.0


@dataclass(slots=True)
class Stay:
    """A connection at a place. `activity` is how present the user is in that tab, if it said so on this connection."""

    user_id: int
    connection_id: str
    name: str
    activity: Status | Literal[""] = ""

    @property
    def member(self) -> str:
        """The connection as Redis names it."""
        return f"{self.user_id}:{self.connection_id}"

    def hold(self, wish: str) -> Change:
        """Says that it is there."""
        return "hold", str(self.user_id), self.connection_id, self.activity, self.name, wish


class _Told(NamedTuple):
    change: Change
    answer: "asyncio.Future[Status] | None" = None


@dataclass(slots=True)
class _Errand:
    """What is yet to be told about a place: by connection the last change, and whether to refresh and to read."""

    changes: dict[str, _Told] = field(default_factory=dict)
    refresh: bool = False
    roster: bool = False


class Keeper:
    """Where this process' connections are, and what Redis has yet to be told of it."""

    def __init__(
        self,
        store: Store,
        timing: Timing,
        answered: Callable[[Visit, Answer], None],
        wish_of: Callable[[Place, int], str],
    ) -> None:
        self._store = store
        self._timing = timing
        self._answered = answered
        # What a user is known to wish, in case that Redis has forgotten it.
        self._wish_of = wish_of
        self._loop = asyncio.get_running_loop()
        self._stays: dict[Place, dict[str, Stay]] = {}
        self._errands: dict[Place, _Errand] = {}
        self._woken = asyncio.Event()
        self._due: Deadlines[Place] = Deadlines()
        self._busy = asyncio.Lock()
        self._places_at_once = PLACES_PER_ROUND_TRIP

    def places(self) -> Iterator[Place]:
        """Where somebody is."""
        return iter(self._stays)

    def find(self, place: Place, member: str) -> Stay | None:
        """A connection's stay at a place."""
        return self._stays.get(place, {}).get(member)

    def enter(self, place: Place, stay: Stay) -> None:
        """A connection is there from now on."""
        self._stays.setdefault(place, {})[stay.member] = stay
        self._tell(place, stay.member, self._held(place, stay))

    def leave(self, place: Place, member: str, grace_ms: int) -> None:
        """A connection is there no longer; its user has so long to come back before that is noticed."""
        stays = self._stays.get(place, {})
        if stays.pop(member, None) is None:
            return
        if not stays:
            del self._stays[place]
        self._tell(place, member, _Told(self._departure(place, member, grace_ms)))
        if grace_ms:
            self._due.add(place, int((self._loop.time() + grace_ms / 1000) / DUE_CHECK_SECONDS) + 1)

    async def wish(self, place: Place, stay: Stay, status: Status) -> Status:
        """Let the user be seen so; returns how they are seen then. Raises redis.RedisError."""
        answer: asyncio.Future[Status] = self._loop.create_future()
        wished = self._wish_of(place, stay.user_id)
        change = ("wish", str(stay.user_id), stay.connection_id, status, stay.name, wished)
        self._tell(place, stay.member, _Told(change, answer))
        seen = await answer
        if status in ("online", "away"):
            stay.activity = status
        return seen

    def say_again(self, place: Place, members: Iterable[str]) -> None:
        """Redis has forgotten connections that are here."""
        for member in members:
            if (stay := self.find(place, member)) and member not in self._errand(place).changes:
                self._tell(place, member, self._held(place, stay))

    def look(self, place: Place) -> None:
        """Have the place's roster, with those who are here in it."""
        errand = self._errand(place)
        errand.refresh = errand.roster = True
        self._woken.set()

    def reap(self, place: Place) -> None:
        """Remove what has expired: every visit does."""
        self._errand(place)
        self._woken.set()

    # Loops

    async def run(self) -> None:
        """Tell Redis, until cancelled."""
        attempt = 0
        while not cancelled():
            await self._woken.wait()
            try:
                await self._visit_some()
                attempt = 0
                self._places_at_once = min(PLACES_PER_ROUND_TRIP, self._places_at_once * 2)
            except RedisError as error:
                # One node of a cluster may be away: soon its places fail alone.
                self._places_at_once = max(1, self._places_at_once // 2)
                log.warning("presence_not_told", error=str(error) or type(error).__name__)
                await pause(attempt)
                attempt += 1

    async def refresh(self) -> None:
        """Say again and again who is still here: each place once an interval, not all of them at one time.

        What a turn is late by the next ones make up: else each delay would make the interval longer.
        """
        interval = self._timing.refresh_ms / 1000
        due = self._loop.time()
        for turn in cycle(range(REFRESH_TURNS)):
            due = max(due + interval / REFRESH_TURNS, self._loop.time() - interval)
            await asyncio.sleep(due - self._loop.time())
            for place in self._stays:
                if hash(place) % REFRESH_TURNS == turn:
                    self._errand(place).refresh = True
                    self._woken.set()

    async def clean_up(self, interval_ms: int) -> None:
        """Remove those whose gateway died, again and again."""
        while True:
            await asyncio.sleep(interval_ms / 1000)
            for place in self._stays:
                if place.kind == "presence":
                    self.reap(place)

    async def end_graces(self) -> None:
        """Have those noticed as gone who did not come back."""
        while True:
            await asyncio.sleep(DUE_CHECK_SECONDS)
            for place in self._due.take_due(self._loop.time() / DUE_CHECK_SECONDS):
                self.reap(place)

    async def flush(self) -> None:
        """Tell Redis what is left to tell, as far as it listens: this process ends."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                while self._errands or self._busy.locked():
                    await self._visit_some()
        except (RedisError, TimeoutError):
            log.warning("presence_not_flushed", places=len(self._errands))

    # Telling

    def _errand(self, place: Place) -> _Errand:
        return self._errands.setdefault(place, _Errand())

    def _departure(self, place: Place, member: str, grace_ms: int) -> Change:
        if not grace_ms:
            return "drop", member
        if (former := self._errand(place).changes.get(member)) and former.change[0] == "hold":
            return "pass_by", *former.change[1:], grace_ms  # it came and went before that was told: a poll does
        return "linger", member, grace_ms

    def _tell(self, place: Place, member: str, told: _Told) -> None:
        changes = self._errand(place).changes
        if (former := changes.pop(member, None)) and former.answer and not former.answer.done():
            former.answer.set_exception(RedisError("something newer is told instead"))
        changes[member] = told
        self._woken.set()

    def _held(self, place: Place, stay: Stay) -> _Told:
        return _Told(stay.hold(self._wish_of(place, stay.user_id)))

    async def _visit_some(self) -> None:
        async with self._busy:
            errands = {place: self._errands.pop(place) for place in list(islice(self._errands, self._places_at_once))}
            if not self._errands:
                self._woken.clear()
            if not errands:
                return
            for place, errand in errands.items():
                self._drop_given_up(place, errand)
            visits = [visit for place, errand in errands.items() for visit in self._visits(place, errand)]
            try:
                with metrics.PRESENCE_DURATION.time():
                    answers = await self._store.visit(visits)
            except BaseException:
                self._take_back(errands)
                raise
        for visit, answer in zip(visits, answers, strict=True):
            self._answered(visit, answer)
            metrics.PRESENCE_REAPED.inc(answer.reaped)
        for place, errand in errands.items():
            self._reply(errand, (answer for visit, answer in zip(visits, answers, strict=True) if visit.place == place))

    def _drop_given_up(self, place: Place, errand: _Errand) -> None:
        """A wish whose client was told meanwhile that it could not be met must not be met any more."""
        for member, told in list(errand.changes.items()):
            if told.answer and told.answer.done():
                del errand.changes[member]
                if stay := self.find(place, member):
                    errand.changes[member] = self._held(place, stay)

    def _visits(self, place: Place, errand: _Errand) -> Iterator[Visit]:
        changes = [told.change for told in errand.changes.values()]
        visits = [changes[start : start + CHANGES_PER_VISIT] for start in range(0, len(changes), CHANGES_PER_VISIT)]
        if errand.refresh:
            here = [member for member in self._stays.get(place, {}) if member not in errand.changes]
            visits += [
                [("refresh", *here[start : start + REFRESHES_PER_VISIT])]
                for start in range(0, len(here), REFRESHES_PER_VISIT)
            ]
        visits = visits or [[]]
        yield from (Visit(place, some) for some in visits[:-1])
        yield Visit(place, visits[-1], roster=errand.roster)

    def _reply(self, errand: _Errand, answers: Iterable[Answer]) -> None:
        statuses = [status for answer in answers for status in answer.statuses]
        waiting = [told.answer for told in errand.changes.values() if told.answer]
        for answer, status in zip(waiting, statuses, strict=True):
            if not answer.done():
                answer.set_result(status)

    def _take_back(self, errands: dict[Place, _Errand]) -> None:
        """Keep what could not be told, unless something newer is to be told already."""
        for place, errand in errands.items():
            newer = self._errand(place)
            newer.refresh |= errand.refresh
            newer.roster |= errand.roster
            newer.changes = {**self._retold(place, errand), **newer.changes}
        self._woken.set()

    def _retold(self, place: Place, errand: _Errand) -> dict[str, _Told]:
        """Wishes are refused instead: whoever asked decides whether to ask again. The connection itself must be told."""
        kept = {}
        for member, told in errand.changes.items():
            if told.answer is None:
                kept[member] = told
                continue
            if not told.answer.done():
                told.answer.set_exception(RedisError("presence could not be told"))
            if stay := self.find(place, member):
                kept[member] = self._held(place, stay)
        return kept
