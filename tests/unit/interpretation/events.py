"""Events to interpret: the recorded payloads, and small ones made to order."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.queue_worker.facts import (
    ActionFact,
    ChangeFact,
    ContactFact,
    Fact,
    InboundEvent,
    MessageFact,
    ShapeError,
    SourceView,
)
from services.queue_worker.interpretation.interpret import interpret

FIXTURES = Path(__file__).parents[2] / "fixtures" / "evolution"
INSTANCE = "loja-01"
DIGEST = "5d41402abc4b2a76b9719d911017c592"
RECEIVED_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CHAT = "5511955550001@s.whatsapp.net"
OWN = "5511900000001@s.whatsapp.net"
LID = "201122334455667@lid"


def recorded(name: str) -> Any:
    """A payload of tests/fixtures/evolution, by its file's name without the suffix."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def recorded_names() -> list[str]:
    return sorted(path.stem for path in FIXTURES.glob("*.json"))


def evolution_event(payload: Any, name: str = INSTANCE, accepts: Iterable[str] = ("groups",)) -> InboundEvent:
    source = SourceView(7, "evolution", name, "America/Sao_Paulo", frozenset(accepts))
    return InboundEvent(source, payload, DIGEST, RECEIVED_AT)


def n8n_event(payload: Any, zone: str = "America/Sao_Paulo") -> InboundEvent:
    return InboundEvent(SourceView(8, "n8n", "flow", zone), payload, DIGEST, RECEIVED_AT)


def upsert(message: Any = None, *, key: Any = None, event: str = "messages.upsert", **data: Any) -> dict[str, Any]:
    """A webhook of Evolution 2.3 with one message; `data` overrides or adds fields beside it."""
    body = {
        "key": {"remoteJid": CHAT, "fromMe": False, "id": "3EB0A1"} if key is None else key,
        "pushName": "Maria",
        "message": {"conversation": "oi"} if message is None else message,
        "messageTimestamp": 1795167401,
    }
    return {"event": event, "instance": INSTANCE, "data": {**body, **data}, "sender": OWN}


def webhook(event: str, data: Any, **beside: Any) -> dict[str, Any]:
    """A webhook of Evolution 2.3 of any other event."""
    return {"event": event, "instance": INSTANCE, "data": data, "sender": OWN, **beside}


def facts_of(payload: Any, accepts: Iterable[str] = ("groups",)) -> tuple[Fact, ...]:
    """All that Evolution's payload says."""
    return interpret(evolution_event(payload, accepts=accepts))


def only(facts: tuple[Fact, ...]) -> Fact:
    """The one thing that is said."""
    (fact,) = facts
    return fact


def message_of(payload: Any, accepts: Iterable[str] = ("groups",)) -> MessageFact:
    """The message that Evolution's payload says."""
    return as_message(only(facts_of(payload, accepts)))


def change_of(payload: Any, accepts: Iterable[str] = ("groups",)) -> ChangeFact:
    """The change that Evolution's payload says."""
    fact = only(facts_of(payload, accepts))
    assert isinstance(fact, ChangeFact)
    return fact


def action_of(payload: Any, accepts: Iterable[str] = ("groups",)) -> ActionFact:
    """The action that Evolution's payload says."""
    fact = only(facts_of(payload, accepts))
    assert isinstance(fact, ActionFact)
    return fact


def contact_of(payload: Any, accepts: Iterable[str] = ("groups",)) -> ContactFact:
    """What Evolution's payload says of somebody."""
    fact = only(facts_of(payload, accepts))
    assert isinstance(fact, ContactFact)
    return fact


def posted_message(payload: Any, zone: str = "America/Sao_Paulo") -> MessageFact:
    """The message that n8n's payload says."""
    return as_message(only(interpret(n8n_event(payload, zone))))


def as_message(fact: Fact) -> MessageFact:
    assert isinstance(fact, MessageFact)
    return fact


def refusal(event: InboundEvent) -> str | None:
    """Why an event is not understood; None where it is."""
    try:
        interpret(event)
    except ShapeError as error:
        return str(error)
    return None
