"""What a scenario came to."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_SHOWN = 8
HEADINGS = ("scenario", "seed", "checked", "figures", "verdict")


@dataclass
class Report:
    """`checked` says what held; `violations` what did not."""

    name: str
    seed: int
    checked: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.violations


def heading() -> str:
    """The head of the table."""
    return f"| {' | '.join(HEADINGS)} |\n|{'---|' * len(HEADINGS)}"


def row(report: Report) -> str:
    """One scenario in the table."""
    figures = ", ".join(f"{name} {value:,.6g}" for name, value in report.figures.items())
    verdict = "ok" if report.sound else f"**{len(report.violations)} violations**"
    return f"| {report.name} | {report.seed} | {'; '.join(report.checked)} | {figures} | {verdict} |"


def violations(report: Report) -> Iterator[str]:
    """What is wrong, each thing once, not all of it."""
    found = Counter(report.violations)
    for what, times in found.most_common(MOST_SHOWN):
        yield f"  {what}" + (f" ({times} times)" if times > 1 else "")
    if len(found) > MOST_SHOWN:
        yield f"  and {len(found) - MOST_SHOWN} more"
