"""What was begun is brought to its end, also by a worker that was told to stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def finish(work: Coroutine[Any, Any, Result], *, within: float) -> Result:
    """Await `work`. A cancellation lets it go on for at most `within` seconds, and takes effect then."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=within)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
