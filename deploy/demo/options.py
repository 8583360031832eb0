"""The demo's command line."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

DAY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Options:
    """How long the day takes, what is drawn at random, and whether the stand-in stays afterwards."""

    seconds: float
    seed: int
    keep: bool


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.demo",
        description="A clinic's day on a running product (make up): patients write, agents answer, everything is checked.",
    )
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--minutes", type=_positive, help="how long the day takes (default: half a minute)")
    pace.add_argument("--speed", type=_positive, default=1.0, help="how many times faster than that it goes")
    parser.add_argument("--seed", type=int, default=1, help="chooses what is delivered twice, and who reads when")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--once", action="store_true", help="one day, then exit 0 (as without any option)")
    end.add_argument("--keep", action="store_true", help="leave the stand-in for Evolution running until Ctrl-C")
    given = parser.parse_args(arguments)
    seconds = given.minutes * 60 if given.minutes else DAY_SECONDS / given.speed
    return Options(seconds, given.seed, given.keep)


def _positive(text: str) -> float:
    number = float(text)
    if number <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return number
