"""When something is due: one timer for all connections instead of one each. Pure: the clock comes in."""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


class Deadlines(Generic[Item]):
    """Items by the second at which their time is up. Adding and forgetting one costs the same however many there are."""

    def __init__(self) -> None:
        self._items: dict[int, set[Item]] = {}
        self._seconds: list[int] = []

    def add(self, item: Item, second: int) -> None:
        """Let the item be due at that second."""
        if second not in self._items:
            self._items[second] = set()
            heapq.heappush(self._seconds, second)
        self._items[second].add(item)

    def discard(self, item: Item, second: int) -> None:
        """Forget the item that was added for that second."""
        self._items.get(second, set()).discard(item)

    def take_due(self, now: float) -> list[Item]:
        """The items whose time is up, the longest overdue first; they are forgotten."""
        due: list[Item] = []
        while self._seconds and self._seconds[0] <= now:
            due.extend(self._items.pop(heapq.heappop(self._seconds)))
        return due
