"""Tasks that fail."""

import asyncio

import pytest

from services.realtime_gateway import household
from services.realtime_gateway.household import Household, persist


async def no_pause(_attempt: int) -> None:
    await asyncio.sleep(0)


async def fail() -> None:
    raise RuntimeError("nobody has foreseen this")


async def test_failure_of_one_is_not_the_end_of_all() -> None:
    """What one task raises ends neither the others nor the group."""
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    async with Household() as tasks:
        failing = tasks.create_task(fail())
        tasks.create_task(work())
        await done.wait()
    assert failing.exception() is None


async def test_cancelled_group_ends() -> None:
    """That failures are borne does not make tasks outlive their group."""

    async def run() -> None:
        async with Household() as tasks:
            tasks.create_task(asyncio.Event().wait())
            tasks.create_task(fail())
            await asyncio.Event().wait()

    running = asyncio.create_task(run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_loop_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that fails is started again, as often as it takes."""
    monkeypatch.setattr(household, "pause", no_pause)
    lives: list[int] = []
    third = asyncio.Event()

    async def loop() -> None:
        lives.append(1)
        if len(lives) < 3:
            await fail()
        third.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        persisting = tasks.create_task(persist(loop))
        await third.wait()
        persisting.cancel()
    assert len(lives) == 3
