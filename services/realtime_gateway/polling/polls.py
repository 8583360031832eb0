"""Answers polls. Nothing is kept from one to the next: the client says where it stands, so any gateway can go on.

A poll is a connection that lives for one request. It is admitted to each channel at a known position, as a socket is, and
answered with what came after the client's: from history, and live until there is something to tell or the time is up.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import spread_ms
from services.realtime_gateway.commands.joins import Joins
from services.realtime_gateway.polling.answer import poll_answer
from services.realtime_gateway.polling.caller import PollCaller
from services.realtime_gateway.polling.following import Following
from services.realtime_gateway.polling.positions_text import Asked
from services.realtime_gateway.presence.company import BETWEEN_POLLS, Company
from services.realtime_gateway.protocol.refusal import Refusal
from services.realtime_gateway.sockets.drain import return_spread_ms

# Events come in twos and threes (the message, the list's entry): those that come together are answered together.
LINGER_SECONDS = 0.005
FOLLOW_TIMEOUT_SECONDS = 6.0
# A dashboard's first poll may name many conversations; the API is not to be asked about all of them at once.
RIGHTS_ASKED_AT_ONCE = 8


class Polls:
    """Those that wait, by the connection that each stands in for."""

    def __init__(self, joins: Joins, company: Company, most_polls: int) -> None:
        self._joins = joins
        self._company = company
        self._most_polls = most_polls
        self._open: dict[str, PollCaller] = {}
        self._going_away = False

    def __len__(self) -> int:
        return len(self._open)

    @asynccontextmanager
    async def until_going_away(self) -> AsyncIterator[None]:
        """Take polls during the block; at its end those that wait are answered, and no more are taken."""
        try:
            yield
        finally:
            self._going_away = True
            for caller in self._open.values():
                caller.hurry()

    def end_of(self, user_id: int) -> None:
        """Answer a user's polls now: whether there may be a next one is asked then."""
        for caller in self._open.values():
            if caller.claims.user_id == user_id:
                caller.hurry()

    def refuse(self) -> None:
        """Raise Refusal where no poll can be taken now."""
        if self._going_away:
            raise Refusal("unavailable", "this gateway restarts", retry_ms=self._return_ms())
        if len(self._open) >= self._most_polls:
            raise Refusal("unavailable", "too many polls", retry_ms=spread_ms(2000, 15000))

    async def answer(
        self, caller: PollCaller, asked: Sequence[Asked], wait_seconds: float, pace_seconds: float
    ) -> bytes:
        """What there is to tell, as soon as there is something, or else after the wait. Raises Refusal."""
        self.refuse()
        caller.following = [Following(caller, one) for one in asked]
        with self._attended(caller), metrics.POLL_DURATION.time():
            await self._follow(caller)
            self._arrive(caller)
            with metrics.POLLS_WAITING.track_inprogress():
                await caller.gather(wait_seconds, max(LINGER_SECONDS, pace_seconds))
            metrics.POLLS.labels(self._outcome(caller)).inc()
            return poll_answer(caller.following, caller.ephemeral, self._return_ms() if self._going_away else None)

    @contextmanager
    def _attended(self, caller: PollCaller) -> Iterator[None]:
        """Whatever happens, leave nothing of the poll behind.

        A tab polls once at a time: an older poll of the same one is that of a request that died on its way, and ends.
        """
        if former := self._open.get(caller.id):
            former.hurry()
        self._open[caller.id] = caller
        try:
            yield
        except asyncio.CancelledError:
            metrics.POLLS.labels("gone").inc()
            self._depart(caller, "lost")
            raise
        finally:
            self._depart(caller, BETWEEN_POLLS)
            for one in caller.following:
                if one.channel:
                    self._joins.dismiss(one.channel, one)
            caller.channels.clear()

    def _arrive(self, caller: PollCaller) -> None:
        """Count the user as here, and as looking at the conversations that they follow."""
        if caller.attends:
            self._company.arrived(caller)
            for channel in caller.channels.values():
                if channel.name.startswith("conversa:"):
                    self._company.joined(caller, channel)

    def _depart(self, caller: PollCaller, why: str) -> None:
        """Count them as gone, unless another poll of the same tab is open."""
        if self._open.get(caller.id) is caller:
            del self._open[caller.id]
            self._company.left(caller, why)

    async def _follow(self, caller: PollCaller) -> None:
        asking = asyncio.Semaphore(RIGHTS_ASKED_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for one in caller.following:
                tasks.create_task(self._follow_one(caller, one, asking))
        refusals = [one.refusal for one in caller.following if one.refusal]
        for refusal in refusals:
            if refusal.code == "unauthorized":
                raise refusal
        if len(refusals) == len(caller.following) and all(refusal.temporary for refusal in refusals):
            raise refusals[0]

    async def _follow_one(self, caller: PollCaller, one: Following, asking: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(FOLLOW_TIMEOUT_SECONDS):
                async with asking:
                    name = await self._joins.permitted(caller, one.asked.name)
                channel, standing = await self._joins.enter(caller.claims, name, one.asked.since, one)
                one.begin(channel, standing)
                caller.channels[one.asked.name] = channel
        except Refusal as refusal:
            one.refuse(refusal)
        except TimeoutError:
            one.refuse(Refusal("unavailable", "it took too long", retry_ms=spread_ms(1000, 3000)))

    def _outcome(self, caller: PollCaller) -> str:
        if self._going_away:
            return "going_away"
        if any(one.refusal or not one.recovered for one in caller.following):
            return "refetch"
        return "events" if caller.ephemeral or any(one.events for one in caller.following) else "empty"

    def _return_ms(self) -> int:
        return spread_ms(0, return_spread_ms(len(self._open)))
