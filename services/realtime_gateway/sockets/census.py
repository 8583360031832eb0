"""Who is connected to this process, counted by user and clinic, so that nobody takes the room of all the others."""

from collections import defaultdict
from collections.abc import Iterator

from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.connections.rate_limit import (
    EVENTS_OF_CLINIC_PER_MINUTE,
    EVENTS_OF_USER_PER_MINUTE,
    TokenBucket,
)


class _Group:
    """The connections of a user or a clinic, the oldest first, and the allowance they share."""

    __slots__ = ("allowance", "members")

    def __init__(self) -> None:
        self.members: dict[AgentConnection, None] = {}
        self.allowance: TokenBucket | None = None

    def take_oldest(self) -> AgentConnection:
        """The oldest, counted no more: it may take its time to close."""
        oldest = next(iter(self.members))
        del self.members[oldest]
        return oldest


class Census:
    """Connections that are open, in the order in which they came."""

    def __init__(self, most_per_user: int, most_per_clinic: int) -> None:
        self._most_per_user = most_per_user
        self._most_per_clinic = most_per_clinic
        self._open: dict[AgentConnection, None] = {}
        self._users: dict[int, _Group] = defaultdict(_Group)
        self._clinics: dict[int, _Group] = defaultdict(_Group)

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[AgentConnection]:
        return iter(tuple(self._open))

    def full(self, clinic_id: int) -> bool:
        """Whether a clinic has as many connections here as it may have."""
        return clinic_id in self._clinics and len(self._clinics[clinic_id].members) >= self._most_per_clinic

    def of_user(self, user_id: int) -> list[AgentConnection]:
        """A user's connections, the oldest first."""
        return list(self._users[user_id].members) if user_id in self._users else []

    def add(self, connection: AgentConnection, now: float) -> AgentConnection | None:
        """Count a connection in; returns the one that must make room for it."""
        user, clinic = self._users[connection.claims.user_id], self._clinics[connection.claims.clinic_id]
        oldest = user.take_oldest() if len(user.members) >= self._most_per_user else None
        user.members[connection] = clinic.members[connection] = self._open[connection] = None
        user.allowance = user.allowance or _allowance(EVENTS_OF_USER_PER_MINUTE, now)
        clinic.allowance = clinic.allowance or _allowance(EVENTS_OF_CLINIC_PER_MINUTE, now)
        connection.limit.share(user.allowance, clinic.allowance)
        return oldest

    def discard(self, connection: AgentConnection) -> None:
        """Count it no more."""
        self._open.pop(connection, None)
        claims = connection.claims
        for groups, key in ((self._users, claims.user_id), (self._clinics, claims.clinic_id)):
            groups[key].members.pop(connection, None)
            if not groups[key].members:
                del groups[key]


def _allowance(per_minute: int, now: float) -> TokenBucket:
    return TokenBucket(per_minute, per_minute, now)
