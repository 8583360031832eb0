"""The log of an agent's socket: every frame and answer as it came. What the agent knows is read from it."""

from pathlib import Path

import orjson

from tests.chaos.clinics import CLINICS, Clinic
from tests.chaos.transcript import Entry, Place, Transcript

FLUSHED_EVERY = 200  # lines


class Journal:
    """`transcript` has read all that was written; `foreign` counts what another clinic's mark stood in."""

    def __init__(self, path: Path, clinic: Clinic, agent: str, agreed: dict[Place, str]) -> None:
        self.path = path
        self.transcript = Transcript(clinic, agent, agreed)
        self.foreign = 0
        self._strangers = [other.mark.encode() for other in CLINICS if other != clinic]
        self._lines: list[bytes] = []

    def write(self, entry: Entry) -> None:
        """Write it down, and read it."""
        line = orjson.dumps(entry)
        self.foreign += any(mark in line for mark in self._strangers)
        self._lines.append(line)
        self.transcript.take(entry)
        if len(self._lines) >= FLUSHED_EVERY:
            self.flush()

    def flush(self) -> None:
        with self.path.open("ab") as log:
            log.write(b"".join(line + b"\n" for line in self._lines))
        self._lines.clear()
