"""One client's view of one channel, held against everything the protocol promises. No I/O."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.scenarios.truth import Address, Truth


class Position(NamedTuple):
    """The last event the client has of a channel."""

    seq: int
    epoch: str


class View:
    """What the client knows: `state`, the names of all items; `complaints`, where the gateway broke a promise."""

    def __init__(self, address: Address, truth: Truth) -> None:
        self.address = address
        self._truth = truth
        self.state: set[str] = set()
        self.position: Position | None = None
        # A join with a position is under way: until its reply, what arrives live is in that reply as well.
        self.resuming = False
        self.complaints: list[str] = []
        self.live = self.replayed = self.refetched = self.resets = 0
        self._delivered: set[str] = set()
        self._last_number = -1

    @property
    def complete(self) -> bool:
        """Whether the client knows what was committed."""
        return len(self.state) == len(self._truth.committed[self.address]) and not self.missing

    @property
    def missing(self) -> set[str]:
        """What was committed and the client does not know of, though nobody told it to fetch."""
        return self._truth.committed[self.address].keys() - self.state

    @property
    def since(self) -> dict[str, Any] | None:
        """What the client resumes with."""
        return self.position._asdict() if self.position else None

    def stand_at(self, seq: int, epoch: str) -> None:
        """`connected` says where the channel stands; where that is not where the client stands, it fetches."""
        if self.position != (seq, epoch):
            self._refetch(Position(seq, epoch))

    def take_join(self, data: dict[str, Any]) -> None:
        """The reply to a join."""
        here, before = Position(data["seq"], data["epoch"]), self.position
        self.resuming = False
        if not data["recovered"]:
            if data["events"]:
                self._complain(f"a partial replay of {len(data['events'])} at {here}")
            self._refetch(here)
            return
        if before is None or before.epoch != here.epoch or before.seq > here.seq:
            self._complain(f"recovered from {before} to {here}")
            self._refetch(here)
            return
        self._take_replay(data["events"], here)

    def take_reset(self, seq: int, epoch: str) -> None:
        """Events may be missing."""
        self.resets += 1
        if not self.resuming:
            self._refetch(Position(seq, epoch))

    def take_live(self, event: dict[str, Any]) -> None:
        """An event of the channel."""
        if not self.resuming:
            self.live += 1
            self._take(event)

    def _take_replay(self, events: Sequence[dict[str, Any]], here: Position) -> None:
        for event in events:
            self.replayed += 1
            self._take(event)
        if self.position != here:
            self._complain(f"the replay ended at {self.position}, the join at {here}")
            self.position = here

    def _take(self, event: dict[str, Any]) -> None:
        new, last = Position(event["seq"], event["epoch"]), self.position
        if last is None or new.epoch != last.epoch:
            self._complain(f"{new} after {last}, without a reset")
        elif new.seq != last.seq + 1:
            self._complain(f"{'gap' if new.seq > last.seq else 'repeated'}: {new.seq} after {last.seq}")
        self.position = new
        self._take_item(event, new)

    def _take_item(self, event: dict[str, Any], position: Position) -> None:
        number, name = event["data"]["number"], event["data"]["name"]
        if name not in self._truth.committed[self.address]:
            self._complain(f"not of this channel: {name}")
        if not self._truth.agrees(self.address, position.epoch, position.seq, name):
            self._complain(f"{position} is not to this client what it is to another")
        if name in self._delivered:
            self._complain(f"twice: {name}")
        if number <= self._last_number:
            self._complain(f"out of order: {number} after {self._last_number}")
        self._delivered.add(name)
        self._last_number = number
        self.state.add(name)

    def _refetch(self, here: Position) -> None:
        self.refetched += 1
        self.state = self._truth.fetch(self.address)
        # A publisher that was cut off in a life of the channel that is over sends again in the next.
        self._delivered.clear()
        self._last_number = -1
        self.position = here

    def _complain(self, what: str) -> None:
        if len(self.complaints) < 20:
            self.complaints.append(f"{self.address.channel}: {what}")
