"""Why the gateway closes a socket. 4000 to 4499: connect again; 4500 to 4999: that would change nothing."""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple


class CloseCode(IntEnum):
    """Codes beside the library's own."""

    FAULT = 1011
    RESTART = 1012
    OVERLOAD = 1013
    REPLACED = 4409
    RATE_LIMITED = 4429
    TOKEN_EXPIRED = 4440
    BAD_TOKEN = 4501
    NO_TOKEN_IN_TIME = 4502
    REVOKED = 4503
    BAD_FIRST_FRAME = 4510


# The library's own, after a frame that is too large.
TOO_BIG = 1009


class Meaning(NamedTuple):
    """What a code says, and what the client does then."""

    why: str
    then: str


MEANINGS: Mapping[int, Meaning] = {
    TOO_BIG: Meaning("a frame larger than 32 KiB", "send smaller ones"),
    CloseCode.FAULT: Meaning("a fault of the gateway", "connect again"),
    CloseCode.RESTART: Meaning(
        "the gateway stops, or the connection is old; `going_away` came before", "connect again after `reconnect_ms`"
    ),
    CloseCode.OVERLOAD: Meaning(
        "live events are not available now, or the clinic has too many connections",
        "connect again, with growing waits",
    ),
    CloseCode.REPLACED: Meaning(
        "the user opened too many connections, and this was the oldest", "connect again if needed"
    ),
    CloseCode.RATE_LIMITED: Meaning("the rate limit was ignored for long", "connect again, send less"),
    CloseCode.TOKEN_EXPIRED: Meaning("the token has expired", "fetch another, connect again"),
    CloseCode.BAD_TOKEN: Meaning("the token is not valid", "sign in"),
    CloseCode.NO_TOKEN_IN_TIME: Meaning("no token came in time", "connect again with one"),
    CloseCode.REVOKED: Meaning("the session was ended: signed out, deactivated, another password", "sign in"),
    CloseCode.BAD_FIRST_FRAME: Meaning("the first frame was not `auth`", "correct the client"),
}
