"""The summary says what was reached, and never that a missed aim was met."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.aims import AIMS, Aim, summary
from tests.bench.results import PARTS, part

FIGURES = st.floats(min_value=0.001, max_value=1e6)


def _aim(bound: float, *, most: bool) -> Aim:
    return Aim("queue", "jobs", bound, lambda part: float(part["ours"]), unit="/s", most=most)


def test_each_part_has_an_aim() -> None:
    """Every row of the table that was to be reached is in the summary."""
    assert {aim.part for aim in AIMS} == set(PARTS)


@settings(max_examples=50)
@given(bound=FIGURES, figure=FIGURES)
def test_more_than_at_least_and_less_than_at_most_are_met(bound: float, figure: float) -> None:
    """The two kinds of bound never both refuse a figure, and a met aim has no distance."""
    least, most = _aim(bound, most=False), _aim(bound, most=True)

    assert least.met(figure) or most.met(figure)
    for aim in (least, most):
        assert aim.met(figure) == (aim.distance(figure) == 0)


def test_what_was_missed_is_told_with_its_distance() -> None:
    """A share of the aim; a hair's breadth is not called nothing."""
    aims = [_aim(10, most=False), _aim(6, most=True), _aim(8.001, most=False), _aim(8, most=False)]

    rows = summary({"queue": part(8, "jobs/s")}, aims).splitlines()[-4:]

    assert [row.split(" | ")[-1] for row in rows] == [
        "**missed by 20%** |",
        "**missed by 33%** |",
        "**missed by 1%** |",
        "met |",
    ]
    assert rows[0].startswith("| queue | jobs: ≥ 10/s | 8/s |")


def test_a_part_that_was_not_measured_is_told_so() -> None:
    """Nothing is said of it but that."""
    rows = [row for row in summary({}).splitlines() if row.startswith("| ")][1:]

    assert len(rows) == len(AIMS)
    assert all("not measured" in row for row in rows)


def test_the_receivers_peers_are_each_looked_at_for_what_they_are_best_at() -> None:
    """CPU and p99 are compared with the least of any peer, not with that of the quickest."""
    detail: dict[str, Any] = {
        "ours": {"cpu_us": 50, "p99_ms": 4},
        "fastify": {"cpu_us": 100, "p99_ms": 20},
        "express": {"cpu_us": 200, "p99_ms": 10},
    }
    measured = part(10, "webhooks/s", peers={"Fastify": 8, "Express": 4}, limit=20, detail=detail)

    rows = summary({"receiver": measured}, [aim for aim in AIMS if aim.part == "receiver"]).splitlines()[-4:]

    assert [row.split(" | ")[2] for row in rows] == ["1.25 ×", "0.5 ×", "0.5 ×", "0.4 ×"]
