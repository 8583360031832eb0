"""How much each user may ask over HTTP, whatever connections they name. Pure: the clock comes in."""

from collections import OrderedDict
from typing import Literal

from services.realtime_gateway.connections.rate_limit import EVENTS_PER_MINUTE, TokenBucket
from shared.auth.tokens import Claims

POLLS_PER_MINUTE = 300
MOST_POLLS_OF_A_USER = 20
# Who waits for the answers is never put off for longer: as many polls as may be open, one interval each.
LONGEST_PACE_SECONDS = 5.0
MOST_USERS = 10_000


class Pace:
    """When the next poll is due. Beyond the rate one is not refused but answered later, and so tells more at once."""

    __slots__ = ("_due",)

    def __init__(self, now: float) -> None:
        self._due = now - 60.0

    def take(self, now: float) -> float | Literal["too_many"]:
        """The seconds that a poll is to take at least; "too_many" for who does not wait for the answers."""
        due = max(self._due, now - 60.0)
        if due - now > LONGEST_PACE_SECONDS:
            return "too_many"
        self._due = due + 60.0 / POLLS_PER_MINUTE
        return max(0.0, due - now)


class Allowance:
    """One user's, in this process."""

    __slots__ = ("_commands", "_pace", "open_polls")

    def __init__(self, now: float) -> None:
        self._commands = TokenBucket(EVENTS_PER_MINUTE, EVENTS_PER_MINUTE, now)
        self._pace = Pace(now)
        self.open_polls = 0

    def take_command(self, now: float) -> float:
        """0.0 where one may be carried out, else the seconds to wait."""
        return self._commands.take(now)

    def take_poll(self, now: float) -> float | Literal["too_many"]:
        """The seconds that a poll is to take at least, or "too_many"."""
        return "too_many" if self.open_polls >= MOST_POLLS_OF_A_USER else self._pace.take(now)


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
