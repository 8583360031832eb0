"""What was begun is brought to its end."""

import asyncio

import pytest

from services.queue_worker.finishing import finish


async def test_what_is_not_disturbed_gives_its_result() -> None:
    """Where nobody stops the worker nothing is different."""

    async def answer() -> int:
        return 42

    assert await finish(answer(), within=1) == 42


async def test_an_error_is_passed_on() -> None:
    """The loop sees what went wrong."""

    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await finish(fail(), within=1)


async def test_a_cancellation_waits_for_the_end() -> None:
    """A worker told to stop while Evolution is being called still writes down what it answered."""
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await may_end.wait()
        ended.set()

    task = asyncio.create_task(finish(work(), within=10))
    await begun.wait()
    task.cancel()
    may_end.set()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_what_does_not_end_is_cancelled_after_its_time() -> None:
    """A worker stops in the end, also where Postgres is away."""
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    task = asyncio.create_task(finish(work(), within=0.01))
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()
