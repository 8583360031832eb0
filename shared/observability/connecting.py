"""Why Postgres does not take us in, in the log: once, not at each of a pool's many attempts."""

import logging
import math
import time
from collections.abc import Callable

AGAIN_SECONDS = 60.0
_FAILED = "error connecting in"


class ConnectingFailures(logging.Filter):
    """Of a pool's warnings lets those through that tell why it has no connection, each a minute after it was last told.

    Its others are about connections that were lost, which requests tell of themselves. Errors pass.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged."""
        if record.levelno >= logging.ERROR:
            return True
        text, now = record.getMessage(), self._clock()
        if not text.startswith(_FAILED) or now - self._told.get(text, -math.inf) < AGAIN_SECONDS:
            return False
        self._told = {known: at for known, at in self._told.items() if now - at < AGAIN_SECONDS} | {text: now}
        return True
