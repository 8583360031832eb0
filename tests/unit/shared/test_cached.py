from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.events.cached import stale_keys
from shared.events.live import LiveEvent, encode_json, live_event

NOW = datetime(2026, 11, 26, tzinfo=UTC)


LISTS = "conversations:clinic:3"


def test_an_event_names_what_it_makes_stale() -> None:
    """A conversation and the clinic's lists, whichever of them it is told in; a user's session; whoever is mentioned."""
    told: list[tuple[Any, Any, dict[str, Any], set[str]]] = [
        ("conversa", 12, {"id": "1"}, {"conversation:12:detail", LISTS}),
        ("empresa", 3, {}, {LISTS}),
        ("empresa", 3, {"conversationId": "12"}, {LISTS, "conversation:12:detail"}),
        ("empresa", 3, {"id": "12", "contact_id": "9"}, {LISTS, "patient:9:data"}),
        ("atendente", 7, {"reason": "signed_out"}, {"user:7:session"}),
        ("atendente", 7, {"conversation_id": "12"}, {"user:7:session", LISTS, "conversation:12:detail"}),
        ("presence", 3, {"status": "online"}, set()),
        ("contato", 9, {}, {"patient:9:data"}),
    ]
    for target, target_id, data, keys in told:
        event = LiveEvent(f"{target}:{target_id}", encode_json({"type": "x", "data": data}).decode())
        assert stale_keys(event, 3) == keys


def test_how_far_a_message_got_is_in_no_list() -> None:
    """There are three such events for each message; one that was edited or deleted is another matter."""
    for edited_at, lists in ((None, set[str]()), ("2026-11-26T10:00:00.000-03:00", {LISTS})):
        data = {"id": "1", "edited_at": edited_at, "deleted_at": None}
        event = live_event("message:updated", "conversa", 12, data, NOW)
        assert stale_keys(event, 3) == {"conversation:12:detail"} | lists


def test_an_event_may_bring_along_what_it_makes_stale() -> None:
    """Beside what its words tell."""
    event = replace(live_event("desk:updated", "empresa", 3, {}, NOW), stale=("conversation:7:detail",))
    assert stale_keys(event, 3) == {"conversation:7:detail", LISTS}


def test_what_is_forgotten_at_once_makes_nothing_stale() -> None:
    """Somebody who types changes nothing that is kept."""
    assert stale_keys(live_event("conversation:typing", "conversa", 12, {}, NOW, ephemeral=True), 3) == set()


@given(st.text())
def test_what_people_write_names_nothing(text: str) -> None:
    """Not even somebody who writes as our events look."""
    for content in (text, '"conversationId":"99"', '","conversationId":"99', '\\"conversationId":"99"' + text):
        event = live_event("message:new", "conversa", 12, {"content": content}, NOW)
        assert stale_keys(event, 3) == {"conversation:12:detail", LISTS}
