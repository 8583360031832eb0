"""The day as it is written: everything in it can be sent, and it has everything a clinic meets."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.demo.clock import DayClock
from deploy.demo.day import CLOSES, DAY, OPENS
from deploy.demo.evolution.envelope import envelope
from deploy.demo.evolution.instances import demo_instances, now
from deploy.demo.payloads import n8n
from deploy.demo.payloads.upserts import Quoted, Written, new_id, upsert_data
from deploy.demo.performance import overtaken
from deploy.demo.steps import Acts, Answers, Assists, Hurries, Says, Scene
from tests.integration.demo.shapes import ENVELOPE

INSTANCES = demo_instances("http://127.0.0.1:8081")


def written(scene: Scene) -> Iterator[Written]:
    """What the scene's patients write."""
    for step in scene.steps:
        match step:
            case Says():
                author = step.by or scene.patient
                quoted = Quoted("3EB0", "sim") if step.quoting else None
                yield Written(author, step.content, new_id(author), int(time.time()), quoted, step.group)
            case Hurries():
                for content in step.contents:
                    yield Written(scene.patient, content, new_id(scene.patient), int(time.time()))


def posted_by_n8n(scene: Scene) -> Iterator[dict[str, Any]]:
    """What n8n posts in the scene."""
    party = n8n.by_conversation(scene.patient) if scene.numbered else n8n.by_phone(scene.patient)
    for step in scene.steps:
        match step:
            case Assists():
                yield n8n.message_created(party, step.sender_type, step.words, "n8n-1", now())
            case Acts():
                yield n8n.action_created(party, step.action_type, {"reference": "1", **step.details}, now())


EVENTS = [
    pytest.param(scene, message, id=f"{scene.begins} {message.content.spoken}")
    for scene in DAY
    for message in written(scene)
]


@pytest.mark.parametrize(("scene", "message"), EVENTS)
def test_every_message_of_the_day_is_a_webhook_of_evolution_s(scene: Scene, message: Written) -> None:
    """A JSON object with the envelope's keys, of the scene's own instance, which JSON gives back unchanged."""
    instance = INSTANCES[scene.instance]
    body = envelope("messages.upsert", instance, upsert_data(instance, message), "http://127.0.0.1:8085", now())
    assert list(body) == ENVELOPE
    assert json.loads(json.dumps(body)) == body
    assert body["instance"] == scene.instance
    assert body["data"]["key"]["id"] == message.id
    assert body["data"]["messageTimestamp"] == message.moment


def test_every_event_of_n8n_s_is_complete() -> None:
    """Messages and actions have the fields of our own contract."""
    events = [event for scene in DAY for event in posted_by_n8n(scene)]
    messages = [event for event in events if event["event"] == "message.created"]
    actions = [event for event in events if event["event"] == "action.created"]
    assert all(event["phone"] and event["timestamp"] and event["external_id"] for event in events)
    assert {event["sender_type"] for event in messages} == {"patient", "ai"}
    assert {event["action_type"] for event in actions} == {"appointment_created", "appointment_status_changed"}


def test_the_day_has_every_layout_and_kind() -> None:
    """Each version's layout, each kind of content, a withheld number, a group, a reply, a second clinic."""
    messages = [message for scene in DAY for message in written(scene)]
    kinds = {"conversation", "imageMessage", "audioMessage", "documentMessage", "locationMessage"}
    assert {message.author.version for message in messages} == {"2.3.7", "2.3.6", "2.4", "1.8"}
    assert {message.content.kind for message in messages} == kinds
    assert any(message.author.withheld for message in messages)
    assert any(message.group for message in messages)
    assert any(message.quoted for message in messages)
    assert {scene.clinic for scene in DAY} == {"demo", "outra"}


def test_agents_answer_only_who_has_written() -> None:
    """A scene begins with the patient, and what is quoted was said before."""
    for scene in DAY:
        assert not isinstance(scene.steps[0], Answers | Acts)
        quoted = [place for place, step in enumerate(scene.steps) if isinstance(step, Says) and step.quoting]
        assert all(any(isinstance(step, Answers) for step in scene.steps[:place]) for place in quoted)


def test_the_day_ends_before_the_clinic_closes() -> None:
    """Scenes begin in office hours and are over in them."""
    for scene in DAY:
        ends_at = scene.begins_at + sum(step.after for step in scene.steps[1:])
        assert OPENS <= scene.begins_at < ends_at < CLOSES, scene.about


def test_hurried_messages_arrive_all_and_in_another_order() -> None:
    """Each once; at least one after another that was written later."""
    for step in (step for scene in DAY for step in scene.steps if isinstance(step, Hurries)):
        assert sorted(step.arrivals) == list(range(len(step.contents)))
        assert overtaken(step.arrivals) > 0


@pytest.mark.parametrize(
    ("arrivals", "late"), [((0, 1, 2), 0), ((1, 2, 0), 1), ((2, 0, 1), 2), ((2, 1, 0), 2), ((), 0)]
)
def test_messages_that_were_overtaken_are_counted(arrivals: tuple[int, ...], late: int) -> None:
    """A message is late if one written after it came before it."""
    assert overtaken(arrivals) == late


def test_the_day_s_clock_goes_from_opening_to_closing() -> None:
    """Half a minute of ours is ten hours of the clinic's."""
    moment = 100.0
    clock = DayClock(seconds=30, began=100.0, monotonic=lambda: moment)
    assert clock.face == "08:00"
    moment = 115.0
    assert clock.face == "13:00"
    moment = 130.0
    assert clock.face == "18:00"


def test_repeating_a_day_repeats_no_id() -> None:
    """The same contacts, new messages."""
    first = [message.id for scene in DAY for message in written(scene)]
    second = [message.id for scene in DAY for message in written(scene)]
    assert len({*first, *second}) == len(first) + len(second)
