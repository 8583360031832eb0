"""A simulated clinic day on the running product: `python -m deploy.demo`, or `make demo`."""

import asyncio
import os
import sys
from collections.abc import Sequence

from deploy.demo.endpoints import read_endpoints
from deploy.demo.options import read_options
from deploy.demo.simulation import live_through
from deploy.local.problem import Problem
from deploy.local.settings import read_settings, repository_root

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the day; gives the exit code."""
    options = read_options(arguments)
    try:
        endpoints = read_endpoints(read_settings(repository_root(), os.environ).variables)
        return asyncio.run(live_through(options, endpoints))
    except (Problem, ExceptionGroup) as error:
        print(f"\n{_problem_in(error).report()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _problem_in(error: Exception) -> Problem:
    """The problem itself, or the first one of scenes that ended together. Anything else is a fault of ours: raised."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ExceptionGroup):
        problems, faults = error.split(Problem)
        if problems is not None and faults is None:
            return _problem_in(problems.exceptions[0])
    raise error


if __name__ == "__main__":
    sys.exit(main())
