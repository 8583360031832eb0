"""What happened around a conversation: read page by page, added to by hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.rows import DictRow

from services.api.models.actions import ActionList, AddedAction
from services.api.models.conversations import ConversationDetail
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, insert, source_id
from tests.integration.api.test_transferring import NOTHING, PATH, effects, told

APPOINTMENT = {"action_type": "appointment_created", "action_data": {"at": "2026-07-01T14:30", "room": 3}}
AT = datetime(2026, 7, 1, tzinfo=UTC)


async def add(caller: Caller, conversation: Any, **body: Any) -> Answer:
    return await caller.post(f"{PATH}/{conversation}/actions", body)


async def test_an_added_action_is_told_audited_and_shown(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """The detail has it as it was answered, who looks is told, and the audit log says who and not what."""
    action = (await add(ana, conversation["id"], **APPOINTMENT)).ok(AddedAction, 201)["action"]

    by = action["action_data"]["by"]
    assert (action["action_type"], by["name"]) == ("appointment_created", "Ana Souza")
    assert action["action_data"] == {**APPOINTMENT["action_data"], "by": by}  # type: ignore[dict-item]
    detail = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert (detail["actions"], detail["conversation"]["version"]) == ([action], 2)
    updated, entry = told(owner)
    assert (updated["type"], updated["channel"]) == ("conversation:updated", f"conversa:{conversation['id']}")
    assert updated["data"] == {"conversation_id": str(conversation["id"]), "version": 2, "action": action}
    assert (entry["type"], entry["data"]["version"]) == ("conversation:list:updated", 2)
    [audit] = owner.execute("SELECT action, data FROM audit_log").fetchall()
    assert audit["action"] == "conversation.action_added"
    assert audit["data"] == {"action_id": action["id"], "action_type": "appointment_created", "version": 2}


async def test_twenty_at_once_with_one_id_are_one_action(
    ana_of_many: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Each gets the same action, all but one are told that it was there, and a new name of its author is no other one."""
    body = {**APPOINTMENT, "client_action_id": "tab-1"}
    answers = await asyncio.gather(*(add(ana_of_many, conversation["id"], **body) for _ in range(20)))
    assert len({answer.ok(AddedAction, 201)["action"]["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 19
    once = {**NOTHING, "conversation_actions": 1, "audit_log": 1, "outbox": 2}
    assert effects(owner) == once

    owner.execute("UPDATE users SET name = 'Ana Lima' WHERE email = 'ana@demo.test'")
    assert "Idempotent-Replayed" in (await add(ana_of_many, conversation["id"], **body)).headers
    assert effects(owner) == once


async def test_an_id_of_another_action_is_refused(
    ana: Caller, bruno: Caller, owner: Owner, conversation: DictRow
) -> None:
    """One with other data, of another type, or a colleague's."""
    body = {**APPOINTMENT, "client_action_id": "tab-1"}
    (await add(ana, conversation["id"], **body)).ok(AddedAction, 201)
    for answer in (
        await add(ana, conversation["id"], **(body | {"action_data": {}})),
        await add(ana, conversation["id"], **(body | {"action_type": "appointment_changed"})),
        await add(bruno, conversation["id"], **body),
    ):
        assert answer.problem(409)["code"] == "client_action_id_taken"
    assert effects(owner)["conversation_actions"] == 1


async def test_a_clients_id_is_none_of_an_integrations(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """What an integration has recognised an event by says nothing of what a client asks for."""
    columns = {"clinic_id": 1, "conversation_id": conversation["id"], "action_type": "call", "dedupe_key": "x"}
    insert(owner, "conversation_actions", source_id=source_id(owner, "demo-wa"), **columns)
    (await add(ana, conversation["id"], **APPOINTMENT, client_action_id="x")).ok(AddedAction, 201)


async def test_every_action_is_on_one_page_once(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """Newest first, also where several happened at one moment, and while others come."""
    for number in range(7):
        insert(
            owner,
            "conversation_actions",
            clinic_id=1,
            conversation_id=conversation["id"],
            action_type=f"a{number}",
            created_at=AT + timedelta(hours=number // 3),
        )
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ana.get(f"{PATH}/{conversation['external_id']}/actions", limit=2, **cursor)).ok(ActionList)
        seen += [action["action_type"] for action in page["actions"]]
        (await add(ana, conversation["id"], action_type="later")).ok(AddedAction, 201)
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [f"a{number}" for number in reversed(range(7))]


async def test_another_lists_cursor_is_none_of_this(ana: Caller, conversation: DictRow) -> None:
    """It is told that it must begin again, not shown a wrong page."""
    [error] = (await ana.get(f"{PATH}/{conversation['id']}/actions", cursor="AQAGYLNDZ7y-AAAAAAAAAAE")).problem(400)[
        "errors"
    ]
    assert error["path"] == "cursor"


async def test_another_clinics_conversation_is_not_there(carla: Caller, owner: Owner, conversation: DictRow) -> None:
    """The same 404 as for what is nowhere, to read and to add."""
    nowhere = (await add(carla, "999999", **APPOINTMENT)).problem(404)
    assert (await add(carla, conversation["id"], **APPOINTMENT)).problem(404) == nowhere
    assert (await carla.get(f"{PATH}/{conversation['id']}/actions")).problem(404) == nowhere
    assert effects(owner) == NOTHING


def nested(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for _ in range(levels):
        data = {"a": [data]} if levels > 100 else {"a": data}
    return data


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({}, "action_type"),
    ({"action_type": ""}, "action_type"),
    ({"action_type": "Appointment"}, "action_type"),
    ({"action_type": "a" * 51}, "action_type"),
    ({"action_type": "a\n"}, "action_type"),
    ({"action_type": "conversation_transferred"}, "action_type"),
    ({"action_type": "a", "action_data": []}, "action_data"),
    ({"action_type": "a", "action_data": {"by": {"id": "2"}}}, "action_data"),
    ({"action_type": "a", "action_data": {"x": ["a\0b"]}}, "action_data"),
    ({"action_type": "a", "action_data": {"\ud800": 1}}, "action_data"),
    ({"action_type": "a", "action_data": {"x": "y" * 16_384}}, "action_data"),
    ({"action_type": "a", "action_data": nested(16)}, "action_data"),
    ({"action_type": "a", "action_data": nested(300)}, "action_data"),
    ({"action_type": "a", "client_action_id": ""}, "client_action_id"),
    ({"action_type": "a", "created_at": "2026-07-01"}, "created_at"),
]


async def test_an_unusable_action_names_what_is_wrong(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """A 400 with the field's path, and nothing was stored."""
    for body, path in UNUSABLE:
        [error] = (await add(ana, conversation["id"], **body)).problem(400)["errors"]
        assert error["path"] == path, body
    assert effects(owner) == NOTHING


async def test_data_of_any_shape_comes_back_as_it_was(ana: Caller, conversation: DictRow) -> None:
    """Numbers beyond 64 bits, depth, empty things and other people's letters."""
    data = {"n": 2**80, "f": 0.1, "e": [], "o": {}, "z": None, "í": ["🦷", True], **nested(15)}
    body = {"action_type": "a", "action_data": data, "client_action_id": "x"}
    first = (await add(ana, conversation["id"], **body)).ok(status=201)
    assert "Idempotent-Replayed" in (await add(ana, conversation["id"], **body)).headers
    assert {key: value for key, value in first["action"]["action_data"].items() if key != "by"} | {"n": 0} == {
        **data,
        "n": 0,
    }
