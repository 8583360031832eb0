"""Every payload Evolution API was seen to send."""

import pytest

from services.queue_worker.facts import Ignored
from services.queue_worker.interpretation.event_names import event_name
from services.queue_worker.interpretation.interpret import interpret
from services.queue_worker.interpretation.n8n_items import split_n8n
from tests.unit.interpretation.events import as_message, evolution_event, n8n_event, recorded, recorded_names
from tests.unit.interpretation.expected import MESSAGES

FROM_N8N = ("043_n8n-array_n8n_wrapped", "147_new-message_n8n_httprequest_body", "148_n8n-item_n8n_webhook_item")
EVOLUTION = [name for name in recorded_names() if name not in FROM_N8N]


@pytest.mark.parametrize("name", MESSAGES)
def test_recorded_message_is_understood(name: str) -> None:
    """Each recorded message gives the conversation, author, content, time, status and files its sender meant."""
    payload = recorded(name)
    assert interpret(evolution_event(payload, payload["instance"])) == MESSAGES[name]


@pytest.mark.parametrize("name", MESSAGES)
def test_recorded_message_means_the_same_when_n8n_relays_it(name: str) -> None:
    """A workflow that passes an Evolution webhook on changes nothing about what it says."""
    assert interpret(n8n_event(recorded(name))) == MESSAGES[name]


@pytest.mark.parametrize("name", [name for name in EVOLUTION if name not in MESSAGES])
def test_other_recorded_event_has_no_effect_yet(name: str) -> None:
    """Everything else Evolution sends is understood as something to keep and leave alone."""
    payload = recorded(name)
    assert interpret(evolution_event(payload, payload["instance"])) == Ignored("event_not_handled")


def test_every_recorded_message_is_expected() -> None:
    """No recorded message is left out of the table."""
    names = {event: event_name(recorded(event)) for event in EVOLUTION}
    assert {event for event, name in names.items() if name in ("messages.upsert", "send.message")} == set(MESSAGES)


def test_relayed_array_gives_the_message_inside() -> None:
    """An array of n8n items gives what each item's body says."""
    (item,) = split_n8n(recorded("043_n8n-array_n8n_wrapped"))
    assert as_message(interpret(n8n_event(item))).content == "o que achou?"
