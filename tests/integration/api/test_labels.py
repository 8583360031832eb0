"""The clinic's labels: kept by supervisors, put on conversations by everybody."""

import asyncio
from typing import Any

import pytest
from psycopg.rows import DictRow

from services.api.models.conversations import ConversationDetail, ConversationList
from services.api.models.labels import ChangedLabel, LabelAnswer, Labelled, LabelList
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, add_conversation, count, insert
from tests.integration.api.test_transferring import NOTHING, PATH, effects, told

LABELS = "/api/labels"
Statements = list[tuple[Any, Any]]


@pytest.fixture
def label(owner: Owner) -> DictRow:
    return insert(owner, "labels", clinic_id=1, name="Convênio", colour="#00ff00")


async def add(caller: Caller, name: str, colour: str = "#FF0000") -> Answer:
    return await caller.post(LABELS, {"name": name, "colour": colour})


async def change(caller: Caller, label: str, version: int | None = None, **body: Any) -> Answer:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await caller.call("PATCH", f"{LABELS}/{label}", json=body, headers=headers)


async def put_on(caller: Caller, conversation: Any, label: Any) -> Answer:
    return await caller.call("PUT", f"{PATH}/{conversation}/labels/{label}")


async def take_off(caller: Caller, conversation: Any, label: Any) -> Answer:
    return await caller.call("DELETE", f"{PATH}/{conversation}/labels/{label}")


async def test_each_change_of_a_label_is_audited_and_told(sofia: Caller, ana: Caller, owner: Owner) -> None:
    """Made, changed and deleted: agents see it at once, everybody of the clinic is told, and each row says what it was."""
    made = (await add(sofia, " Retorno ")).ok(LabelAnswer, 201)["label"]
    assert (made["name"], made["colour"]) == ("Retorno", "#ff0000")
    assert (await ana.get(LABELS)).ok(LabelList) == {"labels": [made], "next_cursor": None}
    (await change(sofia, made["id"], 1, colour="#000000")).ok(ChangedLabel)
    assert not (await change(sofia, made["id"], 2, colour="#000000")).ok(ChangedLabel)["changed"]
    assert (await change(sofia, made["id"], 1, name="x")).problem(412)["label"]["version"] == 2
    assert (await sofia.call("DELETE", f"{LABELS}/{made['id']}", headers={"If-Match": '"1"'})).status == 412
    assert (await sofia.call("DELETE", f"{LABELS}/{made['id']}")).status == 204
    (await ana.get(f"{LABELS}/{made['id']}")).problem(404)

    assert [(event["type"], event["data"]["eventType"], event["data"]["version"]) for event in told(owner)] == [
        ("desk:updated", "new", 1),
        ("desk:updated", "updated", 2),
        ("desk:updated", "deleted", 3),
    ]
    audited = owner.execute(
        "SELECT action, data FROM audit_log WHERE action <> 'conversation.read' ORDER BY id"
    ).fetchall()
    assert [row["action"] for row in audited] == ["label.created", "label.changed", "label.deleted"]
    assert audited[1]["data"] == {"before": {"colour": "#ff0000"}, "after": {"colour": "#000000"}, "version": 2}


async def test_a_name_is_one_labels_only(sofia: Caller, owner: Owner, label: DictRow) -> None:
    """Whatever its capitals and accents, also of several at once; in another clinic it is free."""
    other = (await add(sofia, "Retorno")).ok(LabelAnswer, 201)["label"]
    for refused in (await add(sofia, "CONVENIO"), await change(sofia, other["id"], name="convênio")):
        problem = refused.problem(409)
        assert (problem["code"], problem["errors"][0]["path"]) == ("name_taken", "name")
    insert(owner, "labels", clinic_id=2, name="Exame", colour="#000000")
    answers = await asyncio.gather(*(add(sofia, name) for name in ("Exame", "exame", "EXAME")))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]


async def test_labels_come_by_name_page_by_page(sofia: Caller, ana: Caller) -> None:
    """Each on one page, whatever is added before."""
    for name in ("óculos", "Alta", "Retorno", "exame"):
        (await add(sofia, name)).ok(LabelAnswer, 201)
    first = (await ana.get(LABELS, limit=2)).ok(LabelList)
    (await add(sofia, "AAA")).ok(LabelAnswer, 201)
    second = (await ana.get(LABELS, limit=2, cursor=first["next_cursor"])).ok(LabelList)
    assert [label["name"] for label in first["labels"] + second["labels"]] == ["Alta", "exame", "óculos", "Retorno"]
    assert second["next_cursor"] is None
    assert (await ana.get(LABELS, cursor="CA")).problem(400)["errors"][0]["path"] == "cursor"


async def test_agents_put_labels_on_and_take_them_off(
    ana: Caller, owner: Owner, conversation: DictRow, label: DictRow
) -> None:
    """The conversation and its timeline show it, who looks is told, and what is so already is no change."""
    shown = (await put_on(ana, conversation["external_id"], label["id"])).ok(Labelled)["conversation"]
    assert (shown["label_ids"], shown["version"]) == ([str(label["id"])], 2)
    assert not (await put_on(ana, conversation["id"], label["id"])).ok(Labelled)["changed"]
    detail = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert detail["conversation"] == shown
    [action] = detail["actions"]
    assert (action["action_type"], action["action_data"]["by"]["name"]) == ("label_added", "Ana Souza")
    named = {"id": str(label["id"]), "name": "Convênio", "colour": "#00ff00"}
    assert action["action_data"]["label"] == named
    events = told(owner)
    assert [(event["type"], event["channel"], event["data"]["version"]) for event in events] == [
        ("conversation:updated", f"conversa:{conversation['id']}", 2),
        ("conversation:list:updated", "empresa:1", 2),
    ]
    assert events[0]["data"]["action"] == action

    off = (await take_off(ana, conversation["id"], label["id"])).ok(Labelled)
    assert (off["changed"], off["conversation"]["label_ids"], off["conversation"]["version"]) == (True, [], 3)
    assert not (await take_off(ana, conversation["id"], label["id"])).ok(Labelled)["changed"]
    assert effects(owner) == {**NOTHING, "conversation_actions": 2, "audit_log": 2, "outbox": 4}
    audited = owner.execute(
        "SELECT action, data FROM audit_log WHERE action <> 'conversation.read' ORDER BY id"
    ).fetchall()
    assert [row["action"] for row in audited] == ["conversation.label_added", "conversation.label_removed"]
    assert audited[0]["data"] == {"label": named, "version": 2}


async def test_ten_at_once_put_it_on_once(ana: Caller, owner: Owner, conversation: DictRow, label: DictRow) -> None:
    """One of them changed something, and the timeline has one line."""
    answers = await asyncio.gather(*(put_on(ana, conversation["id"], label["id"]) for _ in range(10)))
    assert sum(answer.ok(Labelled)["changed"] for answer in answers) == 1
    assert effects(owner) == {**NOTHING, "conversation_actions": 1, "audit_log": 1, "outbox": 2}


async def test_the_list_is_narrowed_to_a_label_in_two_statements(
    ana: Caller, owner: Owner, conversation: DictRow, label: DictRow, statements: Statements
) -> None:
    """With the total, beside other filters, and every conversation with all its labels."""
    other = insert(owner, "labels", clinic_id=1, name="Exame", colour="#0000ff")
    second = add_conversation(owner, status="archived")
    add_conversation(owner)
    for which, labels in ((conversation, (label, other)), (second, (label,))):
        for one in labels:
            (await put_on(ana, which["id"], one["id"])).ok(Labelled)
    statements.clear()
    page = (await ana.get(PATH, label=str(label["id"]), limit=1)).ok(ConversationList)
    assert (len(statements), page["total"]) == (2, 2)
    after = (await ana.get(PATH, label=str(label["id"]), cursor=page["next_cursor"])).ok(ConversationList)
    assert {row["id"]: row["label_ids"] for row in page["conversations"] + after["conversations"]} == {
        str(conversation["id"]): [str(label["id"]), str(other["id"])],
        str(second["id"]): [str(label["id"])],
    }
    active = (await ana.get(PATH, label=str(label["id"]), status="active")).ok(ConversationList)
    assert [row["id"] for row in active["conversations"]] == [str(conversation["id"])]
    assert (await ana.get(PATH, label="999999")).ok(ConversationList)["total"] == 0


async def test_a_deleted_label_is_on_nothing(
    sofia: Caller, ana: Caller, owner: Owner, conversation: DictRow, label: DictRow
) -> None:
    """It is taken off at once; what the timeline says of it stays."""
    (await put_on(ana, conversation["id"], label["id"])).ok(Labelled)
    assert (await sofia.call("DELETE", f"{LABELS}/{label['id']}")).status == 204
    detail = (await ana.get(f"{PATH}/{conversation['id']}")).ok(ConversationDetail)
    assert detail["conversation"]["label_ids"] == []
    assert detail["actions"][0]["action_data"]["label"]["name"] == "Convênio"
    assert (count(owner, "conversation_labels"), (await put_on(ana, conversation["id"], label["id"])).status) == (
        0,
        404,
    )


async def test_another_clinics_labels_and_conversations_are_not_there(
    sofia: Caller, ana: Caller, carla: Caller, owner: Owner, conversation: DictRow, label: DictRow
) -> None:
    """The same 404 as for what is nowhere, from either side; nor does the list tell that there is such a label."""
    theirs = insert(owner, "labels", clinic_id=2, name="Deles", colour="#000000")
    nowhere = (await put_on(ana, conversation["id"], "999999")).problem(404)
    for change_of in (put_on, take_off):
        assert (await change_of(ana, conversation["id"], theirs["id"])).problem(404) == nowhere
        (await change_of(carla, conversation["id"], theirs["id"])).problem(404)
        (await change_of(carla, conversation["id"], label["id"])).problem(404)
    (await sofia.call("DELETE", f"{LABELS}/{theirs['id']}")).problem(404)
    (await change(sofia, str(theirs["id"]), name="x")).problem(404)
    assert [row["name"] for row in (await carla.get(LABELS)).ok(LabelList)["labels"]] == ["Deles"]
    assert (await carla.get(PATH, label=str(label["id"]))).ok(ConversationList)["total"] == 0
    assert effects(owner) == NOTHING


async def test_agents_change_no_labels(ana: Caller, oper: Caller, owner: Owner, label: DictRow) -> None:
    """What all work with is for supervisors and admins to change: a 403 that names the right."""
    for caller in (ana, oper):
        for answer in (
            await add(caller, "x"),
            await change(caller, str(label["id"]), name="y"),
            await caller.call("DELETE", f"{LABELS}/{label['id']}"),
        ):
            assert answer.problem(403)["right"] == "arrange"
    assert effects(owner) == NOTHING


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"colour": "#000000"}, "name"),
    ({"name": " ", "colour": "#000000"}, "name"),
    ({"name": "a\0", "colour": "#000000"}, "name"),
    ({"name": "a\nb", "colour": "#000000"}, "name"),
    ({"name": "x" * 51, "colour": "#000000"}, "name"),
    ({"name": "x", "colour": "red"}, "colour"),
    ({"name": "x", "colour": "#12345g"}, "colour"),
    ({"name": "x", "colour": "#000000\n"}, "colour"),
    ({"name": "x"}, "colour"),
    ({"name": "x", "colour": "#000000", "id": "3"}, "id"),
]


async def test_an_unusable_label_names_what_is_wrong(sofia: Caller, owner: Owner, label: DictRow) -> None:
    """A 400 with the field's path."""
    for body, path in UNUSABLE:
        [error] = (await sofia.post(LABELS, body)).problem(400)["errors"]
        assert error["path"] == path, body
    for body, path in (({}, ""), ({"name": None}, "name"), ({"colour": ""}, "colour")):
        [error] = (await change(sofia, str(label["id"]), **body)).problem(400)["errors"]
        assert error["path"] == path
    assert effects(owner) == NOTHING
