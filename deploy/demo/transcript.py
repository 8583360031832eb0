"""The running transcript: who says what at which time of the day."""

import sys
from typing import TextIO

from deploy.demo.clock import DayClock

_NAME_WIDTH = 20


class Transcript:
    """Prints lines with the day's time in front."""

    def __init__(self, clock: DayClock, stream: TextIO | None = None) -> None:
        self._clock = clock
        self._stream = stream if stream is not None else sys.stdout

    def says(self, name: str, words: str) -> None:
        """Somebody speaks."""
        self._line(f"{self._clock.face}  {name:<{_NAME_WIDTH}} {words}")

    def tells(self, what: str) -> None:
        """Something happens around the dialogues."""
        self._line(f"{self._clock.face}  · {what}")

    def shows(self, name: str, what: str) -> None:
        """Something about somebody appears on a screen."""
        self._line(f"       {name:<{_NAME_WIDTH}} ↳ {what}")

    def _line(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()
