"""Workers with a fault that the suite has to find, each with the scenario that shows it. No part of the product.

What is wrong with the gateway is found by the scenarios: tests/scenarios/mutants.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.chaos.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Mutant:
    """A worker that is started in the product's place. `mutation` is what was done to it, `caught` what of the verdict must
    tell of it, `check` that check's name.
    """

    name: str
    mutation: str
    scenario: str
    check: str
    caught: Callable[[Verdict], Sequence[str]]
    # What is sent a second time makes up for the loss of the first.
    twice: float = 0.5
    seconds: float = 4.0

    @property
    def module(self) -> str:
        return f"{__name__}.{self.name}"


def _sent_twice(verdict: Verdict) -> list[str]:
    return [double for double in verdict.doubled if double.startswith("sent to the patient")]


def _untold(verdict: Verdict) -> list[str]:
    return [complaint for complaint in verdict.complaints if "untold" in complaint]


def _stored_twice(verdict: Verdict) -> list[str]:
    return [double for double in verdict.doubled if not double.startswith("sent to the patient")]


def _foreign(word: str) -> Callable[[Verdict], Sequence[str]]:
    return lambda verdict: [stranger for stranger in verdict.foreign if word in stranger]


MUTANTS = [
    Mutant(
        "hasty",
        "acknowledge before commit",
        "full-hands",
        "lost: accepted, and not there",
        lambda verdict: verdict.lost,
        twice=0.0,
    ),
    Mutant("unfenced", "no fence", "worker-stalled", "doubled: sent to the patient twice", _sent_twice, seconds=12.0),
    Mutant("forgetful", "no dedupe", "receiver-killed", "doubled: there twice", _stored_twice, twice=1.0),
    Mutant("cursored", "cursor-based relay", "redis-stopped", "wrong: left in the outbox", _untold),
    # What Postgres stood still for is worked in batches of both clinics.
    Mutant("mistaken", "a batch is one clinic's", "postgres-frozen", "foreign: stored words", _foreign(" says ")),
    Mutant("misdirected", "outbox out of step", "postgres-frozen", "foreign: an agent's frames", _foreign("frames at")),
    Mutant("misfiled", "relay of one clinic", "postgres-frozen", "foreign: a channel's history", _foreign("stands at")),
]
