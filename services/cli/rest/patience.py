"""Looking again and again, through a restart of the API."""

import time
from collections.abc import Callable
from typing import Any

from services.cli.failures import ExitCode, Failure

GIVE_UP_SECONDS = 300.0


def patiently(look: Callable[[], Any], tell: Callable[[str], None], every: float) -> Any:
    """What a look gives. While the API is away it is tried again, and said once; after minutes its Failure is raised."""
    since: float | None = None
    while True:
        try:
            return look()
        except Failure as failure:
            if failure.code != ExitCode.UNREACHABLE:
                raise
            if since is None:
                since = time.monotonic()
                tell(f"{failure.what} Trying again.")
            elif time.monotonic() - since > GIVE_UP_SECONDS:
                raise
        time.sleep(max(0.05, every))
