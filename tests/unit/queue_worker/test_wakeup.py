"""Wake-ups."""

import asyncio
import time

from services.queue_worker.wakeup import NextIdle, Wakeup

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


async def test_one_ring_wakes_one_of_those_who_do_the_same_and_the_next_ring_another() -> None:
    """Looking costs the database as much where there is nothing left to find; whoever waits longest is first."""
    bell, woken = NextIdle(), list[int]()

    async def wait(number: int) -> None:
        await bell.wait(FOR_EVER)
        woken.append(number)

    waiting = [asyncio.create_task(wait(number)) for number in range(3)]
    await asyncio.sleep(0)

    for expected in ([0], [0, 1], [0, 1, 2]):
        bell.ring()
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*waiting[: len(expected)])
        assert woken == expected


async def test_a_ring_while_all_are_busy_is_remembered_for_one() -> None:
    """However often it rang: the one who looks next sees all that there is."""
    bell = NextIdle()
    bell.ring()
    bell.ring()

    await asyncio.wait_for(bell.wait(FOR_EVER), 1)

    second = asyncio.create_task(bell.wait(FOR_EVER))
    await asyncio.sleep(0)
    assert not second.done()
    second.cancel()


async def test_who_has_stopped_waiting_is_not_woken_in_anothers_place() -> None:
    """One that looked by itself, and one that was cancelled, must not swallow a ring."""
    bell = NextIdle()
    await bell.wait(0.01)
    cancelled = asyncio.create_task(bell.wait(FOR_EVER))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(bell.wait(FOR_EVER))
    await asyncio.sleep(0)
    cancelled.cancel()

    bell.ring()

    await asyncio.wait_for(waiting, 1)
