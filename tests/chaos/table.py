"""Outcomes as a table in Markdown."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.chaos.trial import Outcome

HEADINGS = ("fault", "accepted", "refused", "stored", "dead", "lost", "doubled", "foreign", "frames", "recovered")
MOST_COMPLAINTS = 10


def row(outcome: Outcome) -> str:
    """One outcome."""
    verdict = outcome.verdict
    cells = [
        outcome.scenario.what,
        f"{outcome.accepted:,}",
        f"{_refused(outcome.refused)}",
        f"{verdict.stored:,}",
        f"{verdict.dead:,}",
        str(len(verdict.lost)),
        str(len(verdict.doubled)),
        str(len(verdict.foreign)),
        f"{outcome.frames:,}",
        "never" if outcome.recovered is None else f"{outcome.recovered:.1f} s",
    ]
    return f"| {' | '.join(cells)} |"


def heading() -> str:
    return f"| {' | '.join(HEADINGS)} |\n|---|{'---:|' * (len(HEADINGS) - 1)}"


def complaints(outcome: Outcome) -> Iterator[str]:
    """What is wrong, one a line, not all of it."""
    verdict = outcome.verdict
    named: Sequence[tuple[str, Sequence[str]]] = (
        ("lost", verdict.lost),
        ("doubled", verdict.doubled),
        ("foreign", verdict.foreign),
        ("wrong", verdict.complaints),
    )
    for kind, found in named:
        yield from (f"  {kind}: {one}" for one in found[:MOST_COMPLAINTS])
        if len(found) > MOST_COMPLAINTS:
            yield f"  {kind}: and {len(found) - MOST_COMPLAINTS} more"


def _refused(refused: Counter[int]) -> str:
    """How many attempts were answered 503 or the like, and how many got no answer."""
    return f"{refused.total() - refused[0]:,} + {refused[0]:,} cut"
