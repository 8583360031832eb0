"""Who attends a place, as this process knows it. Pure: it is told, and tells what there is to show.

What it is told comes twice and out of order: with the script's answers, and from the subscription. Versions, which only
rise within a place, put it in order.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

Status = Literal["online", "away", "busy", "offline"]


class Attendee(NamedTuple):
    """How a user is seen. `wish` is what they want to be seen as, where they said so; times are Redis' milliseconds."""

    name: str
    status: Status
    since_ms: int
    version: int
    wish: str = ""


class Edge(NamedTuple):
    """One change of how a user is seen."""

    user_id: int
    previous: Status
    attendee: Attendee


class Snapshot(NamedTuple):
    """All who attended when the place had this version. `age_ms`: how long Redis has known the place without a break."""

    attendees: Mapping[int, Attendee]
    version: int
    told: int
    now_ms: int
    age_ms: int


class Roster:
    """Users by their id; also those who are gone, until nothing older about them can arrive, and those who hide."""

    def __init__(self) -> None:
        self._attendees: dict[int, Attendee] = {}
        self._gone: set[int] = set()
        self._unseen: set[int] = set()
        self._floor = 0
        self.told = 0
        self.known = False

    def __len__(self) -> int:
        return len(self._attendees)

    @property
    def version(self) -> int:
        """What this is as of."""
        return max(self._floor, self.told)

    @property
    def seen(self) -> int:
        """How many can be seen."""
        return len(self._attendees) - len(self._unseen)

    def present(self) -> dict[int, Attendee]:
        """Who can be seen."""
        return {user_id: one for user_id, one in self._attendees.items() if one.status != "offline"}

    def find(self, user_id: int) -> Attendee | None:
        """What is known of one user."""
        return self._attendees.get(user_id)

    def take(self, edges: Iterable[Edge]) -> list[Edge]:
        """Take what was told; returns what is news to those who watch."""
        return [news for edge in edges if (news := self._take(edge.user_id, edge.attendee))]

    def adopt(self, snapshot: Snapshot, settled_ms: int) -> list[Edge]:
        """Take a roster whole; returns what is news.

        Who is missing from it has left, unless Redis forgot everybody a moment ago: then they have yet to be said again.
        """
        news = [self._agree(user_id, attendee, snapshot) for user_id, attendee in snapshot.attendees.items()]
        if snapshot.age_ms >= settled_ms:
            news += [self._leave(user_id, snapshot) for user_id in self._attendees.keys() - snapshot.attendees.keys()]
        if snapshot.version >= self._floor:
            self.told = snapshot.told
        self.known = True
        self.forget(snapshot.version)
        return [edge for edge in news if edge]

    def forget(self, version: int) -> None:
        """Drop those gone by that version: nothing older about anybody will be told again."""
        forgotten = [user_id for user_id in self._gone if self._attendees[user_id].version <= version]
        for user_id in forgotten:
            del self._attendees[user_id]
        self._gone.difference_update(forgotten)
        self._unseen.difference_update(forgotten)
        self._floor = max(self._floor, version)

    def _take(self, user_id: int, attendee: Attendee) -> Edge | None:
        last = self._attendees.get(user_id)
        if attendee.version <= (last.version if last else self._floor):
            return None
        self.told = max(self.told, attendee.version)
        return self._put(user_id, attendee)

    def _agree(self, user_id: int, attendee: Attendee, snapshot: Snapshot) -> Edge | None:
        """What a snapshot says counts unless something newer was told; also what a restored Redis says of the past."""
        last = self._attendees.get(user_id)
        newest = last.version if last else self._floor
        if attendee.version > newest:
            return self._put(user_id, attendee)
        if snapshot.version < newest or not _restored(last, attendee):
            return None
        return self._put(user_id, attendee._replace(version=snapshot.version))

    def _leave(self, user_id: int, snapshot: Snapshot) -> Edge | None:
        last = self._attendees[user_id]
        if last.version > snapshot.version:
            return None
        return self._put(user_id, Attendee(last.name, "offline", snapshot.now_ms, snapshot.version))

    def _put(self, user_id: int, attendee: Attendee) -> Edge | None:
        last = self._attendees.get(user_id)
        previous: Status = last.status if last else "offline"
        if last and attendee.status == previous:
            # Who is said again by a Redis that forgot them has been here all the time.
            attendee = attendee._replace(since_ms=last.since_ms)
        self._attendees[user_id] = attendee
        _mark(self._unseen, user_id, attendee.status == "offline")
        _mark(self._gone, user_id, attendee.status == "offline" and not attendee.wish)
        return Edge(user_id, previous, attendee) if attendee.status != previous else None


def _mark(users: set[int], user_id: int, belongs: bool) -> None:
    (users.add if belongs else users.discard)(user_id)


def _restored(last: Attendee | None, attendee: Attendee) -> bool:
    return last is None or (last.status, last.wish) != (attendee.status, attendee.wish)
