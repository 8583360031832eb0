"""The command line as a whole, and how a call ends."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType

from cyclopts import App, CycloptsError, Group, Parameter

from services.cli.failures import ExitCode, Failure
from services.cli.tree import add_branches
from shared import VERSION

HELP = Group("Help", sort_key=4)

ENDING = """Every command has --json, and its own --help with examples.

Exit codes
  0  done
  1  failed
  2  usage: the command or the request was not right
  3  conflict: somebody else did it, or it exists already
  4  not allowed, or not signed in
  5  not found, or expired
  6  the API or the database is not reachable
  7  finished, but some failed
  130 interrupted"""


def application() -> App:
    """All commands."""
    app = App(
        name="prosa",
        help="The operators' command line of Prosa.",
        version=VERSION,
        help_format="plaintext",
        help_epilogue=ENDING,
        group_parameters=Group("Options", sort_key=5),
        default_parameter=Parameter(negative="", show_default=False),
        suppress_keyboard_interrupt=False,
        sort_key=0,
    )
    add_branches(app)
    app["--help"].group = app["--version"].group = (HELP,)
    return app


def main(arguments: Sequence[str]) -> int:
    """Run one command; gives its exit code. What is expected to fail does so in one line."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGHUP, _end)
    try:
        code = application()(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
    except BrokenPipeError:
        # Whoever read the output went away, as in `prosa dlq list | head`; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.BROKEN_PIPE
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted.\n")
        return ExitCode.INTERRUPTED
    except CycloptsError as error:
        return _report(_usage(error), arguments)
    except Failure as failure:
        return _report(failure, arguments)
    except Exception as error:  # noqa: BLE001 - the edge: whatever else there is, a person gets one line
        what = f"Something unexpected: {type(error).__name__}: {error}"
        return _report(Failure(ExitCode.FAILED, what, "--debug shows where.", name="unexpected"), arguments)


def _report(failure: Failure, arguments: Sequence[str]) -> int:
    if _has(arguments, "--debug"):
        traceback.print_exc()
    text = json.dumps(failure.problem(), ensure_ascii=False) if _has(arguments, "--json") else failure.line()
    sys.stderr.write(f"{text}\n")
    return failure.code


def _usage(error: CycloptsError) -> Failure:
    command = " ".join(("prosa", *(error.command_chain or ()), "--help"))
    return Failure(ExitCode.USAGE, str(error).strip(), f"See {command}.", name="usage")


def _has(arguments: Sequence[str], option: str) -> bool:
    # Asked of the words themselves: what failed may be their parsing.
    before = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return option in before


def _end(number: int, _frame: FrameType | None) -> None:
    # Unwinds like Ctrl-C, so that what must be removed is removed.
    raise SystemExit(128 + number)
