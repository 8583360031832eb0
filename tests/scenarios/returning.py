"""What a client does when its socket has ended, as docs/realtime.md says. Pure: chance comes in."""

from enum import Enum, auto

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 2.0
_MOST_DOUBLINGS = 10


class Next(Enum):
    """What follows the end of a socket."""

    RETURN = auto()
    SIGN_IN = auto()
    GIVE_UP = auto()


def after_close(code: int) -> Next:
    """4440 and 4501 ask for a new token; 4500 to 4999, and what the client itself got wrong, would only come again."""
    if code in {4440, 4501}:
        return Next.SIGN_IN
    if 4500 <= code <= 4999 or code in {1000, 1002, 1003, 1007, 1008, 1009}:
        return Next.GIVE_UP
    return Next.RETURN


def wait_seconds(attempt: int, chance: float) -> float:
    """Full jitter: anything up to a doubling, bounded step."""
    return chance * min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempt, _MOST_DOUBLINGS))
