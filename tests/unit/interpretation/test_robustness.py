"""Whatever arrives, interpretation answers: a fact that fits the tables, or a ShapeError."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.queue_worker.facts import (
    ActionFact,
    ChangeFact,
    ContactFact,
    Fact,
    Ignored,
    InboundEvent,
    LineFact,
    MessageFact,
    PresenceFact,
    SourceView,
)
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.event_names import event_name
from services.queue_worker.interpretation.evolution import READERS
from services.queue_worker.interpretation.interpret import interpret
from services.queue_worker.interpretation.n8n_items import split_n8n
from tests.unit.interpretation.events import DIGEST, INSTANCE, RECEIVED_AT, refusal, upsert, webhook
from tests.unit.interpretation.json_values import DATA, JSON, damaged

KINDS = st.sampled_from(["evolution", "n8n"])
OURS = st.sampled_from(["message.created", "action.created", "new_message"])
OUR_FIELDS = [
    "conversation_id", "phone", "contact_name", "sender_type", "content", "message_type", "timestamp", "external_id",
    "attachments", "action_type", "action_data", "from", "text", "id", "media_url", "instance", "data",
]  # fmt: skip


REASONS = {fact.reason for fact in (*vars(ignoring).values(), *ignoring.SILENT.values()) if isinstance(fact, Ignored)}
EVERYTHING = frozenset({"groups", "statuses", "newsletters"})


def event(kind: str, payload: Any) -> InboundEvent:
    # The instance follows the payload, so that damage elsewhere is reached.
    named = payload.get("instance") if isinstance(payload, dict) else None
    name = named if isinstance(named, str) else INSTANCE
    return InboundEvent(SourceView(7, kind, name, "America/Sao_Paulo", EVERYTHING), payload, DIGEST, RECEIVED_AT)


def check(inbound: InboundEvent) -> None:
    """A ShapeError, or a fact that the tables take."""
    if (reason := refusal(inbound)) is not None:
        assert 0 < len(reason) < 200
        return
    facts = interpret(inbound)
    assert facts
    for fact in facts:
        check_fact(fact)


def check_fact(fact: Fact) -> None:
    said = json.dumps(dataclasses.asdict(fact), default=str, allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in said.replace("\\\\", "")
    said.encode()
    if not isinstance(fact, Ignored | MessageFact | ActionFact | ContactFact | PresenceFact | LineFact):
        assert 0 < len(fact.target) <= 255
    match fact:
        case Ignored():
            assert fact.reason in REASONS
            return
        case MessageFact():
            check_message(fact)
        case ActionFact():
            assert fact.party.addresses or fact.party.conversation_ref
            assert 0 < len(fact.action_type) <= 50
            assert 0 < len(fact.dedupe_key) <= 400
        case ChangeFact():
            assert len(fact.slot) <= 255
            assert len(fact.value or "") <= 65_536
        case ContactFact():
            assert fact.party.addresses
            assert 0 <= len(fact.party.name or "") <= 255
            assert len(fact.picture_url or "") <= 2_048
        case PresenceFact():
            assert fact.addresses
        case LineFact():
            assert 0 < len(fact.reason or "x") <= 100
    assert fact.timestamp.tzinfo


def check_message(fact: MessageFact) -> None:
    assert fact.party.addresses or fact.party.conversation_ref
    assert 0 < len(fact.provider_id) <= 255
    assert len(fact.content) <= 65_536
    assert 0 < len(fact.message_type) <= 20
    assert len(fact.party.name or "") <= 255
    assert len(json.dumps(fact.metadata)) < 2**20
    for file in fact.attachments:
        assert 0 < len(file.file_name) <= 255
        assert len(file.file_type or "") <= 100
        assert len(file.file_path or "") <= 500
        assert 0 <= (file.file_size or 0) < 2**63


@given(KINDS, JSON)
def test_any_json_is_answered(kind: str, payload: Any) -> None:
    """Any JSON value at all is a fact or a ShapeError."""
    check(event(kind, payload))


@given(st.sampled_from(["messages.upsert", "send.message"]), JSON, JSON)
def test_any_message_is_answered(name: str, key: Any, message: Any) -> None:
    """Any key and any message in a webhook's right places are a fact or a ShapeError."""
    check(event("evolution", upsert(message, key=key, event=name)))


@settings(max_examples=300)
@given(st.sampled_from(sorted(READERS)), DATA)
def test_any_data_of_any_event_is_answered(name: str, data: Any) -> None:
    """Any data, its fields named as real ones are, in a webhook of any event is facts or a ShapeError."""
    check(event("evolution", webhook(name, data)))


@settings(max_examples=600)
@given(KINDS, damaged())
def test_any_damage_to_a_recorded_payload_is_answered(kind: str, payload: Any) -> None:
    """Recorded payloads with values replaced or deleted anywhere are facts or ShapeErrors."""
    for item in split_n8n(payload) if kind == "n8n" else [payload]:
        check(event(kind, item))


@given(OURS, st.dictionaries(st.sampled_from(OUR_FIELDS), JSON))
def test_any_values_in_our_own_shape_are_answered(name: str, fields: dict[str, Any]) -> None:
    """Our own n8n shape with any values in it is a fact or a ShapeError."""
    check(event("n8n", {"phone": "5511955550001", "sender_type": "ai", **fields, "event": name}))


@given(JSON)
def test_any_body_is_split_and_named(body: Any) -> None:
    """Any body gives a list of events, each with a name fit for a label."""
    for item in split_n8n(body):
        name = event_name(item)
        assert 0 < len(name) <= 100
        assert name.isascii()


@given(damaged())
def test_interpretation_changes_nothing_it_reads(payload: Any) -> None:
    """Interpreting twice gives the same answer, and leaves the payload alone."""
    before = repr(payload)
    inbound = event("evolution", payload)
    assert refusal(inbound) == refusal(inbound)
    assert repr(payload) == before


def test_deep_nesting_is_answered() -> None:
    """A payload nested far deeper than any real one does not exhaust the stack."""
    value: Any = "x"
    for _ in range(5_000):
        value = {"ephemeralMessage": {"message": value}, "contextInfo": [value], "body": [value]}
    check(event("evolution", upsert(value)))
    check(event("n8n", {"event": "action.created", "phone": "5511955550001", "action_type": "x", "action_data": value}))
    assert split_n8n(value)


@pytest.mark.parametrize("secret", ["5511955550001", "consulta de oncologia", "B3844804-0000-4000-A000-00000000FAKE"])
def test_refusal_quotes_nothing(secret: str) -> None:
    """Why an event was refused never repeats what it holds."""
    bodies: list[Any] = [{secret: secret}, upsert({secret: 1}, key={"remoteJid": secret + "@x", "id": secret})]
    bodies += [{"event": name, "sender_type": secret, "phone": secret} for name in ("message.created", secret)]
    for body in bodies:
        for kind in ("evolution", "n8n"):
            assert secret not in (refusal(event(kind, body)) or "")
