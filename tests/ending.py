"""Ends what runs beside a test."""

import asyncio
from typing import Any

from shared.runtime.run import INSIST_AFTER_SECONDS


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks, and what is left of them as a service's runner does: `asyncio.wait_for` of Python 3.11 can swallow a
    cancellation, also one of a task's own tasks.

    What they raise is not told.
    """
    left: set[Any] = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, pending = await asyncio.wait(tasks, timeout=INSIST_AFTER_SECONDS)
        left = asyncio.all_tasks() - {asyncio.current_task()} if pending else set()
    await asyncio.gather(*tasks, return_exceptions=True)
