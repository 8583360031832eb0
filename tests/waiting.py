"""Waiting on conditions, never on the clock."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

POLL_SECONDS = 0.02

T = TypeVar("T")


@overload
async def until(condition: Callable[[], Awaitable[T]], *, within: float = 30.0, what: str = "the condition") -> T: ...
@overload
async def until(condition: Callable[[], T], *, within: float = 30.0, what: str = "the condition") -> T: ...
async def until(
    condition: Callable[[], Awaitable[T]] | Callable[[], T], *, within: float = 30.0, what: str = "the condition"
) -> T:
    """The condition's value, once it is true. Fails after `within` seconds, saying what was waited for."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        value: T = await answer if isinstance(answer, Awaitable) else answer
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {within:g} s; last seen: {value!r}")
        await asyncio.sleep(POLL_SECONDS)
