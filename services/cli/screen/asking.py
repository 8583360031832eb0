"""Questions to whoever sits in front of the terminal."""

import getpass
import sys

from services.cli.failures import usage


def attended() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def answer(question: str) -> str:
    """A line. The question goes to stderr, so that the result alone is on stdout. The end of input is an empty answer."""
    sys.stdout.flush()
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def reason_for(what: str, given: str | None) -> str:
    """The reason that was given, or asked for. Raises a usage Failure where nobody can be asked."""
    reason = (given or (answer(f"Reason to {what}: ") if attended() else "")).strip()
    if not reason:
        raise usage(f"A reason is needed to {what}; it is kept with your name.", "Give --reason TEXT.")
    return reason


def hidden_answer(question: str) -> str:
    """A line that is not shown."""
    return getpass.getpass(question, stream=sys.stderr)
