"""Ends what runs beside a test."""

import asyncio
from typing import Any

from shared.runtime.run import INSIST_AFTER_SECONDS


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks, and once more as a service's runner does: `asyncio.wait_for` of Python 3.11 can swallow a cancellation.

    What they raise is not told.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=INSIST_AFTER_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
