"""When each text was to be posted, and when it came to each socket that had joined its conversation."""

from collections import defaultdict
from dataclasses import dataclass, field

import orjson


@dataclass
class Deliveries:
    """The clock of every text that is under way, by clinic and id; what has come everywhere is forgotten."""

    planned: dict[tuple[int, str], float] = field(default_factory=dict)
    awaited: dict[tuple[int, str], int] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    frames: int = 0
    joined: int = 0
    listeners: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))

    def await_text(self, clinic: int, phone: str, provider_id: str, planned: float) -> None:
        """Every socket that joined this patient's conversation has to get it once."""
        if sockets := self.listeners.get((clinic, phone)):
            self.planned[clinic, provider_id] = planned
            self.awaited[clinic, provider_id] = sockets

    def frame(self, clinic: int, raw: str | bytes, now: float) -> None:
        """One came to a socket of this clinic."""
        self.frames += 1
        frame = orjson.loads(raw)
        if frame["type"] == "message:new":
            self._arrived((clinic, frame["data"]["external_id"]), now)
        elif frame["type"] == "reply":
            self.joined += bool(frame["ok"])

    def _arrived(self, text: tuple[int, str], now: float) -> None:
        if text not in self.awaited:
            return
        self.milliseconds.append((now - self.planned[text]) * 1e3)
        self.awaited[text] -= 1
        if not self.awaited[text]:
            del self.awaited[text], self.planned[text]

    def taken(self) -> list[float]:
        """The times since the last question."""
        times, self.milliseconds = self.milliseconds, []
        return times

    def overdue(self, before: float) -> int:
        """Deliveries of texts that were to be posted before then and have not come."""
        return sum(left for text, left in self.awaited.items() if self.planned[text] < before)
