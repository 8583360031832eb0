"""Which dead letters a command was told to act on: ids as arguments or on stdin, or a filter."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import Parameter

from services.cli.failures import usage
from services.cli.options import Filters

STDIN = "-"
MOST = 10_000  # what the API takes; a filter may match ten times as many

EntryId = Annotated[
    str,
    # Without this a lone `-` would count as an unknown option.
    Parameter(
        name="ID", allow_leading_hyphen=True, help="Dead letters; - reads ids from stdin, separated by white space."
    ),
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Ids, or a filter where there are none. `piped`: stdin is used up and nobody can be asked through it."""

    ids: tuple[str, ...]
    filter: dict[str, Any]
    piped: bool

    def body(self) -> dict[str, Any]:
        """As a bulk request names them."""
        return {"ids": list(self.ids)} if self.ids else {"filter": self.filter}

    @property
    def single(self) -> str | None:
        """The one id, where exactly one was typed."""
        return self.ids[0] if len(self.ids) == 1 and not self.piped else None


def chosen(arguments: Sequence[str], filters: Filters, *, everything: bool, verb: str) -> Chosen:
    """What was chosen. Raises a usage Failure where that is nothing, or not clear."""
    refuse_options(arguments)
    if arguments and (filters or everything):
        raise usage(
            "Ids and filters cannot be mixed.", f"Give either: prosa dlq {verb} ID…, or prosa dlq {verb} --since 2h."
        )
    if not arguments and not filters and not everything:
        raise usage(f"Nothing says what to {verb}.", f"Give ids, filters, or --all; see prosa dlq {verb} --help.")
    if filters.state and set(filters.state) != {"dead"}:
        raise usage(f"Only what is dead can be chosen to {verb}.", "Leave --state out.")
    piped = STDIN in arguments
    ids = tuple(dict.fromkeys(_ids(arguments, sys.stdin.read() if piped else "")))
    if arguments and not ids:
        raise usage("There are no ids on stdin.", "prosa dlq list --json | jq -r '.entries[].id' gives some.")
    if len(ids) > MOST:
        raise usage(f"{len(ids)} ids are too many at once; {MOST} is the most.", "Use a filter, or several calls.")
    return Chosen(ids, filters.body(), piped)


def refuse_options(arguments: Sequence[str]) -> None:
    """Raise for what was meant as an option."""
    for argument in arguments:
        if argument.startswith("-") and argument != STDIN:
            raise usage(f"Unknown option: {argument}.", "--help lists them.")


def _ids(arguments: Sequence[str], piped: str) -> list[str]:
    return [name for argument in arguments for name in (piped.split() if argument == STDIN else [argument])]
