"""What is to be told Redis about subscriptions, and which of its confirmations count. Pure."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter

CHANNELS_PER_COMMAND = 512


class Orders:
    """Orders for one link, sent in the order in which they were given: a channel left and joined again ends joined.

    `sharded` is for sharded channels. A node of a cluster refuses a command whose channels lie in several slots, so there
    each has a command of its own.
    """

    def __init__(self, *, sharded: bool = False, channels_per_command: int = CHANNELS_PER_COMMAND) -> None:
        self._subscribe, self._unsubscribe = ("SSUBSCRIBE", "SUNSUBSCRIBE") if sharded else ("SUBSCRIBE", "UNSUBSCRIBE")
        self._channels_per_command = channels_per_command
        self._given: list[tuple[str, bytes]] = []
        self._unconfirmed: Counter[bytes] = Counter()
        self._leaving: Counter[bytes] = Counter()

    def subscribe(self, topic: bytes) -> None:
        """Have a channel."""
        self._given.append((self._subscribe, topic))
        self._unconfirmed[topic] += 1

    def unsubscribe(self, topic: bytes) -> None:
        """Have it no longer."""
        self._given.append((self._unsubscribe, topic))
        self._leaving[topic] += 1

    def take(self) -> Iterator[tuple[str | bytes, ...]]:
        """The commands for what was ordered since the last time, as few as possible."""
        given, self._given = self._given, []
        for verb, group in groupby(given, key=itemgetter(0)):
            topics = (topic for _, topic in group)
            while several := list(islice(topics, self._channels_per_command)):
                yield verb, *several

    def confirm(self, topic: bytes) -> bool:
        """Whether a confirmation is the last word: none is while a later order for its channel is still on its way."""
        self._unconfirmed[topic] -= 1
        if self._unconfirmed[topic] > 0:
            return False
        del self._unconfirmed[topic]
        return True

    def give_up(self, topic: bytes) -> None:
        """Expect no confirmation of a channel: the server does not have it."""
        del self._unconfirmed[topic], self._leaving[topic]

    def left(self, topic: bytes) -> bool:
        """Whether a channel's end was ordered; a cluster ends those that move to another node without being asked."""
        if topic not in self._leaving:
            return False
        self._leaving -= Counter((topic,))
        return True
