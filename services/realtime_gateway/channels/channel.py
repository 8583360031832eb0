"""One channel as this process follows it: who listens, and up to where they have been told. No I/O.

Events come from the subscription and, where some were missed, from history. Whatever the source, listeners get each
event once and in order, or `reset`. A channel is

- *unconfirmed* until Redis confirms the subscription: nothing that arrives can be trusted to be complete;
- *behind* until its history was read after that moment: what arrives meanwhile is held;
- *level* as long as each event is the next one. The first that is not makes it *behind* again.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum, auto
from typing import Protocol

from services.realtime_gateway import metrics
from services.realtime_gateway.protocol.framing import text_frame
from services.realtime_gateway.protocol.positions import Frame, Position, Step, bridge, opening, read_frame, step
from services.realtime_gateway.protocol.words import reset
from shared.pubsub.channels import redis_channel
from shared.pubsub.history import ChannelHistory

# Held frames beyond this are dropped: the ones after them prove the gap, and history heals it.
MOST_HELD = 1000


class Listener(Protocol):
    """A client's connection. Its methods must not block or raise."""

    @property
    def id(self) -> str:
        """Tells it from every other connection, of any gateway."""

    def send(self, frame: bytes) -> None:
        """Take a WebSocket frame on its way."""

    def send_ephemeral(self, frame: bytes) -> None:
        """Take one that may be dropped where the client does not keep up."""

    def deliver(self, data: bytes, frames: Sequence[bytes]) -> bool:
        """Pass on several frames, joined in `data`, that come after all it was sent; whether a client was written to."""


Cast = Callable[[Sequence[Listener], bytes], None]


def send_each(audience: Sequence[Listener], frame: bytes) -> None:
    """Send a frame to everybody."""
    for listener in audience:
        listener.send(frame)


class Watcher(Protocol):
    """Somebody who looks at what passes through channels. Its methods must not block or raise."""

    def opened(self, channel: "Channel") -> None:
        """The channel is followed from now on."""

    def closed(self, channel: "Channel") -> None:
        """It is followed no longer."""

    def levelled(self, channel: "Channel") -> None:
        """From now on nothing is missed, and what was missed of numbered events was healed; of others it is unknown."""

    def reset(self, channel: "Channel") -> None:
        """Numbered events were missed, and nobody can tell which."""

    def whispered(self, channel: "Channel", frame: Frame) -> bool:
        """An ephemeral event came; whether listeners are to have it as it is."""

    def passed(self, channel: "Channel", frame: Frame) -> None:
        """A numbered event went to the listeners."""


class Phase(Enum):
    """How far the channel can be trusted."""

    UNCONFIRMED = auto()
    BEHIND = auto()
    LEVEL = auto()


# Looking up a member of an enumeration takes longer than most of what is done with an event.
UNCONFIRMED, BEHIND, LEVEL = Phase


class Channel:
    """A channel that somebody listens to or is about to. There is one for each user at least, so it is kept small."""

    __slots__ = (
        "_audience",
        "_cast",
        "_fell_behind",
        "_held",
        "_levelled",
        "_observers",
        "_phase",
        "clinic_id",
        "listeners",
        "name",
        "position",
        "reservations",
        "topic",
        "watcher",
    )

    def __init__(
        self,
        clinic_id: int,
        name: str,
        fell_behind: Callable[["Channel"], None],
        watcher: Watcher | None = None,
        cast: Cast = send_each,
    ) -> None:
        self.clinic_id = clinic_id
        self.name = name
        self.topic = redis_channel(clinic_id, name).encode()
        self.listeners: set[Listener] = set()
        self.reservations = 0
        self.position: Position | None = None
        self.watcher = watcher
        self._fell_behind = fell_behind
        self._cast = cast
        # The listeners, as long as they stay the same: whoever has frames for them can tell that.
        self._audience: tuple[Listener, ...] | None = None
        self._phase = UNCONFIRMED
        self._held: list[Frame] = []
        self._observers: list[list[Frame]] = []
        self._levelled: asyncio.Future[None] | None = None

    @property
    def used(self) -> bool:
        """Whether there is still a reason to follow it."""
        return bool(self.listeners or self.reservations)

    def admit(self, listener: Listener) -> bool:
        """Let it have what follows the channel's position. Whether it had not."""
        if listener in self.listeners:
            return False
        self.listeners.add(listener)
        self._audience = None
        return True

    def dismiss(self, listener: Listener) -> bool:
        """Let it have nothing more. Whether it had."""
        if listener not in self.listeners:
            return False
        self.listeners.discard(listener)
        self._audience = None
        return True

    @property
    def certain(self) -> Position | None:
        """Where it stands, unless that is just being found out."""
        return self.position if self._phase is LEVEL else None

    @property
    def read_after(self) -> int | None:
        """From which sequence on its history is of interest."""
        return self.position and self.position.seq

    async def level(self) -> Position:
        """Where it stands, as soon as that is known."""
        while self.position is None or self._phase is not LEVEL:
            self._levelled = self._levelled or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._levelled)
        return self.position

    @contextmanager
    def observed(self) -> Iterator[list[Frame]]:
        """Collects the numbered frames that are passed on during the block."""
        passed: list[Frame] = []
        self._observers.append(passed)
        try:
            yield passed
        finally:
            self._observers[:] = [other for other in self._observers if other is not passed]

    def lose(self) -> None:
        """The subscription is gone."""
        self._phase = UNCONFIRMED
        self._held.clear()

    def fall_behind(self) -> None:
        """Hold what arrives until the history was read."""
        self._phase = BEHIND
        self._fell_behind(self)

    def receive(self, payload: bytes) -> None:
        """Take an event from the subscription."""
        here = self.position
        if here is not None and self._phase is LEVEL:
            # Nearly always it is the next one: to see that is cheaper than to read which one it is.
            following = Position(here.seq + 1, here.epoch)
            if payload.startswith(opening(following)):
                self._pass_on(Frame(payload, following))
                return
        self._take(read_frame(payload))

    def catch_up(self, history: ChannelHistory) -> None:
        """Take the history, read since the subscription was confirmed; then what was held."""
        if self._phase is not BEHIND:
            return
        self._follow(history)
        self._phase = LEVEL
        if self._levelled:
            self._levelled.set_result(None)
            self._levelled = None
        held, self._held = self._held, []
        for frame in held:
            self._take(frame)
        if self.watcher:
            self.watcher.levelled(self)

    def _take(self, frame: Frame) -> None:
        if frame.position is None:
            self._whisper(frame)
        elif self._phase is LEVEL and self.position is not None:
            self._take_in_order(frame, step(self.position, frame.position))
        elif self._phase is BEHIND and len(self._held) < MOST_HELD:
            self._held.append(frame)

    def _take_in_order(self, frame: Frame, what: Step) -> None:
        if what == "next":
            self._pass_on(frame)
        elif what == "gap":
            self._held.append(frame)
            self.fall_behind()

    def _follow(self, history: ChannelHistory) -> None:
        """Go where the history leads; where nothing leads there, let the clients refetch."""
        missed = bridge(self.position, history) if self.position else []
        if missed is None:
            metrics.GAPS.labels("reset").inc()
            self._broadcast(text_frame(reset(self.name, Position(history.seq, history.epoch))))
            if self.watcher:
                self.watcher.reset(self)
        elif missed:
            metrics.GAPS.labels("healed").inc()
            metrics.HEALED_EVENTS.inc(len(missed))
            for frame in missed:
                self._pass_on(frame)
        self.position = Position(history.seq, history.epoch)

    def _pass_on(self, frame: Frame) -> None:
        self.position = frame.position
        for passed in self._observers:
            passed.append(frame)
        self._broadcast(text_frame(frame.payload))
        if self.watcher:
            self.watcher.passed(self, frame)

    def _whisper(self, ephemeral: Frame) -> None:
        if self.watcher and not self.watcher.whispered(self, ephemeral):
            return
        frame = text_frame(ephemeral.payload)
        for listener in self.listeners:
            if ephemeral.origin is None or listener.id != ephemeral.origin:
                listener.send_ephemeral(frame)

    def _broadcast(self, frame: bytes) -> None:
        if self._audience is None:
            self._audience = tuple(self.listeners)
        if self._audience:
            self._cast(self._audience, frame)
