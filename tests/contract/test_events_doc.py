"""docs/events.md against the readers, the reasons and every recorded payload."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.queue_worker.facts import Ignored, InboundEvent, ShapeError, SourceView
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.event_names import KNOWN_EVENTS, event_name
from services.queue_worker.interpretation.evolution import READERS
from services.queue_worker.interpretation.interpret import interpret
from services.queue_worker.interpretation.lists import taken_apart
from services.queue_worker.interpretation.n8n_items import split_n8n
from tests.contract.tables import ROOT, code, rows_by_heading
from tests.unit.interpretation.events import DIGEST, RECEIVED_AT, recorded, recorded_names

TABLES = rows_by_heading("events.md")
ROWS = TABLES["Events"]
OUTCOMES = {"applied", "ignored", "dead"}
OURS = {"message.created", "new_message", "action.created"}
INTERPRETATION = ROOT / "services" / "queue_worker" / "interpretation"


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def reasons() -> dict[str, Ignored]:
    declared = (*vars(ignoring).values(), *ignoring.SILENT.values())
    return {fact.reason: fact for fact in declared if isinstance(fact, Ignored)}


def parts(name: str) -> Iterator[Any]:
    return taken_apart(split_n8n(recorded(name)))


def outcome(payload: Any) -> set[str]:
    """How an event is counted, and the reasons of what was ignored."""
    source = SourceView(8, "n8n", "flow", "America/Sao_Paulo")
    try:
        facts = interpret(InboundEvent(source, payload, DIGEST, RECEIVED_AT))
    except ShapeError:
        return {"dead"}
    found = {fact.reason for fact in facts if isinstance(fact, Ignored)}
    return found | {"ignored" if all(isinstance(fact, Ignored) for fact in facts) else "applied"}


def test_every_known_event_has_a_row_and_a_reader() -> None:
    """Where this fails, an event was added: decide what it does, and say it in the table."""
    assert {code(row[0]) for row in ROWS} == KNOWN_EVENTS == READERS.keys() | OURS


def test_every_row_is_complete() -> None:
    """Version, shape and effect are told of each; outcomes and reasons are ones there are."""
    for event, versions, shape, effect, _live, counted, _recorded in ROWS:
        assert all((event, versions, shape, effect)), event
        assert words(counted) & OUTCOMES, counted
        assert words(counted) <= OUTCOMES | reasons().keys(), counted


def test_every_reason_is_explained() -> None:
    """Also whether an event that was ignored for it is kept."""
    told = {code(reason): kept for reason, kept, meaning in TABLES["Reasons"] if meaning}

    assert told == {reason: "yes" if fact.keep else "no" for reason, fact in reasons().items()}


@pytest.mark.parametrize("path", sorted(INTERPRETATION.glob("*.py")), ids=lambda path: path.stem)
def test_reasons_stand_in_one_place(path: Path) -> None:
    """No reader makes up a reason of its own."""
    assert path.stem == "ignoring" or not re.search(
        r"\bIgnored\(", path.read_text("utf-8").replace("case Ignored(", "")
    )


@pytest.mark.parametrize("name", recorded_names())
def test_every_recorded_payload_stands_in_a_row_that_is_true_of_it(name: str) -> None:
    """The row is of that event, and says how it is counted."""
    number = name.partition("_")[0]
    rows = [row for row in ROWS if number in row[6].split()]

    assert rows
    for part in parts(name):
        mine = [row for row in rows if code(row[0]) == event_name(part)]
        assert mine
        assert outcome(part) <= {word for row in mine for word in words(row[5])}


def test_recorded_numbers_are_ones_there_are() -> None:
    """A row names no payload that is gone."""
    numbers = {name.partition("_")[0] for name in recorded_names()}

    assert {number for row in ROWS for number in row[6].split()} == numbers
