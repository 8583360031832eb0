"""Why the gateway closes a socket. 4000 to 4499: connect again; 4500 to 4999: that would change nothing."""

from enum import IntEnum


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
    BAD_FIRST_FRAME = 4510
