"""Why something asked for was not done, as whoever asked is told."""

from collections.abc import Mapping
from typing import Literal, get_args

ErrorCode = Literal[
    "not_found",
    "unavailable",
    "rate_limited",
    "too_many_channels",
    "bad_request",
    "bad_frame",
    "bad_token",
    "unauthorized",
    "unknown_command",
    "not_available",
]
ERROR_CODES: tuple[ErrorCode, ...] = get_args(ErrorCode)

MEANINGS: Mapping[ErrorCode, str] = {
    "not_found": "there is no such conversation, or it is another clinic's",
    "unavailable": "rights, presence or live events are not available just now",
    "rate_limited": "more than 100 frames a minute",
    "too_many_channels": "a connection may join 200",
    "bad_request": "the message names the field",
    "bad_frame": "not a text frame, not a JSON object, or an unusable `id`; the reply's `id` is null",
    "bad_token": "of `auth`: the token is not valid, or another user's; the connection goes on with the one it has",
    "unauthorized": "over HTTP: there is no valid token",
    "unknown_command": "no command of this protocol",
    "not_available": "a command of the protocol that is not built yet",
}


class Refusal(Exception):
    """`code` is for programs, `message` for people. `temporary`: the same may succeed later, after `retry_ms`."""

    def __init__(self, code: ErrorCode, message: str, *, retry_ms: int | None = None) -> None:
        super().__init__(message)
        self.code: ErrorCode = code
        self.message = message
        self.retry_ms = retry_ms

    @property
    def temporary(self) -> bool:
        """Whether trying again makes sense."""
        return self.retry_ms is not None
