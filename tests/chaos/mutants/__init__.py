"""Workers with a fault that the suite has to find, each with the scenario that shows it. No part of the product.

What is wrong with the gateway is found by the scenarios: tests/scenarios/mutants.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.chaos.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Mutant:
    """A worker that is started in the product's place, and what of the verdict must tell of its fault."""

    name: str
    what: str
    scenario: str
    caught: Callable[[Verdict], Sequence[str]]
    # What is sent a second time makes up for the loss of the first.
    twice: float = 0.5

    @property
    def module(self) -> str:
        return f"{__name__}.{self.name}"


MUTANTS = [
    Mutant("hasty", "acknowledges before the commit", "full-hands", lambda verdict: verdict.lost, twice=0.0),
    Mutant("forgetful", "knows no webhook again", "receiver-killed", lambda verdict: verdict.doubled, twice=1.0),
    Mutant(
        "cursored",
        "relays from a cursor on",
        "redis-stopped",
        lambda verdict: [complaint for complaint in verdict.complaints if "untold" in complaint],
    ),
]
