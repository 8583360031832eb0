"""What a clinic deletes by itself: an admin says so, and is told first how much that is."""

from typing import Any
from uuid import uuid4

import pytest

from services.api.models import retention
from services.api.models.retention import CLASSES, ChangedRetention, Retention
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, add_contact, add_conversation, add_message, insert
from tests.integration.api.test_transferring import NOTHING, effects

PATH = "/api/retention"


async def change(caller: Caller, **body: Any) -> Answer:
    return await caller.call("PATCH", PATH, json=body)


def days_of(answer: Any) -> dict[str, int | None]:
    return {rule["class"]: rule["days"] for rule in answer["rules"]}


def age(owner: Owner, days: int) -> None:
    """Everything that there is becomes so old."""
    owner.execute("UPDATE messages SET \"timestamp\" = now() - %s * interval '1 day'", [days])
    owner.execute("UPDATE failed_messages SET dead_at = now() - %s * interval '1 day'", [days])


def old_things(owner: Owner) -> None:
    """Of clinic 1: three messages of 100 days, one with a file, two of them of nobody who is held, and a dead letter."""
    insert(owner, "media_files", clinic_id=1, sha256=b"x" * 32, size=1)
    for held in (False, True):
        contact = add_contact(owner)
        if held:
            owner.execute("UPDATE contacts SET held_at = now(), held_by = 'x' WHERE id = %s", [contact["id"]])
        conversation = add_conversation(owner, contact_id=contact["id"])
        message = add_message(owner, conversation)
        columns = {"clinic_id": 1, "message_id": message["id"], "file_name": "a", "state": "stored"}
        insert(owner, "message_attachments", **columns, sha256=b"x" * 32)
        if not held:
            add_message(owner, conversation)
            add_message(owner, conversation, delivery_status="pending", sender_type="professional")
    columns = {"clinic_id": 1, "message_type": "x", "error_message": "x", "error_class": "permanent"}
    insert(owner, "failed_messages", **columns, original_message_id=uuid4(), correlation_id=uuid4())
    age(owner, 100)


async def test_without_a_rule_everything_is_kept(adm: Caller) -> None:
    """Each class is shown, with the bounds of what can be said."""
    shown = (await adm.get(PATH)).ok(Retention)
    assert days_of(shown) == dict.fromkeys(CLASSES)
    assert (shown["fewest_days"], shown["most_days"]) == (7, 36_500)


async def test_a_rule_is_made_replaced_and_ended(adm: Caller, owner: Owner) -> None:
    """Each time by somebody, in the audit log; what is not named stays, and what is so already is no change."""
    (await change(adm, messages=365, reads=90)).ok(ChangedRetention)
    changed = (await change(adm, messages=30)).ok(ChangedRetention)
    assert (changed["changed"], changed["would_delete"]) == (True, None)
    assert days_of(changed) == {"messages": 30, "media": None, "dead_letters": None, "reads": 90}
    assert {rule["set_by"] for rule in changed["rules"] if rule["days"]} == {"Alice Duarte"}
    assert not (await change(adm, messages=30, media=None)).ok(ChangedRetention)["changed"]
    assert days_of((await change(adm, messages=None)).ok(ChangedRetention))["messages"] is None

    rows = owner.execute("SELECT action, data, actor_user_id IS NOT NULL AS who FROM audit_log ORDER BY id").fetchall()
    assert [(row["action"], row["data"], row["who"]) for row in rows] == [
        ("retention.set", {"class": "messages", "days": 365}, True),
        ("retention.set", {"class": "reads", "days": 90}, True),
        ("retention.set", {"class": "messages", "days": 30}, True),
        ("retention.ended", {"class": "messages"}, True),
    ]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"dry_run": True}, ""),
        ({"messages": 6}, "messages"),
        ({"media": 36_501}, "media"),
        ({"reads": "30"}, "reads"),
        ({"reads": True}, "reads"),
        ({"everything": 30}, "everything"),
    ],
)
async def test_what_is_no_rule_is_named(adm: Caller, owner: Owner, body: dict[str, Any], path: str) -> None:
    """Too few days too: a slip of the hand is not to empty a clinic."""
    [error] = (await change(adm, **body)).problem(400)["errors"]
    assert error["path"] == path
    assert effects(owner) == NOTHING


async def test_a_dry_run_says_how_much_would_go_and_changes_nothing(adm: Caller, owner: Owner) -> None:
    """Of nobody who is held, nothing that is not sent yet, and no dead letter while anybody is held."""
    old_things(owner)
    asked = {"messages": 99, "media": 99, "dead_letters": 99, "reads": None}
    found = (await change(adm, **asked, dry_run=True)).ok(ChangedRetention)
    assert [(older["class"], older["count"], older["or_more"]) for older in found["would_delete"]] == [
        ("messages", 2, False),
        ("media", 1, False),
        ("dead_letters", 0, False),
    ]
    assert (found["changed"], days_of(found)) == (False, dict.fromkeys(CLASSES))
    owner.execute("UPDATE contacts SET held_at = NULL, held_by = NULL")
    found = (await change(adm, **asked, dry_run=True)).ok(ChangedRetention)
    assert [older["count"] for older in found["would_delete"]] == [3, 2, 1]
    found = (await change(adm, messages=101, media=101, dead_letters=101, dry_run=True)).ok(ChangedRetention)
    assert [older["count"] for older in found["would_delete"]] == [0, 0, 0]
    assert effects(owner) == NOTHING


async def test_a_dry_run_stops_counting_where_it_is_much(
    adm: Caller, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that there is more."""
    monkeypatch.setattr("services.api.retention.MOST_COUNTED", 1)
    old_things(owner)
    [older] = (await change(adm, messages=99, dry_run=True)).ok(ChangedRetention)["would_delete"]
    assert (older["count"], older["or_more"]) == (1, True)
    assert retention.MOST_COUNTED > 1


async def test_nobody_but_an_admin_decides_what_goes(sofia: Caller, oper: Caller, ana: Caller, owner: Owner) -> None:
    """Nor sees it."""
    for caller in (sofia, oper, ana):
        assert (await caller.get(PATH)).problem(403)["right"] == "privacy"
        assert (await change(caller, messages=30, dry_run=True)).problem(403)["right"] == "privacy"
    assert effects(owner) == NOTHING
