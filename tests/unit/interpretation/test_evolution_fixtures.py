"""Every payload Evolution API was seen to send."""

import json
from collections.abc import Mapping

import pytest

from services.queue_worker.facts import Fact
from services.queue_worker.interpretation.interpret import interpret
from services.queue_worker.interpretation.lists import taken_apart
from services.queue_worker.interpretation.n8n_items import split_n8n
from tests.unit.interpretation.events import as_message, evolution_event, n8n_event, only, recorded, recorded_names
from tests.unit.interpretation.expected import MESSAGES
from tests.unit.interpretation.expected_events import EVENTS

FROM_N8N = ("043_n8n-array_n8n_wrapped", "147_new-message_n8n_httprequest_body", "148_n8n-item_n8n_webhook_item")
EVOLUTION = [name for name in recorded_names() if name not in FROM_N8N]
EXPECTED: Mapping[str, tuple[Fact, ...]] = {**{name: (fact,) for name, fact in MESSAGES.items()}, **EVENTS}


def test_every_recorded_event_is_expected() -> None:
    """No recorded payload of Evolution is left out of the tables."""
    assert sorted(EXPECTED) == EVOLUTION


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded_event_is_understood(name: str) -> None:
    """Each recorded event says what its sender meant, in full."""
    payload = recorded(name)
    assert interpret(evolution_event(payload, payload["instance"])) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded_event_means_the_same_taken_apart(name: str) -> None:
    """The intake takes lists apart; that changes nothing about what is said."""
    payload = recorded(name)
    events = [evolution_event(part, payload["instance"]) for part in taken_apart([payload])]
    assert tuple(fact for event in events for fact in interpret(event)) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded_event_means_the_same_when_n8n_relays_it(name: str) -> None:
    """A workflow that passes an Evolution webhook on changes nothing about what it says."""
    parts = taken_apart(split_n8n({"body": recorded(name)}))
    assert tuple(fact for part in parts for fact in interpret(n8n_event(part))) == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name in EVOLUTION if "qrcode" in name])
def test_no_recorded_code_gets_into_a_fact(name: str) -> None:
    """Whoever sees a code that pairs a phone can read the line: it is in no fact, and no fact asks to keep it."""
    payload = recorded(name)
    [fact] = interpret(evolution_event(payload, payload["instance"]))
    said = json.dumps(
        [value for value in (payload["data"].get("qrcode") or {}).values() if value and value != "loja-01"]
    )
    assert not any(code in repr(fact) for code in json.loads(said))


def test_relayed_array_gives_the_message_inside() -> None:
    """An array of n8n items gives what each item's body says."""
    (item,) = split_n8n(recorded("043_n8n-array_n8n_wrapped"))
    assert as_message(only(interpret(n8n_event(item)))).content == "o que achou?"
