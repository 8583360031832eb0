"""Loops that end when they are cancelled, whatever was under way."""

import asyncio


def cancelled() -> bool:
    """Whether this task was cancelled and nobody noticed.

    Python 3.11's `wait_for`, through which the Redis client writes, returns instead of raising where what it waited for
    is done at that very moment: a loop that is mostly busy with Redis would then go on for ever.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
