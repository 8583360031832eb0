"""What is to be told Redis about subscriptions, and which of its confirmations count. Pure."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice
from operator import itemgetter

CHANNELS_PER_COMMAND = 512


class Orders:
    """Orders for one link, sent in the order in which they were given: a channel left and joined again ends joined."""

    def __init__(self) -> None:
        self._given: list[tuple[str, bytes]] = []
        self._unconfirmed: Counter[bytes] = Counter()

    def subscribe(self, topic: bytes) -> None:
        """Have a channel."""
        self._given.append(("SUBSCRIBE", topic))
        self._unconfirmed[topic] += 1

    def unsubscribe(self, topic: bytes) -> None:
        """Have it no longer."""
        self._given.append(("UNSUBSCRIBE", topic))

    def take(self) -> Iterator[tuple[str | bytes, ...]]:
        """The commands for what was ordered since the last time, as few as possible."""
        given, self._given = self._given, []
        for verb, group in groupby(given, key=itemgetter(0)):
            topics = (topic for _, topic in group)
            while several := list(islice(topics, CHANNELS_PER_COMMAND)):
                yield verb, *several

    def confirm(self, topic: bytes) -> bool:
        """Whether a confirmation is the last word: none is while a later order for its channel is still on its way."""
        self._unconfirmed[topic] -= 1
        if self._unconfirmed[topic] > 0:
            return False
        del self._unconfirmed[topic]
        return True
