"""What is likely to be opened next: the conversations beside the one that was opened, in the list it was opened from."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Generic, NamedTuple, TypeVar

MOST_CLINICS = 256
MOST_ORDER = 200
MOST_WAITING = 64
MOST_HOT = 500
AFTER, BEFORE = 2, 1

Kept = TypeVar("Kept", bound=Hashable)


class Next(NamedTuple):
    clinic_id: int
    conversation_id: str


class Hot(NamedTuple, Generic[Kept]):
    """A list that was asked for."""

    clinic_id: int
    chosen: Kept
    limit: int


class Neighbours:
    """Remembers the newest order of each clinic's list, and which lists are asked for. Bounded, and no promise."""

    def __init__(self) -> None:
        self._orders: OrderedDict[int, list[str]] = OrderedDict()
        self._hot: OrderedDict[Hot[Hashable], None] = OrderedDict()
        self.waiting: asyncio.Queue[Next] = asyncio.Queue(MOST_WAITING)

    def note(self, clinic_id: int, order: Sequence[str]) -> None:
        """The order that a list shows now."""
        self._orders[clinic_id] = list(order[:MOST_ORDER])
        self._orders.move_to_end(clinic_id)
        if len(self._orders) > MOST_CLINICS:
            self._orders.popitem(last=False)

    def hot(self, clinic_id: int, chosen: Hashable, limit: int) -> None:
        """A list was asked for."""
        asked = Hot(clinic_id, chosen, limit)
        self._hot[asked] = None
        self._hot.move_to_end(asked)
        if len(self._hot) > MOST_HOT:
            self._hot.popitem(last=False)

    def take_hot(self) -> list[Hot[Hashable]]:
        """Lists that were asked for since the last call, the newest last."""
        taken = list(self._hot)
        self._hot.clear()
        return taken

    def first(self, clinic_id: int, most: int) -> list[str]:
        """The conversations at the top."""
        return self._orders.get(clinic_id, [])[:most]

    def opened(self, clinic_id: int, conversation_id: str) -> None:
        """A conversation was opened: those beside it wait to be made ready, unless too many do."""
        for neighbour in beside(self._orders.get(clinic_id, ()), conversation_id):
            if not self.waiting.full():
                self.waiting.put_nowait(Next(clinic_id, neighbour))


def beside(order: Sequence[str], conversation_id: str) -> list[str]:
    """Who follows, then who stands before: lists are worked through downwards."""
    if conversation_id not in order:
        return []
    at = order.index(conversation_id)
    return [*order[at + 1 : at + 1 + AFTER], *order[max(at - BEFORE, 0) : at]]
