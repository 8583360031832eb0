"""What a desk shows of all conversations at once, and changes of many."""

from collections.abc import Callable
from typing import Any

from psycopg.rows import DictRow

from services.api.models.desk import Counts, Fates
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, add_conversation
from tests.integration.api.test_transferring import NOTHING, PATH, effects, give, told

Statements = list[tuple[Any, Any]]


async def bulk(caller: Caller, ids: Any, **changes: Any) -> Answer:
    return await caller.post(f"{PATH}/bulk", {"ids": [str(one) for one in ids], "changes": changes})


async def test_counts_are_of_the_active_ones(
    ana: Caller, bruno: Caller, carla: Caller, owner: Owner, id_of: Callable[[str], str], statements: Statements
) -> None:
    """In one statement; whose they are depends on who asks, and another clinic's count for nothing."""
    anas = int(id_of("ana"))
    add_conversation(owner, unread_count=3)
    add_conversation(owner, assigned_to=anas)
    add_conversation(owner, assigned_to=anas, unread_count=1)
    add_conversation(owner, assigned_to=anas, unread_count=1, status="archived")
    add_conversation(owner, status="archived")
    add_conversation(owner, clinic_id=2, unread_count=9)
    statements.clear()
    counts = (await ana.get(f"{PATH}/counts")).ok(Counts)
    assert len(statements) == 1
    assert counts == {"unread": 2, "unassigned": 1, "mine": 2, "by_status": {"active": 3, "archived": 2}}
    assert (await bruno.get(f"{PATH}/counts")).ok(Counts) == {**counts, "mine": 0}
    theirs = {"unread": 1, "unassigned": 1, "mine": 0, "by_status": {"active": 1, "archived": 0}}
    assert (await carla.get(f"{PATH}/counts")).ok(Counts) == theirs


async def test_each_conversation_has_its_own_fate(
    ana: Caller, owner: Owner, conversation: DictRow, id_of: Callable[[str], str]
) -> None:
    """What is somebody else's, another clinic's or nowhere is refused; the others are changed, audited and told of."""
    bruno = id_of("bruno")
    brunos, anas = add_conversation(owner), add_conversation(owner, assigned_to=int(id_of("ana")), status="archived")
    give(owner, brunos, bruno)
    theirs = add_conversation(owner, clinic_id=2)
    ids = [conversation["external_id"], brunos["id"], theirs["id"], "nothing", anas["id"]]

    answer = (await bulk(ana, ids, assigned_to=id_of("ana"), priority="high")).ok(Fates)

    fates = answer["results"]
    assert [fate["id"] for fate in fates] == [str(one) for one in ids]
    assert [(fate["status"], fate["changed"]) for fate in fates] == [
        (200, True),
        (409, False),
        (404, False),
        (404, False),
        (200, True),
    ]
    assert (fates[1]["problem"]["code"], fates[1]["problem"]["assigned_to"]["id"]) == ("stale_assignment", bruno)
    assert fates[2]["problem"] == fates[3]["problem"]
    assert [fate["conversation"]["priority"] for fate in (fates[0], fates[4])] == ["high", "high"]
    rows = owner.execute("SELECT id, priority FROM conversations WHERE priority = 'high' ORDER BY id").fetchall()
    assert [row["id"] for row in rows] == sorted([conversation["id"], anas["id"]])
    assert effects(owner) == {"conversation_actions": 3, "audit_log": 2, "outbox": 5, "message_queue": 0}
    changed = [event for event in told(owner) if event["type"] == "conversation:list:updated"]
    assert {event["data"]["conversationId"] for event in changed} == {str(conversation["id"]), str(anas["id"])}


async def test_asked_again_nothing_changes(ana: Caller, sofia: Caller, owner: Owner) -> None:
    """Where the answer was lost the request can be repeated; one that is named twice is changed once."""
    ids = [add_conversation(owner)["id"] for _ in range(3)]
    first = (await bulk(ana, [*ids, ids[0]], status="archived")).ok(Fates)["results"]
    assert [fate["changed"] for fate in first] == [True, True, True, False]
    before = effects(owner)
    again = (await bulk(sofia, ids, status="archived")).ok(Fates)["results"]
    assert [(fate["status"], fate["changed"]) for fate in again] == [(200, False)] * 3
    assert effects(owner) == before


async def test_an_unusable_request_changes_nothing(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """Too many, none, or no change: a 400 with the field's path, before anything is decided."""
    one = str(conversation["id"])
    for body, path in (
        ({"ids": [one] * 101, "changes": {"status": "archived"}}, "ids"),
        ({"ids": [], "changes": {"status": "archived"}}, "ids"),
        ({"ids": [1], "changes": {"status": "archived"}}, "ids.0"),
        ({"ids": [one, "a\0"], "changes": {"status": "archived"}}, "ids.1"),
        ({"ids": [one], "changes": {}}, "changes"),
        ({"ids": [one], "changes": {"status": "gone"}}, "changes.status"),
        ({"ids": [one], "changes": {"status": "archived", "unread_count": 0}}, "changes.unread_count"),
        ({"ids": [one]}, "changes"),
    ):
        [error] = (await ana.post(f"{PATH}/bulk", body)).problem(400)["errors"]
        assert error["path"] == path, body
    assert effects(owner) == NOTHING


async def test_a_hundred_are_taken(ana: Caller, owner: Owner) -> None:
    """As many as a page that somebody has looked through."""
    owner.execute(
        """
        INSERT INTO contacts (clinic_id, name) SELECT 1, 'Contato ' || n FROM generate_series(1, 100) n;
        INSERT INTO conversations (clinic_id, contact_id) SELECT 1, id FROM contacts WHERE name LIKE 'Contato %'
        """
    )
    ids = [row["id"] for row in owner.execute("SELECT id FROM conversations WHERE clinic_id = 1").fetchall()]
    fates = (await bulk(ana, ids[:100], status="archived")).ok(Fates)["results"]
    assert [fate["changed"] for fate in fates] == [True] * 100
