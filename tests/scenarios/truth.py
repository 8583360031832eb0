"""What was committed for each channel: the database, as far as a scenario needs one."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple


class Address(NamedTuple):
    """A channel of a clinic."""

    clinic_id: int
    channel: str

    @property
    def conversation(self) -> str:
        """The conversation's id, of a channel that is one's."""
        return self.channel.removeprefix("conversa:")


class Item(NamedTuple):
    """One thing that was made known: the publisher's number of it, and a name that nothing else has."""

    number: int
    name: str


@dataclass
class Truth:
    """An item is committed before it is published, as the outbox has it; so whoever fetches has all that was ever sent."""

    committed: dict[Address, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))
    acknowledged: int = 0
    # What stands at a place of a channel, as the first client saw it: every other must see the same.
    _seen: dict[tuple[Address, str, int], str] = field(default_factory=dict)

    def commit(self, address: Address, item: Item) -> None:
        """Make it part of what a client that fetches is shown."""
        self.committed[address][item.name] = item

    def fetch(self, address: Address) -> set[str]:
        """What a client is shown that fetches now."""
        return set(self.committed[address])

    def agrees(self, address: Address, epoch: str, seq: int, name: str) -> bool:
        """Whether all who looked saw this at that place."""
        return self._seen.setdefault((address, epoch, seq), name) == name
