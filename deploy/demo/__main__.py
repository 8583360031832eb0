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

_FAILED = 1
_INTERRUPTED = 130
_NOBODY_READS = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the day; gives the exit code."""
    options = read_options(arguments)
    code = _FAILED
    try:
        endpoints = read_endpoints(read_settings(repository_root(), os.environ).variables)
        return asyncio.run(live_through(options, endpoints))
    except* Problem as problems:
        # Scenes play at the same time, and what stops one usually stops others: one report says it.
        print(f"\n{_first(problems).report()}", file=sys.stderr)
    except* BrokenPipeError:
        # Whoever read our output went away, as in `make demo | head`; Python would complain once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = _NOBODY_READS
    except* KeyboardInterrupt:
        code = _INTERRUPTED
    return code


def _first(problems: ExceptionGroup[Problem]) -> Problem:
    first = problems.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first


if __name__ == "__main__":
    sys.exit(main())
