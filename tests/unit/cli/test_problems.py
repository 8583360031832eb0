"""The API's refusals, as exit codes and sentences."""

import json

import pytest

from services.cli.failures import ExitCode
from services.cli.rest.problems import failure_of

CODES = {
    400: 2, 401: 4, 403: 4, 404: 5, 405: 1, 409: 3, 410: 5, 412: 3, 413: 2,
    422: 2, 428: 2, 429: 6, 500: 1, 502: 6, 503: 6, 504: 6,
}  # fmt: skip


@pytest.mark.parametrize(("status", "code"), CODES.items())
def test_each_status_has_its_exit_code(status: int, code: int) -> None:
    """Scripts rely on it."""
    assert failure_of(status, b"", None).code == code


def test_a_conflict_says_who_and_when() -> None:
    """And passes everything on to programs."""
    body = {"status": 409, "detail": "Already replaying.", "code": "already_replaying", "by": "Sofia", "at": "10:41"}
    failure = failure_of(409, json.dumps(body).encode(), None)

    assert failure.line() == "prosa: Already replaying (by Sofia at 10:41). Wait for its end: `prosa dlq show ID`."
    assert {**failure.problem(), **body} == failure.problem()
    assert failure.problem()["exit_code"] == ExitCode.CONFLICT


def test_what_the_sentence_says_already_is_not_said_twice() -> None:
    """The API names who and when in its own words."""
    body = {"detail": "Replayed already, by Sofia at 10:41.", "by": "Sofia", "at": "10:41"}

    assert failure_of(409, json.dumps(body).encode(), None).what == "Replayed already, by Sofia at 10:41."


def test_each_wrong_part_of_a_request_is_named() -> None:
    """As the API names it."""
    body = {"detail": "The request is not valid; see errors.", "errors": [{"path": "since", "message": "no time"}]}

    assert "since: no time" in failure_of(400, json.dumps(body).encode(), None).line()


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b'"x"', b"\xff"])
def test_an_answer_that_is_no_problem_is_told_by_its_status(content: bytes) -> None:
    """A proxy's page, for example."""
    assert "502 Bad Gateway" in failure_of(502, content, None).line()


def test_waiting_is_told_in_seconds() -> None:
    """As the API asks for it."""
    assert failure_of(429, b"", "7").next_step == "Try again in 7 s."


def test_a_line_is_one_line() -> None:
    """Also where the API's text is not."""
    assert "\n" not in failure_of(400, b'{"detail": "a\\nb"}', None).line()
