"""The state of an instance's line."""

import json
from typing import Any

import pytest

from services.queue_worker.facts import Ignored, LineFact, LineState
from services.queue_worker.interpretation.interpret import interpret
from services.queue_worker.interpretation.lines import REASONS
from tests.unit.interpretation.events import (
    INSTANCE,
    RECEIVED_AT,
    evolution_event,
    facts_of,
    n8n_event,
    refusal,
    webhook,
)


def line(event: str, data: Any) -> tuple[LineState, str | None]:
    [fact] = facts_of(webhook(event, data))
    assert isinstance(fact, LineFact)
    assert fact.timestamp == RECEIVED_AT
    return fact.state, fact.reason


@pytest.mark.parametrize("code", sorted(REASONS))
@pytest.mark.parametrize("written", [int, str])
def test_every_code_has_a_reason_for_people(code: int, written: Any) -> None:
    """A closed line says why in words, with the code behind; logged out is a state of its own."""
    state, reason = line("connection.update", {"state": "close", "statusReason": written(code)})
    assert (state, reason) == ("logged_out" if code == 401 else "closed", f"{REASONS[code]} ({code})")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"state": "open", "statusReason": 200, "wuid": "5511900000001@s.whatsapp.net"}, ("open", None)),
        ({"state": "connecting", "statusReason": 200}, ("connecting", None)),
        ({"state": "close", "statusReason": 599}, ("closed", "code 599")),
        ({"state": "close"}, ("closed", None)),
        ({"state": "refused", "statusReason": 401}, ("refused", "logged out (401)")),
        ({"state": "CLOSE", "statusReason": []}, ("closed", None)),
    ],
)
def test_every_state_of_a_connection_is_understood(data: Any, expected: Any) -> None:
    """Also with a code that nobody explained, or none."""
    assert line("connection.update", data) == expected


def test_a_status_told_in_other_words_is_the_same_state() -> None:
    """status.instance names state and code differently."""
    data = {"status": "closed", "disconnectionReasonCode": 440, "disconnectionObject": "{}"}
    assert line("status.instance", data) == ("closed", "replaced by another connection (440)")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("instance.create", ("created", "instance created")),
        ("instance.delete", ("removed", "instance removed")),
        ("remove.instance", ("removed", "instance removed")),
        ("logout.instance", ("logged_out", "logged out")),
        ("LOGOUT_INSTANCE", ("logged_out", "logged out")),
        ("application.startup", ("connecting", "Evolution API started")),
    ],
)
@pytest.mark.parametrize("data", [None, {}, {"instanceName": INSTANCE}])
def test_an_instance_s_life_needs_no_data(event: str, data: Any, expected: Any) -> None:
    """Its events come with null for data."""
    assert line(event, data) == expected


@pytest.mark.parametrize("data", [{}, {"state": "dancing"}, {"state": 7}, None])
def test_an_unknown_state_is_for_an_operator_to_see(data: Any) -> None:
    """A line's state is never guessed."""
    assert refusal(evolution_event(webhook("connection.update", data))) is not None


CODES = ["2@SECRET,abc", "SECRET-PAIRING", "data:image/png;base64,SECRET"]
QR = {"qrcode": {"instance": INSTANCE, "pairingCode": CODES[1], "code": CODES[0], "base64": CODES[2]}}


@pytest.mark.parametrize("data", [QR, {"qrcode": CODES[0]}, {"code": CODES[0]}, CODES, CODES[0], None])
def test_a_code_that_opens_the_line_gets_nowhere(data: Any) -> None:
    """Whatever its shape: no fact holds it, and none asks to keep the event."""
    [fact] = facts_of(webhook("qrcode.updated", data))
    assert fact == LineFact("pairing", RECEIVED_AT, "waiting for the phone to be paired")
    assert "SECRET" not in repr(fact)


@pytest.mark.parametrize("event", ["qrcode.updated", "QRCODE_UPDATED", "new.jwt"])
def test_a_secret_that_is_refused_is_forgotten(event: str) -> None:
    """A dead letter is kept and read: another instance's code must not become one, nor one that n8n mangled."""
    payload = webhook(event, QR)
    assert interpret(evolution_event(payload, "another")) == (Ignored("unreadable_secret", keep=False),)
    assert interpret(n8n_event({"event": event, **QR})) == (Ignored("unreadable_secret", keep=False),)


def test_an_expired_pairing_is_refused() -> None:
    """Nobody scanned any of the codes."""
    data = {"message": "QR code limit reached, please login again", "statusCode": 500}
    assert line("qrcode.updated", data) == ("refused", "QR code limit reached")


def test_a_token_is_forgotten() -> None:
    """v1's token is nobody's business."""
    [fact] = facts_of(webhook("new.jwt", {"token": "SECRET"}))
    assert fact == Ignored("token", keep=False)
    assert "SECRET" not in json.dumps(repr(fact))


def test_a_server_s_own_report_belongs_to_no_instance() -> None:
    """It comes through the instance's address without its name; an event that needs one is still refused."""
    report = {"event": "error", "data": {"error": "Bad Request"}, "api_key": "SECRET", "server_url": "https://x"}
    assert facts_of(report) == interpret(n8n_event(report)) == (Ignored("api_error"),)
    assert refusal(evolution_event({"event": "call", "data": {}})) == "instance does not belong to this token"
    assert refusal(evolution_event({**report, "instance": "another"})) == "instance does not belong to this token"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("labels.edit", "label_edited"),
        ("chama-ai.action", "chama_ai_action"),
        ("messaging-history.set", "history_progress"),
    ],
)
def test_what_means_nothing_here_is_kept(event: str, reason: str) -> None:
    """A later version may make something of it."""
    assert facts_of(webhook(event, {})) == (Ignored(reason),)
