"""Why something asked for was not done, as whoever asked is told."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """`code` is for programs, `message` for people. `temporary`: the same may succeed later, after `retry_ms`.

    `details` is what else a program may need, such as whose the conversation is.
    """

    def __init__(
        self, code: str, message: str, *, retry_ms: int | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_ms = retry_ms
        self.details = dict(details or {})

    @property
    def temporary(self) -> bool:
        """Whether trying again makes sense."""
        return self.retry_ms is not None
