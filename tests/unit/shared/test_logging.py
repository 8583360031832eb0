import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from shared.observability.logging import configure_logging

WORDS = " ".join(["dor", "no", "peito"])  # not as they stand in a source line, which a traceback may show


@pytest.fixture(autouse=True)
def unchanged_logging() -> Iterator[None]:
    """The process's logging as it was, after a test that configured its own."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def fail_with(payload: str) -> None:
    raise RuntimeError(f"cannot handle {len(payload)} characters")


def log_a_failure() -> None:
    log = structlog.get_logger("services.test")
    try:
        fail_with(WORDS)
    except RuntimeError:
        log.exception("request_failed", route="/webhooks")


def test_elsewhere_than_on_a_terminal_a_record_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours and the libraries' have the same fields, and an exception is one of them."""
    configure_logging("webhook_receiver")
    log_a_failure()
    logging.getLogger("psycopg").warning("query %s", "cancelled")

    ours, theirs = map(json.loads, capsys.readouterr().out.splitlines())

    assert (ours["service"], ours["event"], ours["level"]) == ("webhook_receiver", "request_failed", "error")
    assert "RuntimeError: cannot handle 12 characters" in ours["exception"]
    assert (theirs["service"], theirs["event"], theirs["level"]) == ("webhook_receiver", "query cancelled", "warning")


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "file"])
def test_a_traceback_shows_no_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    """What a function was working on, a patient's words for instance, stays out of the log."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    configure_logging("webhook_receiver")

    log_a_failure()

    log = capsys.readouterr().out
    assert "RuntimeError: cannot handle 12 characters" in log
    assert WORDS not in log


def test_what_cannot_be_parsed_is_not_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    """The HTTP server's own errors repeat the request's head, in which a token stands."""
    configure_logging("webhook_receiver")

    logging.getLogger("aiohttp.server").error("Error handling request: POST /webhooks/evolution/a-token HTTP/x")

    assert capsys.readouterr().out == ""
