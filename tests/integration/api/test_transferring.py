"""Handing conversations over: who may, what is told, and that two at once are one."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import psycopg
import pytest
from psycopg.rows import DictRow

from services.api.models.conversations import ConversationDetail
from shared.events.conversation import Transferred
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, count
from tests.waiting import until

PATH = "/api/conversations-simple"


async def transfer(caller: Caller, conversation: Any, to: str, **more: Any) -> Answer:
    return await caller.post(f"{PATH}/{conversation}/transfer", {"to_user_id": to, **more})


def give(owner: Owner, conversation: DictRow, user_id: str) -> None:
    owner.execute("UPDATE conversations SET assigned_to = %s WHERE id = %s", [int(user_id), conversation["id"]])


def effects(owner: Owner) -> dict[str, int]:
    return {table: count(owner, table) for table in ("conversation_actions", "audit_log", "outbox", "message_queue")}


def told(owner: Owner) -> list[Any]:
    return [
        orjson.loads(row["event"])
        for row in owner.execute("SELECT event FROM outbox WHERE NOT starts_with(channel, 'contato:') ORDER BY id")
    ]


NOTHING = {"conversation_actions": 0, "audit_log": 0, "outbox": 0, "message_queue": 0}


async def test_a_transfer_changes_whose_it_is_and_tells_everybody(
    ana: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """The target's own channel, the conversation's and the clinic's; the timeline and the audit log have it too."""
    bruno, note = id_of("bruno"), "Paciente ansiosa, já pediu duas vezes."

    done = (await transfer(ana, conversation["external_id"], bruno, note=f" {note} ")).ok(Transferred)

    assert (done["transferred"], done["conversation"]["assigned_to"], done["conversation"]["version"]) == (
        True,
        bruno,
        2,
    )
    detail = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert detail["conversation"] == done["conversation"]
    assert detail["actions"] == [done["action"]]
    assert done["action"]["action_type"] == "conversation_transferred"
    assert done["action"]["action_data"]["note"] == note
    between = {"from_user": None, "to_user": {"id": bruno, "name": "Bruno Lima"}}
    assert between.items() <= done["action"]["action_data"].items()
    events = told(owner)
    assert [(event["type"], event["channel"]) for event in events] == [
        ("conversation:transferred", f"conversa:{conversation['id']}"),
        ("conversation:updated", f"conversa:{conversation['id']}"),
        ("conversation:transferred", "empresa:1"),
        ("conversation:list:updated", "empresa:1"),
        ("message_notification", f"atendente:{bruno}"),
    ]
    assert {event["data"]["version"] for event in events} == {2}
    assert between.items() <= events[2]["data"].items()
    assert events[4]["data"] | {"timestamp": ""} == {
        "reason": "transferred",
        "conversation_id": str(conversation["id"]),
        "contact_name": "Maria Silva",
        "from_user": {"id": id_of("ana"), "name": "Ana Souza"},
        "note": True,
        "timestamp": "",
        "version": 2,
    }
    [audit] = owner.execute("SELECT * FROM audit_log").fetchall()
    assert (audit["action"], audit["subject_id"]) == ("conversation.transferred", str(conversation["id"]))
    assert audit["actor_user_id"] == int(id_of("ana"))


async def test_a_note_stays_in_the_house(
    ana: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """Nothing is queued for Evolution, the note is told to nobody but who opens the conversation, nor kept for ever."""
    note = "não dizer ao paciente"
    (await transfer(ana, conversation["id"], id_of("bruno"), note=note)).ok()
    assert count(owner, "message_queue") == 0
    assert count(owner, "messages") == 0
    assert [event["type"] for event in told(owner) if note in orjson.dumps(event).decode()] == ["conversation:updated"]
    assert note not in str(owner.execute("SELECT * FROM audit_log").fetchall())


async def test_asking_again_tells_nobody_twice(
    ana: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """A client that did not get its answer repeats itself, expectation and all."""
    bruno = id_of("bruno")
    (await transfer(ana, conversation["id"], bruno, expected_assigned_to=None)).ok()
    before = effects(owner)

    again = (await transfer(ana, conversation["id"], bruno, expected_assigned_to=None)).ok(Transferred)

    assert (again["transferred"], again["action"], again["conversation"]["version"]) == (False, None, 2)
    assert effects(owner) == before


@pytest.mark.parametrize("expected", [None, "x", "999999", "ana"])
async def test_a_stale_expectation_is_told_whose_it_is(
    sofia: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str], expected: str | None
) -> None:
    """Nobody overwrites what they have not seen, not even with the right to move everything."""
    give(owner, conversation, id_of("bruno"))
    expected = id_of("ana") if expected == "ana" else expected

    refused = await transfer(sofia, conversation["id"], id_of("ana"), expected_assigned_to=expected)

    problem = refused.problem(409)
    assert (problem["code"], problem["version"]) == ("stale_assignment", 1)
    assert problem["assigned_to"] == {"id": id_of("bruno"), "name": "Bruno Lima"}
    assert effects(owner) == NOTHING


@pytest.mark.parametrize(
    ("who", "holder", "status"),
    [
        ("ana", None, 200),
        ("ana", "ana", 200),
        ("ana", "bruno", 409),
        ("oper", "bruno", 409),
        ("sofia", "bruno", 200),
    ],
)
async def test_without_an_expectation_agents_give_away_what_is_theirs(
    api: Any,
    token_of: Callable[..., str],
    owner: Owner,
    conversation: DictRow,
    id_of: Callable[[str], str],
    who: str,
    holder: str | None,
    status: int,
) -> None:
    """Theirs, or nobody's; supervisors anybody's."""
    if holder:
        give(owner, conversation, id_of(holder))
    answer = await transfer(Caller(api, token_of(f"{who}@demo.test")), conversation["id"], id_of("sofia"))
    assert answer.status == status, answer.content


async def test_the_role_is_the_one_they_have_now(
    sofia: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """A supervisor who is an agent since this morning moves nobody's conversations, whatever the token says."""
    give(owner, conversation, id_of("bruno"))
    owner.execute("UPDATE users SET role = 'agent' WHERE email = 'sofia@demo.test'")
    (await transfer(sofia, conversation["id"], id_of("ana"))).problem(409)


async def test_who_is_not_there_cannot_be_given_anything(
    ana: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """Another clinic's user, one who has left and one who never was look the same."""
    owner.execute("UPDATE users SET active = false WHERE email = 'bruno@demo.test'")
    missing = (await transfer(ana, conversation["id"], "999999")).problem(404)
    assert missing["code"] == "user_not_found"
    for user_id in (id_of("carla"), id_of("bruno"), "007", "ninguém"):
        assert (await transfer(ana, conversation["id"], user_id)).problem(404) == missing
    assert effects(owner) == NOTHING


async def test_another_clinics_conversation_is_not_there(
    carla: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """The same 404 as for one that is nowhere, also with a user of theirs or of ours."""
    nowhere = (await transfer(carla, "999999", id_of("carla"))).problem(404)
    for reference in (conversation["id"], conversation["external_id"]):
        for user_id in (id_of("carla"), id_of("ana")):
            assert (await transfer(carla, reference, user_id)).problem(404) == nowhere
    assert effects(owner) == NOTHING


async def test_an_archived_conversation_is_opened_again(
    ana: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """Whoever is handed something is to do something about it."""
    owner.execute("UPDATE conversations SET status = 'archived'")
    done = (await transfer(ana, conversation["id"], id_of("bruno"))).ok(Transferred)
    assert done["conversation"]["status"] == "active"
    assert told(owner)[1]["data"]["status"] == "active"


async def test_taking_what_is_nobodys_notifies_nobody(
    ana: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """Who does it knows it."""
    (await transfer(ana, conversation["id"], id_of("ana"))).ok()
    assert "message_notification" not in [event["type"] for event in told(owner)]


async def as_many_wait(owner: Owner, number: int) -> bool:
    row = owner.execute(
        "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    return row is not None and row["waiting"] == number


async def test_of_two_supervisors_at_once_one_wins(
    sofia: Caller, owner: Owner, database_url: str, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """The other is told who was faster; one transfer is in the timeline."""
    holders = [id_of("ana"), id_of("bruno")]
    with psycopg.connect(database_url) as busy:
        busy.execute("SELECT 1 FROM conversations FOR UPDATE")
        asked = [
            asyncio.create_task(transfer(sofia, conversation["id"], holder, expected_assigned_to=None))
            for holder in holders
        ]
        await until(lambda: as_many_wait(owner, 2), what="both wait for the conversation")
    answers = await asyncio.gather(*asked)
    [lost] = [answer for answer in answers if answer.status == 409]
    [won] = [answer for answer in answers if answer.status == 200]
    assert lost.problem(409)["assigned_to"]["id"] == won.body["conversation"]["assigned_to"]
    assert effects(owner) == {"conversation_actions": 1, "audit_log": 1, "outbox": 5, "message_queue": 0}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "to_user_id"),
        ({"to_user_id": 7}, "to_user_id"),
        ({"to_user_id": "1", "note": "x" * 2001}, "note"),
        ({"to_user_id": "1", "note": "\0"}, "note"),
        ({"to_user_id": "1", "expected_assigned_to": 7}, "expected_assigned_to"),
        ({"to_user_id": "1", "reason": "x"}, "reason"),
    ],
)
async def test_an_unusable_transfer_names_what_is_wrong(
    ana: Caller, conversation: DictRow, body: dict[str, Any], path: str
) -> None:
    """A 400 with the field's path."""
    [error] = (await ana.post(f"{PATH}/{conversation['id']}/transfer", body)).problem(400)["errors"]
    assert error["path"] == path
