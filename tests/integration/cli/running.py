"""`./prosa` as people and scripts start it: a real process, with pipes or in front of a terminal."""

import asyncio
import fcntl
import json
import os
import pty
import re
import signal
import termios
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.product import ROOT
from tests.waiting import until

PROSA = ROOT / "prosa"
INHERITED = ("PATH", "LANG", "LC_ALL")

_CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its one JSON document."""
        return json.loads(self.out)

    @property
    def documents(self) -> list[Any]:
        """Its NDJSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def problem(self) -> Any:
        """The problem object on stderr."""
        return json.loads(self.err.splitlines()[-1])

    def ok(self) -> "Ended":
        assert self.code == 0, (self.code, self.out, self.err)
        return self


@dataclass
class Prosa:
    """Starts `./prosa` with nothing of this process's environment but what it needs."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    started: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def __call__(self, *words: str, stdin: str = "", **environment: str) -> Ended:
        """Run to the end, with pipes."""
        process = await asyncio.create_subprocess_exec(
            PROSA,
            *words,
            cwd=self.home,
            env=self.variables(environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self.started.append(process)
        out, err = await process.communicate(stdin.encode())
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    async def in_terminal(self, *words: str, **environment: str) -> "Terminal":
        """Start in front of a terminal of 100 columns."""
        ours, theirs = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            PROSA,
            *words,
            cwd=self.home,
            env=self.variables({"COLUMNS": "100", "TERM": "xterm", **environment}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            # The terminal becomes the process's own, so that passwords are asked for there.
            preexec_fn=_take_terminal,
        )
        os.close(theirs)
        self.started.append(process)
        terminal = Terminal(process, ours)
        asyncio.get_running_loop().add_reader(ours, terminal.read)
        return terminal

    def variables(self, changes: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        given = {"HOME": str(self.home), "XDG_STATE_HOME": str(self.home / "state"), **self.environment}
        return {name: value for name, value in {**inherited, **given, **changes}.items() if value != ""}


@dataclass
class Terminal:
    """A terminal with a call of `./prosa` in it."""

    process: asyncio.subprocess.Process
    descriptor: int
    raw: str = ""

    @property
    def screen(self) -> str:
        """What was written, without colours and cursor movements."""
        return _CONTROL_SEQUENCE.sub("", self.raw).replace("\r\n", "\n")

    def read(self) -> None:
        try:
            self.raw += os.read(self.descriptor, 65536).decode(errors="replace")
        except OSError:  # Linux: the other side is closed
            asyncio.get_running_loop().remove_reader(self.descriptor)

    async def shows(self, text: str) -> None:
        """Return when a text was written."""
        await until(lambda: text in self.screen, what=f"{text!r} on the terminal")

    def type(self, line: str) -> None:
        os.write(self.descriptor, f"{line}\n".encode())

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)

    async def ended(self) -> int:
        """The exit code; all that was written has been read."""
        code = await self.process.wait()
        loop = asyncio.get_running_loop()
        self.read()
        loop.remove_reader(self.descriptor)
        os.close(self.descriptor)
        return code


def _take_terminal() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs the tests in the background has it ignored
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
