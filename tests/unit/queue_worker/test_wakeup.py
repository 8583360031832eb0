"""Wake-ups."""

import asyncio
import time

from services.queue_worker.wakeup import Wakeup

FOR_EVER = 60.0


async def test_a_ring_while_nobody_waits_is_remembered() -> None:
    """What arrived while the loop was busy is not slept upon."""
    bell = Wakeup()
    bell.ring()
    started = time.monotonic()

    await bell.wait(FOR_EVER)

    assert time.monotonic() - started < 1


async def test_one_ring_wakes_everybody_who_waits() -> None:
    """Several loops share a bell, and each looks for work."""
    bell = Wakeup()
    waiting = [asyncio.create_task(bell.wait(FOR_EVER)) for _ in range(3)]
    await asyncio.sleep(0)

    bell.ring()

    await asyncio.wait_for(asyncio.gather(*waiting), 1)


async def test_without_a_ring_it_returns_after_its_time_and_forgets_old_ones() -> None:
    """A lost word costs the interval, no more; a heard one counts once."""
    bell = Wakeup()
    bell.ring()
    await bell.wait(0.01)
    started = time.monotonic()

    await bell.wait(0.05)

    assert time.monotonic() - started >= 0.04
