"""Where results go: tables for people, one JSON document for programs; what is said beside them goes to stderr."""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from services.cli.screen.tables import Column, table_lines
from services.cli.screen.text import printable, printable_lines

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
CLEAR = "\x1b[H\x1b[2J\x1b[3J"


class Output:
    """One call's output. `now` is the clock that relative times are counted from."""

    def __init__(self, *, as_json: bool, colour: bool, now: Callable[[], datetime]) -> None:
        self.as_json = as_json
        self.live = sys.stdout.isatty() and not as_json
        self._colour = colour and self.live
        self.now = now

    def document(self, value: Any, *, compact: bool = False) -> None:
        """A JSON document; `compact` puts it on one line, for streams of them."""
        text = json.dumps(value, ensure_ascii=False, indent=None if compact else 2)
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def line(self, text: str = "", style: str = "") -> None:
        """A line for people. Control characters in it are made harmless."""
        sys.stdout.write(f"{self.styled(printable(text), style)}\n")

    def lines(self, text: str) -> None:
        """Several lines for people."""
        sys.stdout.write(f"{printable_lines(text)}\n")

    def note(self, text: str) -> None:
        """Something said beside the result."""
        sys.stdout.flush()
        sys.stderr.write(f"{printable(text)}\n")
        sys.stderr.flush()

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> None:
        """A table, as wide as the terminal; a pipe gets every cell whole."""
        head, *body = table_lines(columns, rows, self.cells())
        sys.stdout.write(f"{self.styled(head, 'bold')}\n")
        sys.stdout.writelines(f"{line}\n" for line in body)

    def facts(self, facts: Iterable[tuple[str, object]]) -> None:
        """Names and values, aligned; what is None is left out."""
        known = [(name, value) for name, value in facts if value is not None]
        wide = max((len(name) for name, _ in known), default=0)
        for name, value in known:
            sys.stdout.write(f"{self.styled(name.ljust(wide), 'dim')}  {printable(value)}\n")

    def heading(self, text: str) -> None:
        """The title of what follows."""
        sys.stdout.write(f"\n{self.styled(printable(text), 'bold')}\n")

    def clear(self) -> None:
        """An empty screen, where there is one."""
        if self.live:
            sys.stdout.write(CLEAR)

    def styled(self, text: str, style: str) -> str:
        """The text in a colour or weight, where colours are wanted."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._colour and style else text

    def cells(self) -> int | None:
        """The terminal's width; None where the output is no terminal."""
        return shutil.get_terminal_size().columns if self.live else None
