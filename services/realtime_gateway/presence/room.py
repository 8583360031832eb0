"""One attended channel as this process sees it: its roster, and what its listeners here are told of it."""

import asyncio
from collections.abc import Callable, Iterable

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.presence.place import Place, Timing
from services.realtime_gateway.presence.roster import Edge, Roster, Snapshot

# In a larger company changes are gathered for a moment and told together: everybody hears of everybody.
CROWD = 50
GATHER_SECONDS = 0.3

# Frames that tell of these changes.
Tell = Callable[[Place, list[Edge]], Iterable[bytes]]


class Room:
    """Keeps a roster, and tells the channel's listeners each change of it once, the last one of each user."""

    def __init__(self, channel: Channel, timing: Timing, tell: Tell, look: Callable[[Place], None]) -> None:
        self.channel = channel
        self.place = Place(channel.clinic_id, channel.name)
        self.roster = Roster()
        self._timing = timing
        self._tell = tell
        self._look = look
        self._loop = asyncio.get_running_loop()
        self._known = asyncio.Event()
        self._untold: dict[int, Edge] = {}
        self._timers: dict[Callable[[], None], asyncio.TimerHandle] = {}

    async def known(self) -> None:
        """Return once there is a roster."""
        await self._known.wait()

    def take(self, edges: Iterable[Edge]) -> list[Edge]:
        """Take what was told."""
        news = self.roster.take(edges)
        self._gather(news)
        return news

    def adopt(self, snapshot: Snapshot) -> list[Edge]:
        """Take what the roster was; where Redis had forgotten it, look again when everybody had time to return."""
        first, news = not self.roster.known, self.roster.adopt(snapshot, self._timing.settled_ms)
        if not first or self.place.kind == "conversa":
            self._gather(news)  # who is in a clinic is no news to those who come into it: they ask
        if snapshot.age_ms < self._timing.settled_ms:
            self._later(self._look_again, (self._timing.settled_ms - snapshot.age_ms + 1) / 1000)
        self._known.set()
        return news

    def close(self) -> None:
        """Nobody listens any more."""
        for timer in self._timers.values():
            timer.cancel()

    def retell(self, edges: Iterable[Edge]) -> None:
        """Tell something again that may look different now."""
        self._gather(list(edges))

    def _gather(self, news: list[Edge]) -> None:
        for edge in news:
            former = self._untold.pop(edge.user_id, edge)
            self._untold[edge.user_id] = edge._replace(previous=former.previous)
        if not self._untold:
            return
        if len(self.roster) <= CROWD:
            self._tell_all()
        else:
            self._later(self._tell_all, GATHER_SECONDS)

    def _tell_all(self) -> None:
        self._cancel(self._tell_all)
        untold, self._untold = self._untold, {}
        frames = list(self._tell(self.place, list(untold.values())))
        for listener in self.channel.listeners:
            for frame in frames:
                listener.send(frame)

    def _look_again(self) -> None:
        self._cancel(self._look_again)
        self._look(self.place)

    def _later(self, what: Callable[[], None], seconds: float) -> None:
        if what not in self._timers:
            self._timers[what] = self._loop.call_later(seconds, what)

    def _cancel(self, what: Callable[[], None]) -> None:
        if timer := self._timers.pop(what, None):
            timer.cancel()
