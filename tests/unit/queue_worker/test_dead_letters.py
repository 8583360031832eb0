import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.dead_letters import References, fingerprint, normalised, reason_of, references

WORDS = st.text("abcdefghijklmnopqrstuvwxyz._", min_size=1, max_size=12).map(lambda word: f"{word} ")
VARYING = st.one_of(
    st.integers(0, 10**20).map(str),
    st.uuids().map(str),
    st.datetimes().map(lambda at: at.isoformat()),
    st.from_regex(r"5511[0-9]{8}@s\.whatsapp\.net", fullmatch=True),
)


@given(words=st.lists(WORDS, min_size=2, max_size=6), one=VARYING, other=VARYING)
def test_failures_that_differ_in_an_id_or_a_number_are_one_kind(words: list[str], one: str, other: str) -> None:
    """Wherever in the error it stands."""
    first, second = words[0] + one + " " + "".join(words[1:]), words[0] + other + " " + "".join(words[1:])
    assert fingerprint("x", "transient", first) == fingerprint("x", "transient", second)


@given(st.sampled_from([("a", "c", "e"), ("b", "c", "e"), ("a", "d", "e"), ("a", "c", "f")]), st.text())
def test_a_kind_is_event_class_and_error(parts: tuple[str, str, str], error: str) -> None:
    """Each of the three tells kinds apart; any text has one."""
    event, failure, more = parts
    mine = fingerprint(event, failure, more)
    assert mine == fingerprint(event, failure, more)
    assert (mine == fingerprint("a", "c", "e")) == (parts == ("a", "c", "e"))
    assert len(fingerprint(event, failure, error)) == 16


@given(st.text())
def test_nothing_with_a_digit_is_left(error: str) -> None:
    """So nothing that could be an id."""
    assert not any(digit in normalised(error) for digit in "0123456789")


@pytest.mark.parametrize(
    ("message_type", "failure", "error", "reason"),
    [
        ("messages.upsert", "permanent", "ShapeError: data.key is missing or not an object", "validation"),
        ("messages.upsert", "permanent", "NumericValueOutOfRange: 22003 in messages", "validation"),
        ("messages.upsert", "permanent", "ShapeError: instance does not belong to this token", "unknown_instance"),
        ("messages.upsert", "permanent", "ShapeError: the payload is JSON that cannot be read", "unreadable"),
        ("messages.upsert", "permanent", "ShapeError: every worker that handled this message died", "poison"),
        ("messages.upsert", "transient", "DeadlockDetected: 40P01 in messages", "exhausted"),
        ("messages.upsert", "transient", "KeyError", "bug"),
        ("send.text", "permanent", "the number is not on WhatsApp", "refused"),
        ("send.text", "transient", "x", "exhausted"),
        ("send.text", "permanent", "it is not known whether the patient got this message", "unknown_outcome"),
    ],
)
def test_each_death_has_a_reason(message_type: str, failure: str, error: str, reason: str) -> None:
    """One that tells an operator what to do."""
    assert reason_of(message_type, failure, error) == reason


@pytest.mark.parametrize(
    ("event", "provider_id", "conversation"),
    [
        ({"data": {"key": {"id": "M1", "remoteJid": "55@lid"}}}, "M1", "55@lid"),
        ({"data": [{"keyId": "M2", "remoteJid": "x"}]}, "M2", "x"),
        ({"event": "message.created", "external_id": "E", "conversation_id": 5511965860124551150391104}, "E", None),
        ({"message_id": "4", "conversation_id": "7"}, None, "7"),
        ([], None, None),
        ({"data": {"key": {"id": True}}}, None, None),
    ],
)
def test_an_event_says_what_it_is_about(event: Any, provider_id: str | None, conversation: str | None) -> None:
    """As each sender names it."""
    found = references(json.dumps(event))
    assert found.provider_id == provider_id
    if event and "external_id" in event:
        assert found.conversation == "5511965860124551150391104"
    else:
        assert found.conversation == conversation


@given(st.text())
def test_whatever_was_sent_is_no_reason_to_fail(payload: str) -> None:
    """A dead letter can be made of any text."""
    assert isinstance(references(payload), References)


def test_what_postgres_refuses_is_not_in_a_reference() -> None:
    """NUL, halves of pairs, and anything longer than a column should be."""
    event = {"data": {"key": {"id": "a\0b\ud800" + "x" * 999, "remoteJid": str(uuid.uuid4())}}}
    found = references(json.dumps(event))
    assert found.provider_id is not None
    assert found.provider_id.encode()
    assert "\0" not in found.provider_id
    assert len(found.provider_id) <= 255
