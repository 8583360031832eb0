"""docs/realtime.md against the protocol's models: every word in both, every field named, every whole example valid."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from pydantic import BaseModel

from services.realtime_gateway.document import document_route
from services.realtime_gateway.protocol import close_codes, errors
from services.realtime_gateway.protocol.commands import COMMANDS
from services.realtime_gateway.protocol.events import KINDS
from services.realtime_gateway.protocol.notices import NOTICES
from services.realtime_gateway.protocol.replies import REPLY_DATA
from shared.events.message import Message
from tests.contract.tables import DOCS, rows_by_heading
from tests.frames import check_frame

TEXT = (DOCS / "realtime.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0].lower(): part for part in TEXT.split("\n## ")}
TABLES = rows_by_heading("realtime.md")


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def told(cell: str) -> str:
    """What a cell says, with the sections of this page that it points to."""
    return cell + "".join(SECTIONS[anchor] for anchor in re.findall(r"\(#([\w-]+)\)", cell))


def rows_by_word(heading: str) -> dict[str, list[str]]:
    return {word: row for row in TABLES[heading] for word in words(row[0])}


def fields(models: Iterable[type[BaseModel]]) -> set[str]:
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def missing(models: Iterable[type[BaseModel]], cell: str) -> set[str]:
    """Fields of which a cell says nothing."""
    said = set(re.findall(r"\w+", " ".join(re.findall(r"`[^`]+`", told(cell)))))
    return fields(models) - said


COMMAND_ROWS = rows_by_word("Commands")
EVENT_ROWS = rows_by_word("Events")


def test_every_command_has_a_row() -> None:
    """Where this fails, a command was added or renamed."""
    assert COMMAND_ROWS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_s_row_names_what_is_sent_and_answered(name: str) -> None:
    """Every field of its data, and every field of its reply's."""
    _, sent, answered = COMMAND_ROWS[name]
    data = COMMANDS[name].model_fields.get("data")

    fields: list[Any] = [data.annotation] if data and data.annotation else []
    assert not missing(fields, sent)
    assert not missing([REPLY_DATA[name]], answered)


def test_every_error_has_a_row() -> None:
    """The codes are those of the AsyncAPI document."""
    assert rows_by_word("Replies").keys() == errors.MEANINGS.keys()


def test_every_event_and_notice_has_a_row() -> None:
    """`connected` has a section of its own."""
    assert EVENT_ROWS.keys() == {kind.name for kind in KINDS} | (NOTICES.keys() - {"connected"})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_event_s_row_names_its_channels_and_its_data(kind: Any) -> None:
    """The message object is the REST API's, and described there; who has no position is said to have none."""
    _, channels, data = EVENT_ROWS[kind.name]

    assert {word.partition(":")[0] for word in words(channels)} - {"target", "global"} == set(kind.targets)
    assert kind.data == (Message,) or not missing(kind.data, data)
    assert kind.durable or "No `seq`" in data


@pytest.mark.parametrize("name", sorted(NOTICES))
def test_a_notice_s_data_is_named(name: str) -> None:
    """In its row; of `connected`, in the example."""
    data: Any = NOTICES[name].model_fields["data"].annotation
    cell = f"`{SECTIONS['connect']}`" if name == "connected" else EVENT_ROWS[name][1]
    assert data
    assert not missing([data], cell.replace("\n", " "))


def test_every_close_code_has_a_row() -> None:
    """And says what the client does."""
    rows = {int(row[0]): row for row in TABLES["Close codes"]}

    assert rows.keys() == {int(code) for code in close_codes.MEANINGS}
    assert all(why and then for _, why, then in rows.values())


def test_whole_examples_are_valid() -> None:
    """A frame that is shown without an omission is one that is really sent."""
    blocks = re.findall(r"```\n(.*?)```", TEXT, re.DOTALL)
    whole = [json.loads(block) for block in blocks if block.startswith("{") and "…" not in block]

    for frame in whole:
        check_frame(frame, {})
    assert {frame["type"] for frame in whole} >= {"connected", "message:new", "reply", "user:status"}


def test_the_page_says_where_the_document_is() -> None:
    """For programs the same stands there."""
    assert document_route().path in TEXT


def test_codes_of_refusals_stand_in_one_place() -> None:
    """What the gateway refuses with is a code that documents know."""
    root = DOCS.parent / "services" / "realtime_gateway"
    used = {code for path in root.rglob("*.py") for code in re.findall(r'Refusal\(\s*"(\w+)"', path.read_text("utf-8"))}

    assert "bad_request" in used
    assert used <= errors.MEANINGS.keys()
