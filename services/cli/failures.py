"""How a command may end, and the one exception that says so."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What scripts rely on; docs/cli.md explains each."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONFLICT = 3
    NOT_ALLOWED = 4
    NOT_FOUND = 5
    UNREACHABLE = 6
    SOME_FAILED = 7
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class Failure(Exception):
    """An expected failure: what happened, what to do next, and for programs what else is known of it."""

    def __init__(
        self, code: ExitCode, what: str, next_step: str = "", *, name: str = "", known: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.next_step = next_step
        self.name = name or code.name.lower()
        self.known = dict(known or {})

    def line(self) -> str:
        """For people: one line."""
        said = " ".join(f"{self.what} {self.next_step}".split())
        return f"prosa: {said}"

    def problem(self) -> dict[str, Any]:
        """For programs: the API's problem object where there is one, with the exit code and the next step."""
        own = {"code": self.name, "detail": self.what, "exit_code": int(self.code), "next": self.next_step or None}
        return {**own, **self.known, "exit_code": int(self.code)}


def usage(what: str, next_step: str = "") -> Failure:
    """The command was not given what it needs."""
    return Failure(ExitCode.USAGE, what, next_step)
