from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.events.cached import stale_keys
from shared.events.live import live_event

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_an_event_names_what_it_makes_stale() -> None:
    """A conversation's own detail, the clinic's lists, a user's session; and whoever an entry of the list is about."""
    told: list[tuple[Any, Any, dict[str, Any], set[str]]] = [
        ("conversa", 12, {"id": "1"}, {"conversation:12:detail"}),
        ("empresa", 3, {}, {"conversations:clinic:3"}),
        ("empresa", 3, {"conversationId": "12"}, {"conversations:clinic:3", "conversation:12:detail"}),
        ("empresa", 3, {"contactId": "9"}, {"conversations:clinic:3", "patient:9:data"}),
        ("atendente", 7, {"reason": "signed_out"}, {"user:7:session"}),
        ("presence", 3, {"status": "online"}, set()),
    ]
    for target, target_id, data, keys in told:
        assert stale_keys(live_event("x", target, target_id, data, NOW)) == keys


def test_what_is_forgotten_at_once_makes_nothing_stale() -> None:
    """Somebody who types changes nothing that is kept."""
    assert stale_keys(live_event("conversation:typing", "conversa", 12, {}, NOW, ephemeral=True)) == set()


@given(st.text())
def test_what_people_write_names_nothing(text: str) -> None:
    """Not even somebody who writes as our events look."""
    for content in (text, '"conversationId":"99"', '","conversationId":"99', '\\"conversationId":"99"' + text):
        event = live_event("message:new", "conversa", 12, {"content": content}, NOW)
        assert stale_keys(event) == {"conversation:12:detail"}
