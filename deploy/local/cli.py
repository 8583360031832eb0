"""The command line: `python3 -m deploy.local <command>`."""

import argparse
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from types import FrameType

from deploy.local import verbs
from deploy.local.lock import exclusive
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.servers import STACKS
from deploy.local.settings import Settings, read_settings, repository_root
from deploy.local.workspace import ensure_workspace

_OPEN_FILES = 65536

Verb = Callable[[argparse.Namespace, Settings, Progress], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    options = command_line().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    _allow_many_files()
    progress = Progress()
    try:
        return _run(options, read_settings(repository_root(), os.environ), progress)
    except Problem as problem:
        progress.line(problem.report())
        return 1
    except KeyboardInterrupt:
        progress.line("Interrupted. The same command goes on where this one stopped.")
        return 130
    except BrokenPipeError:
        # Whoever read our output went away, as in `make logs | head`; Python would complain once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        progress.line(
            Problem(str(error), "A full disk, a missing right? Repair it, then run the same command.").report()
        )
        return 1


def command_line() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.local", description="The local stack of Prosa.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, verb: Verb, text: str, *, lock: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(verb=verb, lock=lock)
        return command

    # `run` takes the lock for its beginning and end only, so that status, logs and down work beside it.
    add("run", verbs.run, "everything in the foreground, until Ctrl-C", lock=False)
    add("up", verbs.up, "everything in the background; returns when every /readyz answers 200")
    add("down", verbs.down, "stop the services and the private servers")
    add("restart", verbs.restart, "start the services anew; the servers keep running")
    add("environment", verbs.environment, "build .venv from requirements/dev.txt")
    # It has a lock of its own, so that the environment can be made beside it.
    dashboard = add("dashboard", verbs.dashboard, "build the dashboard where its sources changed", lock=False)
    dashboard.add_argument("--packages", action="store_true", help="only Node and the packages, for its checks")
    add("migrate", verbs.migrate, "bring the run stack to the newest schema, its queues declared")
    status = add("status", verbs.status, "what runs; exit code 3 unless everything is ready", lock=False)
    status.add_argument("--stack", choices=STACKS, default="run")
    status.add_argument("--json", action="store_true", help="for programs")
    logs = add("logs", verbs.logs, "the end of the logs", lock=False)
    logs.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(verbs.LOGS)}; else all services")
    logs.add_argument("-f", "--follow", action="store_true", help="and what is added to them")
    _stack(add("env", verbs.env, "print the servers of a stack as export lines for a shell", lock=False))
    clean = _stack(add("clean", verbs.clean, "remove all data of a stack"))
    clean.add_argument("--yes", action="store_true", help="needed for the data of the run stack")
    _add_servers(add("servers", verbs.servers_up, "the servers alone"))
    return parser


def _add_servers(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="up|down")
    _stack(actions.add_parser("up")).set_defaults(verb=verbs.servers_up)
    _stack(actions.add_parser("down")).set_defaults(verb=verbs.servers_down)


def _stack(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--stack", choices=STACKS, required=True)
    return parser


def _run(options: argparse.Namespace, settings: Settings, progress: Progress) -> int:
    verb: Verb = options.verb
    ensure_workspace(settings)
    with exclusive(settings.local / "lock", progress) if options.lock else nullcontext():
        return verb(options, settings, progress)


def _allow_many_files() -> None:
    """What we start inherits this limit, and a gateway or broker needs a file for each connection.

    Not simply the largest possible: Erlang closes every possible file one by one whenever it starts a helper.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # SIGTERM unwinds like Ctrl-C: what was begun is ended in order, and the lock outlives it.
    raise KeyboardInterrupt
