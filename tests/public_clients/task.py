"""What each client is asked to do, and what it reports."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

Report = dict[str, Any]
PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Task:
    """Follow a conversation; come back after each end that does not forbid it, and resume."""

    url: str
    token: str
    conversation: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


class Reports:
    """What a client says, in its order: `joined`, `event`, `going_away` and `closed`."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Report] = asyncio.Queue()
        self.log: list[Report] = []

    def add(self, report: Report) -> None:
        """Take one."""
        self._queue.put_nowait(report)

    async def next(self, word: str) -> Report:
        """The next report, which must be of this kind; attempts to connect that failed are passed over."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                report = await self._queue.get()
                self.log.append(report)
                if word in report:
                    return report
                assert report.get("closed") == 1006, f"{word} was to come; came: {self.log}"

    async def events(self, many: int) -> list[int]:
        """The sequences of the next so many events."""
        return [(await self.next("event"))["event"] for _ in range(many)]
