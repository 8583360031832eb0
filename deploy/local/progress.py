"""What a person sees while a command works: one line a step, with the seconds since it began."""

import sys
import time
from typing import TextIO


class Progress:
    """Print steps as they happen; a terminal that went away never stops the work."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Print one step."""
        self.line(f"[{time.monotonic() - self._began:6.1f}s] {text}")

    def line(self, text: str) -> None:
        """Print a line as it is."""
        try:
            # One write per line: steps of several servers are printed from several threads.
            self._stream.write(text + "\n")
            self._stream.flush()
        except OSError:
            pass
