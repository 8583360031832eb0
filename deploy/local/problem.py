"""The one exception the local stack raises on purpose."""

from collections.abc import Sequence


class Problem(Exception):
    """A failure somebody can act on: what happened, what to do next, and the log lines that show it."""

    def __init__(self, what: str, advice: str, evidence: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.evidence = tuple(evidence)

    def report(self) -> str:
        """The text a person reads in the terminal."""
        evidence = [f"  | {line}" for line in self.evidence]
        return "\n".join([f"Problem: {self.what}", *evidence, f"  What to do: {self.advice}"])
