"""What people decide about a conversation: whose, how urgent, open or archived."""

from collections.abc import Callable
from typing import Any

import pytest
from psycopg.rows import DictRow

from services.api.models.conversations import Changed, ConversationDetail
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, add_conversation, count
from tests.integration.api.test_transferring import NOTHING, PATH, effects, give, told


async def change(caller: Caller, conversation: Any, version: int | None = None, **body: Any) -> Answer:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await caller.call("PATCH", f"{PATH}/{conversation}", json=body, headers=headers)


async def test_everything_decided_at_once_is_one_version(
    ana: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """One row of the audit log, one line of the timeline each, and whom it is assigned to is called."""
    bruno = id_of("bruno")

    done = (await change(ana, conversation["id"], assigned_to=bruno, status="archived", priority="high")).ok(Changed)

    shown = done["conversation"]
    assert (shown["assigned_to"], shown["status"], shown["priority"], shown["version"]) == (
        bruno,
        "archived",
        "high",
        2,
    )
    detail = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert detail["conversation"] == shown
    assert {action["action_type"] for action in detail["actions"]} == {
        "conversation_assigned",
        "conversation_archived",
        "priority_changed",
    }
    events = told(owner)
    assert [(event["type"], event["channel"]) for event in events] == [
        *[("conversation:updated", f"conversa:{conversation['id']}")] * 3,
        ("conversation:list:updated", "empresa:1"),
        ("message_notification", f"atendente:{bruno}"),
    ]
    assert {event["data"]["version"] for event in events} == {2}
    assert events[4]["data"]["reason"] == "assigned"
    [audit] = owner.execute("SELECT action, data FROM audit_log WHERE action <> 'conversation.read'").fetchall()
    assert audit["action"] == "conversation.changed"
    assert audit["data"]["before"] == {"assigned_to": None, "status": "active", "priority": "normal"}


async def test_what_is_so_already_is_no_change(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """Asked twice, nobody is told twice."""
    again = (await change(ana, conversation["id"], status="active", priority="normal", assigned_to=None)).ok(Changed)
    assert (again["changed"], again["conversation"]["version"]) == (False, 1)
    assert effects(owner) == NOTHING


async def test_a_version_that_is_not_the_newest_is_shown_the_newest(
    ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Nobody overwrites what they have not seen, if they say what they have seen."""
    (await change(ana, conversation["id"], 1, priority="high")).ok(Changed)
    problem = (await change(ana, conversation["id"], 1, priority="low")).problem(412)
    assert (problem["code"], problem["version"], problem["conversation"]["priority"]) == ("stale", 2, "high")
    assert owner.execute("SELECT priority FROM conversations").fetchall() == [{"priority": "high"}]


async def test_agents_give_back_what_is_theirs(
    ana: Caller, bruno: Caller, sofia: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """Of somebody else's only supervisors, or who shows that they know whose it is; nobody is called by nobody."""
    give(owner, conversation, id_of("bruno"))
    refused = (await change(ana, conversation["id"], assigned_to=None)).problem(409)
    assert refused["assigned_to"] == {"id": id_of("bruno"), "name": "Bruno Lima"}
    assert effects(owner) == NOTHING
    (await change(bruno, conversation["id"], assigned_to=None)).ok(Changed)
    give(owner, conversation, id_of("bruno"))
    (await change(sofia, conversation["id"], assigned_to=None)).ok(Changed)
    give(owner, conversation, id_of("bruno"))
    (await change(ana, conversation["id"], 3, assigned_to=id_of("ana"))).ok(Changed)
    assert "message_notification" not in [event["type"] for event in told(owner)]


async def test_another_clinics_user_and_conversation_are_not_there(
    ana: Caller, carla: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """The same 404 as for what is nowhere."""
    missing = (await change(ana, conversation["id"], assigned_to="999999")).problem(404)
    assert missing == (await change(ana, conversation["id"], assigned_to=id_of("carla"))).problem(404)
    nowhere = (await change(carla, "999999", status="archived")).problem(404)
    for reference in (conversation["id"], conversation["external_id"]):
        assert (await change(carla, reference, 1, status="archived")).problem(404) == nowhere
    assert effects(owner) == NOTHING


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"status": None}, "status"),
        ({"status": "gone"}, "status"),
        ({"priority": None}, "priority"),
        ({"assigned_to": 7}, "assigned_to"),
        ({"unread_count": 0}, "unread_count"),
    ],
)
async def test_an_unusable_change_names_what_is_wrong(
    ana: Caller, conversation: DictRow, body: dict[str, Any], path: str
) -> None:
    """A 400 with the field's path, and one for a version that is none."""
    [error] = (await ana.call("PATCH", f"{PATH}/{conversation['id']}", json=body)).problem(400)["errors"]
    assert error["path"] == path
    odd = await ana.call("PATCH", f"{PATH}/{conversation['id']}", json={"status": "active"}, headers={"If-Match": "*"})
    odd.problem(400)


async def test_what_is_archived_is_opened_once(ana: Caller, owner: Owner) -> None:
    """And archived once: the timeline has one line for what was another afterwards."""
    archived = add_conversation(owner, status="archived")
    assert not (await change(ana, archived["id"], status="archived")).ok(Changed)["changed"]
    assert (await change(ana, archived["id"], status="active")).ok(Changed)["changed"]
    assert count(owner, "conversation_actions") == 1
