"""One channel of a poll: what is to be told of it, and up to where that leads."""

from collections.abc import Sequence
from typing import Protocol

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.channels.resume import Standing
from services.realtime_gateway.polling.positions_text import Asked
from services.realtime_gateway.protocol.framing import framed_payload
from services.realtime_gateway.protocol.positions import Position, read_frame
from services.realtime_gateway.protocol.refusal import Refusal

_RESET = b'{"type":"reset"'


class Poll(Protocol):
    """What a followed channel needs of the poll that it belongs to."""

    @property
    def id(self) -> str:
        """The connection that the poll stands in for."""

    def room_for(self, size_bytes: int) -> bool:
        """Whether the answer still takes so much; what it takes, it keeps room for."""

    def told(self) -> None:
        """There is something to answer."""

    def send_ephemeral(self, frame: bytes) -> None:
        """Take a frame that may be dropped."""


class Following:
    """Listens to a channel for a poll.

    The events it holds are all there is between the client's position and its own; or it holds none, is not
    `recovered`, and the client refetches. When the answer is full it takes nothing more: the next poll goes on from there.
    """

    __slots__ = ("_full", "_poll", "_position", "asked", "channel", "events", "recovered", "refusal")

    def __init__(self, poll: Poll, asked: Asked) -> None:
        self._poll = poll
        self._full = False
        self._position: Position | None = None
        self.asked = asked
        self.channel: Channel | None = None
        self.events: list[bytes] = []
        self.recovered = False
        # Why the client can't have the channel, or can't have it now.
        self.refusal: Refusal | None = None

    @property
    def id(self) -> str:
        """The poll's, so that nobody is told what came from their own tab."""
        return self._poll.id

    @property
    def position(self) -> Position:
        """From where the next poll goes on."""
        # A client that refetches does so after this answer, and so has whatever was published by now.
        here = self._position if self.recovered or self.channel is None else self.channel.position
        return here or Position(0, "")

    def begin(self, channel: Channel, standing: Standing) -> None:
        """Go on from where the channel stood at the listener's admission."""
        self.channel = channel
        self._position, missed = standing
        events = [frame.payload for frame in missed or ()]
        self.recovered = missed is not None and self._poll.room_for(sum(map(len, events)))
        if self.recovered:
            self.events = events
        if self.events or not self.recovered:
            self._poll.told()

    def refuse(self, refusal: Refusal) -> None:
        """Tell the client why it does not have the channel."""
        self.refusal = refusal
        self._poll.told()

    def send(self, frame: bytes) -> None:
        """Take an event, or the word that some are missing."""
        payload = framed_payload(frame)
        position = read_frame(payload).position
        if position is not None:
            self._take(payload, position)
        elif payload.startswith(_RESET):
            self.recovered = False
            self.events = []
            self._poll.told()
        else:
            self._poll.send_ephemeral(frame)

    def deliver(self, _data: bytes, frames: Sequence[bytes]) -> bool:
        """Take several events. There is no client to write to before the poll is answered."""
        for frame in frames:
            self.send(frame)
        return False

    def send_ephemeral(self, frame: bytes) -> None:
        """Take somebody's typing or presence."""
        self._poll.send_ephemeral(frame)

    def _take(self, payload: bytes, position: Position) -> None:
        if not self.recovered or self._full:
            return
        self._full = not self._poll.room_for(len(payload))
        if not self._full:
            self.events.append(payload)
            self._position = position
        self._poll.told()
