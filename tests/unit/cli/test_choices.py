"""What is chosen, planned and waited for."""

import io
from typing import Any

import pytest

from services.cli.commands.chosen import chosen
from services.cli.commands.editing import difference, parsed_json
from services.cli.commands.plans import warnings
from services.cli.failures import ExitCode, Failure
from services.cli.options import NO_FILTERS, Filters
from services.cli.screen.entries import expiry_warning
from services.cli.screen.jobs import measured_rate, outcome, progress_line
from tests.factories import moment

JOB = {"id": "12", "state": "running", "total": 400, "succeeded": 118, "failed": 1, "skipped": 1}


def test_ids_come_from_arguments_and_stdin_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order; a pipe can answer no question."""
    monkeypatch.setattr("sys.stdin", io.StringIO("7 9\n8\n"))
    which = chosen(["9", "-"], NO_FILTERS, everything=False, verb="replay")

    assert which.ids == ("9", "7", "8")
    assert which.piped
    assert which.body() == {"ids": ["9", "7", "8"]}


def test_one_typed_id_is_single() -> None:
    """It needs no bulk replay."""
    assert chosen(["7"], NO_FILTERS, everything=False, verb="replay").single == "7"
    assert chosen(["7", "8"], NO_FILTERS, everything=False, verb="replay").single is None


def test_everything_is_an_empty_filter_that_was_asked_for() -> None:
    """Nothing given is a mistake, not everything."""
    assert chosen([], NO_FILTERS, everything=True, verb="replay").body() == {"filter": {}}
    with pytest.raises(Failure, match="Nothing says what"):
        chosen([], NO_FILTERS, everything=False, verb="replay")


def test_filters_are_the_same_in_a_url_and_a_body() -> None:
    """Under the API's names."""
    filters = Filters(state=("dead", "replaying"), event_type="call", min_failures=0, contains='{"a":1}')

    assert filters.query() == [
        ("state", "dead"),
        ("state", "replaying"),
        ("event_type", "call"),
        ("min_failures", "0"),
        ("contains", '{"a":1}'),
    ]
    assert filters.body() == {
        "state": ["dead", "replaying"],
        "event_type": "call",
        "min_failures": 0,
        "contains": '{"a":1}',
    }
    assert not NO_FILTERS


@pytest.mark.parametrize("text", ["{", "7", '"x"', "null"])
def test_what_a_payload_cannot_contain_is_refused(text: str) -> None:
    """Containment needs an object or an array."""
    with pytest.raises(Failure) as raised:
        Filters(contains=text).query()
    assert raised.value.code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("preflight", "said"),
    [
        ({"postgres": "ok", "redis": "ok", "rabbitmq": "ok", "paused_sources": [], "closed_sources": []}, []),
        ({"postgres": True, "redis": "refused"}, ["redis is not available"]),
        (
            {"paused_sources": ["demo-wa"], "closed_sources": [{"name": "sala-2"}]},
            ["paused: demo-wa", "WhatsApp: sala-2"],
        ),
        ({"resting_sources": ["demo-wa"]}, ["given a rest after failures: demo-wa"]),
        ({}, []),
    ],
)
def test_a_plan_warns_of_what_would_fail_again(preflight: dict[str, Any], said: list[str]) -> None:
    """Before the number is typed."""
    found = warnings({"preflight": preflight})

    assert len(found) == len(said)
    assert all(part in line for part, line in zip(said, found, strict=True))


def test_progress_is_one_line_with_rate_and_time_left() -> None:
    """As long as it runs."""
    assert progress_line(JOB, 20.0) == "running  120/400 30%  118 ok  1 failed  1 skipped  20.0/s  14 s left"
    assert progress_line({**JOB, "state": "paused"}, 20.0).endswith("1 skipped")
    assert progress_line({"state": "done", "total": 0}, None).startswith("done  0/0 0%")


def test_a_rate_needs_two_looks_and_progress() -> None:
    """So that nothing is divided by nothing."""
    assert measured_rate((10.0, 100), 12.0, 140) == 20
    assert measured_rate(None, 12.0, 140) is None
    assert measured_rate((12.0, 100), 12.0, 140) is None
    assert measured_rate((10.0, 140), 12.0, 140) is None


@pytest.mark.parametrize(
    ("state", "failed", "code"), [("done", 0, 0), ("done", 1, 7), ("stopped", 50, 7), ("cancelled", 0, 1)]
)
def test_a_jobs_end_is_the_commands(state: str, failed: int, code: int) -> None:
    """Exit code 7 says that some failed."""
    assert outcome({"state": state, "failed": failed}) == code


def test_an_expiry_is_warned_of_in_its_last_week() -> None:
    """And only for what is still dead."""
    entry = {"state": "dead", "expires_at": moment(3 * 86400 + 5).isoformat()}

    assert expiry_warning(entry, moment()) == "Its payload expires in 3 d: replay or export it before."
    assert expiry_warning({**entry, "state": "replayed"}, moment()) is None
    assert expiry_warning(entry, moment(-30 * 86400)) is None
    assert "has expired" in str(expiry_warning(entry, moment(4 * 86400)))


def test_edited_json_keeps_large_numbers() -> None:
    """WhatsApp's ids have more digits than a float."""
    assert parsed_json('{"n": 51119658601245511503911040}') == {"n": 51119658601245511503911040}


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"a": Infinity}', "1e999", '{"a": 1,}'])
def test_what_is_no_json_is_refused(text: str) -> None:
    """Nothing is stored then."""
    with pytest.raises(Failure, match="not JSON"):
        parsed_json(text)


def test_a_difference_shows_the_changed_lines() -> None:
    """With their neighbours."""
    assert difference("a\nb\n", "a\nc\n")[-3:] == [" a", "-b", "+c"]
