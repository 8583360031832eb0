"""How much each user may ask over HTTP, whatever connections they name. Pure: the clock comes in."""

from collections import OrderedDict
from typing import Literal

from services.realtime_gateway.connections.rate_limit import EVENTS_PER_MINUTE, REFUSALS, TokenBucket
from shared.auth.tokens import Claims

# Beyond this a poll is not refused but answered later, and so tells more at once.
POLLS_PER_MINUTE = 300
MOST_POLLS_OF_A_USER = 20
MOST_USERS = 10_000


class Allowance:
    """One user's, in this process."""

    __slots__ = ("_commands", "_hasty", "_polls", "open_polls")

    def __init__(self, now: float) -> None:
        self._commands = TokenBucket(EVENTS_PER_MINUTE, EVENTS_PER_MINUTE, now)
        self._polls = TokenBucket(POLLS_PER_MINUTE, POLLS_PER_MINUTE, now)
        self._hasty = TokenBucket(REFUSALS, POLLS_PER_MINUTE, now)
        self.open_polls = 0

    def take_command(self, now: float) -> float:
        """0.0 where one may be carried out, else the seconds to wait."""
        return self._commands.take(now)

    def take_poll(self, now: float) -> float | Literal["too_many"]:
        """The seconds that a poll is to take at least; "too_many" for who does not wait for the answers."""
        if self.open_polls >= MOST_POLLS_OF_A_USER:
            return "too_many"
        pace = self._polls.take(now)
        if pace and self._hasty.take(now):
            return "too_many"
        return pace


class Allowances:
    """Remembers the users that asked last; one who is forgotten begins anew."""

    def __init__(self) -> None:
        self._users: OrderedDict[tuple[int, int], Allowance] = OrderedDict()

    def __len__(self) -> int:
        return len(self._users)

    def of(self, claims: Claims, now: float) -> Allowance:
        """The user's."""
        user = claims.clinic_id, claims.user_id
        allowance = self._users.get(user)
        if allowance is None:
            allowance = self._users[user] = Allowance(now)
            self._forget_one()
        self._users.move_to_end(user)
        return allowance

    def _forget_one(self) -> None:
        if len(self._users) > MOST_USERS:
            self._users.popitem(last=False)
