"""When the day is over: what was promised must be there, within a deadline."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from deploy.demo.cast import ANA, CARLA, Agent
from deploy.demo.desk import Desk
from deploy.demo.evolution.routes import StandIn
from deploy.demo.ledger import Ledger
from deploy.demo.outcome import Outcome
from deploy.demo.review import Review

_RECEIPTS_WITHIN = 30.0  # seconds, as all of these
_EFFECTS_WITHIN = 20.0
_STATUSES_WITHIN = 3.0
_POLL = 0.1
_TRIED_DOORS = 5


class Evening:
    """Looks at both clinics until nothing is missing, or time is up."""

    def __init__(self, ledger: Ledger, evolution: StandIn, desks: Mapping[Agent, Desk], *, dead_before: int) -> None:
        self._ledger = ledger
        self._evolution = evolution
        self._desks = desks
        self._dead_before = dead_before
        self._demo = Review(desks[ANA], "demo")
        self._outra = Review(desks[CARLA], "outra")

    async def outcome(self) -> Outcome:
        """What the day came to."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._evolution.announcer.idle(), _RECEIPTS_WITHIN)
        await self._look_until(lambda outcome: not outcome.complaints() and not outcome.waiting, _EFFECTS_WITHIN)
        return await self._look_until(
            lambda outcome: outcome.shown_statuses() == outcome.reported_statuses() and not outcome.waiting,
            _STATUSES_WITHIN,
        )

    async def _look_until(self, satisfied: Callable[[Outcome], bool], within: float) -> Outcome:
        deadline = time.monotonic() + within
        while True:
            outcome = await self._look()
            if satisfied(outcome) or time.monotonic() > deadline:
                return outcome
            await asyncio.sleep(_POLL)

    async def _look(self) -> Outcome:
        await asyncio.gather(self._demo.refresh(), self._outra.refresh())
        queue = await self._desks[ANA].queue()
        return Outcome(
            ledger=self._ledger,
            found=self._demo.effects + self._outra.effects,
            messages={message["id"]: message for message in self._demo.messages},
            sent=self._evolution.sent,
            reported=self._evolution.announcer.reported,
            waiting=sum(queue["depth"].values()),
            new_dead=queue["dlq"] - self._dead_before,
            trespasses=await self._trespasses(),
        )

    async def _trespasses(self) -> int:
        ana = self._desks[ANA]
        doors = self._outra.conversation_ids[:_TRIED_DOORS]
        return sum(await asyncio.gather(*(ana.can_see(conversation_id) for conversation_id in doors)))
