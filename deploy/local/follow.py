"""Reading several logs as one stream of lines that say where they come from."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from deploy.local.logs import last_lines

_POLL = 0.1  # seconds
_COLOURS = (36, 33, 35, 32, 34, 31)  # cyan, yellow, magenta, green, blue, red


class LogReader:
    """What is added to a log from now on, through its rotation."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode, self._position = _inode_and_size(path)
        self._rest = b""

    def new_lines(self) -> Iterator[str]:
        """The whole lines that came since the last call."""
        inode, size = _inode_and_size(self._path)
        if inode != self._inode or size < self._position:
            self._inode, self._position, self._rest = inode, 0, b""
        if size > self._position:
            yield from self._read()

    def _read(self) -> Iterator[str]:
        with self._path.open("rb") as file:
            file.seek(self._position)
            added = file.read()
        self._position += len(added)
        *lines, self._rest = (self._rest + added).split(b"\n")
        return (line.decode("utf-8", "replace") for line in lines)


class Printer:
    """Print lines under the name of what wrote them."""

    def __init__(self, names: Sequence[str], stream: TextIO, *, coloured: bool) -> None:
        self._stream = stream
        width = max(len(name) for name in names)
        self._prefixes = {
            name: prefix(name.ljust(width), _COLOURS[index % len(_COLOURS)] if coloured else None)
            for index, name in enumerate(names)
        }

    def print(self, name: str, line: str) -> None:
        """Print one line."""
        self._stream.write(f"{self._prefixes[name]}{line}\n")

    def flush(self) -> None:
        """Show what was printed."""
        self._stream.flush()


def prefix(name: str, colour: int | None) -> str:
    """The start of a line."""
    return f"{name} | " if colour is None else f"\x1b[{colour}m{name} |\x1b[0m "


def wants_colour(stream: TextIO) -> bool:
    """Whether colours would be seen and are not unwanted (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class LogScreen:
    """Several logs shown on a terminal or in a pipe, as they were when this began and as they grow."""

    def __init__(self, logs: Mapping[str, Path], stream: TextIO) -> None:
        self._logs = logs
        self._stream = stream
        self._readers = {name: LogReader(path) for name, path in logs.items()}
        self._printer = Printer([*logs], stream, coloured=wants_colour(stream))
        self._began_on_terminal = stream.isatty()

    @property
    def closed(self) -> bool:
        """Whether the terminal was closed. Its SIGHUP reaches only the first process in it, which may be `make`."""
        return self._began_on_terminal and not self._stream.isatty()

    def show_tail(self, count: int) -> None:
        """Print the end of each log."""
        for name, path in self._logs.items():
            for line in last_lines(path, count):
                self._printer.print(name, line)
        self._printer.flush()

    def follow(self, until: Callable[[], bool]) -> None:
        """Print what is added to the logs, until told to stop; what was written by then is printed too."""
        ended = False
        while not ended:
            ended = until()
            self.show_new()
            if not ended:
                time.sleep(_POLL)

    def show_new(self) -> None:
        """Print what was added since the last look."""
        for name, reader in self._readers.items():
            for line in reader.new_lines():
                self._printer.print(name, line)
        self._printer.flush()


def _inode_and_size(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_size
