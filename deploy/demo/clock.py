"""The day's time, which goes faster than ours."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from deploy.demo.day import CLOSES, OPENS


@dataclass(frozen=True, slots=True)
class DayClock:
    """Shows the time of a working day that takes so many seconds, from the moment it is made."""

    seconds: float
    began: float
    monotonic: Callable[[], float] = time.monotonic

    @property
    def minute(self) -> float:
        """Minutes since midnight."""
        return OPENS + (self.monotonic() - self.began) * self._minutes_per_second

    @property
    def face(self) -> str:
        """The time as people read it. Who works late sees it pass closing time."""
        return f"{int(self.minute) // 60 % 24:02d}:{int(self.minute) % 60:02d}"

    async def until(self, minute: float) -> None:
        """Wait for a time of the day."""
        await self.pass_minutes(minute - self.minute)

    async def pass_minutes(self, minutes: float) -> None:
        """Let so many of the day's minutes pass."""
        await asyncio.sleep(max(0.0, minutes / self._minutes_per_second))

    @property
    def _minutes_per_second(self) -> float:
        return (CLOSES - OPENS) / self.seconds


def start_clock(seconds: float) -> DayClock:
    """A clock that shows opening time now."""
    return DayClock(seconds, time.monotonic())
