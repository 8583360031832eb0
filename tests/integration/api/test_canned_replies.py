"""Canned replies: kept by supervisors, found by agents, rendered for a conversation."""

import asyncio
from typing import Any

from psycopg.rows import DictRow

from services.api.models.canned_replies import (
    CannedReplyAnswer,
    CannedReplyList,
    ChangedCannedReply,
    RenderedReply,
)
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, count, insert
from tests.integration.api.test_transferring import NOTHING, effects, told

PATH = "/api/canned-replies"
TEXT = "Olá, {{contact.first_name}}! Aqui é {{agent.name}}, da {{clinic.name}}."


async def add(caller: Caller, shortcut: str = "jejum", content: str = TEXT) -> Answer:
    return await caller.post(PATH, {"shortcut": shortcut, "content": content})


async def change(caller: Caller, reply: str, version: int | None = None, **body: Any) -> Answer:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await caller.call("PATCH", f"{PATH}/{reply}", json=body, headers=headers)


async def shortcuts(caller: Caller, **query: Any) -> list[str]:
    page = (await caller.get(PATH, **query)).ok(CannedReplyList)
    return [reply["shortcut"] for reply in page["canned_replies"]]


async def test_each_change_is_audited_and_told(sofia: Caller, ana: Caller, owner: Owner) -> None:
    """Made, changed and deleted: agents see it at once, everybody of the clinic is told, and each row says what it was."""
    made = (await add(sofia)).ok(CannedReplyAnswer, 201)["canned_reply"]
    assert (await ana.get(f"{PATH}/{made['id']}")).ok(CannedReplyAnswer)["canned_reply"] == made
    changed = (await change(sofia, made["id"], 1, content="Venha em jejum")).ok(ChangedCannedReply)
    assert (changed["changed"], changed["canned_reply"]["version"]) == (True, 2)
    gone = await sofia.call("DELETE", f"{PATH}/{made['id']}", headers={"If-Match": '"2"'})
    assert gone.status == 204
    (await ana.get(f"{PATH}/{made['id']}")).problem(404)

    events = told(owner)
    assert {(event["type"], event["channel"], event["data"]["id"]) for event in events} == {
        ("desk:updated", "empresa:1", made["id"])
    }
    assert [(event["data"]["eventType"], event["data"]["version"]) for event in events] == [
        ("new", 1),
        ("updated", 2),
        ("deleted", 3),
    ]
    audited = owner.execute(
        "SELECT action, data FROM audit_log WHERE action <> 'conversation.read' ORDER BY id"
    ).fetchall()
    assert [row["action"] for row in audited] == [
        "canned_reply.created",
        "canned_reply.changed",
        "canned_reply.deleted",
    ]
    assert audited[1]["data"] == {"before": {"content": TEXT}, "after": {"content": "Venha em jejum"}, "version": 2}


async def test_what_is_so_already_is_no_change(sofia: Caller, owner: Owner) -> None:
    """Asked twice, nobody is told twice."""
    made = (await add(sofia)).ok(CannedReplyAnswer, 201)["canned_reply"]
    before = effects(owner)
    assert not (await change(sofia, made["id"], content=TEXT)).ok(ChangedCannedReply)["changed"]
    assert effects(owner) == before


async def test_nobody_overwrites_or_deletes_what_they_have_not_seen(sofia: Caller, owner: Owner) -> None:
    """A version that is not the newest is a 412 with what is there now."""
    made = (await add(sofia)).ok(CannedReplyAnswer, 201)["canned_reply"]
    await change(sofia, made["id"], 1, content="Venha em jejum")
    deleting = await sofia.call("DELETE", f"{PATH}/{made['id']}", headers={"If-Match": '"1"'})
    for refused in (await change(sofia, made["id"], 1, shortcut="outro"), deleting):
        problem = refused.problem(412)
        assert (problem["code"], problem["canned_reply"]["content"]) == ("stale", "Venha em jejum")
    assert count(owner, "canned_replies") == 1


async def test_a_shortcut_is_one_replys_only(sofia: Caller, owner: Owner) -> None:
    """Whatever its capitals and accents, when it is made and when it is changed; its own it may keep."""
    (await add(sofia, "Olá")).ok(CannedReplyAnswer, 201)
    other = (await add(sofia, "tchau")).ok(CannedReplyAnswer, 201)["canned_reply"]
    for refused in (await add(sofia, "OLA"), await change(sofia, other["id"], shortcut="olà")):
        problem = refused.problem(409)
        assert (problem["code"], problem["errors"][0]["path"]) == ("shortcut_taken", "shortcut")
    (await change(sofia, other["id"], shortcut="TCHAU")).ok(ChangedCannedReply)
    insert(owner, "canned_replies", clinic_id=2, shortcut="consulta", content="x")
    (await add(sofia, "consulta")).ok(CannedReplyAnswer, 201)


async def test_of_two_at_once_with_one_shortcut_one_is_made(sofia: Caller, owner: Owner) -> None:
    """The others are told that it is taken."""
    answers = await asyncio.gather(*(add(sofia, shortcut) for shortcut in ("Olá", "ola", "OLÁ", "olã")))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert effects(owner) == {**NOTHING, "audit_log": 1, "outbox": 1}


async def test_shortcuts_are_found_by_how_they_begin(sofia: Caller, ana: Caller) -> None:
    """In their order, capitals and accents or not, page by page; what means something in patterns means itself."""
    for shortcut in ("retorno", "Receita", "récibo", "jejum", "a%b", "a_c"):
        (await add(sofia, shortcut)).ok(CannedReplyAnswer, 201)
    assert await shortcuts(ana) == ["a%b", "a_c", "jejum", "Receita", "récibo", "retorno"]
    assert await shortcuts(ana, prefix="Réc") == ["Receita", "récibo"]
    assert await shortcuts(ana, prefix="ecei") == []
    assert await shortcuts(ana, prefix="a%") == ["a%b"]
    assert await shortcuts(ana, prefix="a_") == ["a_c"]

    first = (await ana.get(PATH, limit=4)).ok(CannedReplyList)
    (await add(sofia, "aaa")).ok(CannedReplyAnswer, 201)
    assert await shortcuts(ana, limit=4, cursor=first["next_cursor"]) == ["récibo", "retorno"]
    for odd in ("nothing", "AQAGYLNDZ7y-AAAAAAAAAAE", "é", "CA", "CP8"):
        answer = await ana.get(PATH, cursor=odd)
        if odd != "CA":  # which is where the list begins
            assert answer.problem(400)["errors"][0]["path"] == "cursor"


async def test_a_reply_is_rendered_for_who_asks_and_a_conversation(
    sofia: Caller, ana: Caller, owner: Owner, conversation: DictRow
) -> None:
    """By either name of the conversation, with the names as they are now; what there is not is empty and named."""
    made = (await add(sofia)).ok(CannedReplyAnswer, 201)["canned_reply"]
    path = f"{PATH}/{made['id']}/rendered"
    for reference in (conversation["id"], conversation["external_id"]):
        rendered = (await ana.get(path, conversation_id=str(reference))).ok(RenderedReply)
        assert rendered == {"content": "Olá, Maria! Aqui é Ana Souza, da Clínica Demo.", "missing": []}
    owner.execute("UPDATE contacts SET name = '5511965860124'")
    rendered = (await sofia.get(path, conversation_id=str(conversation["id"]))).ok(RenderedReply)
    assert rendered["content"].startswith("Olá, ! Aqui é Sofia")
    assert rendered["missing"] == ["contact.first_name"]


async def test_another_clinics_replies_and_conversations_are_not_there(
    sofia: Caller, ana: Caller, carla: Caller, owner: Owner, conversation: DictRow
) -> None:
    """The same 404 as for what is nowhere, from either side."""
    made = (await add(sofia)).ok(CannedReplyAnswer, 201)["canned_reply"]
    theirs = insert(owner, "canned_replies", clinic_id=2, shortcut="x", content="x")
    nowhere = (await carla.get(f"{PATH}/999999")).problem(404)
    assert (await carla.get(f"{PATH}/{made['id']}")).problem(404) == nowhere
    assert await shortcuts(carla) == ["x"]
    assert (await sofia.call("DELETE", f"{PATH}/{theirs['id']}")).problem(404) == nowhere
    rendered = await ana.get(f"{PATH}/{theirs['id']}/rendered", conversation_id=str(conversation["id"]))
    assert rendered.problem(404) == nowhere
    (await carla.get(f"{PATH}/{theirs['id']}/rendered", conversation_id=str(conversation["id"]))).problem(404)
    (await ana.get(f"{PATH}/{made['id']}/rendered", conversation_id="nothing")).problem(404)


async def test_agents_change_nothing(ana: Caller, oper: Caller, owner: Owner) -> None:
    """What all work with is for supervisors and admins to change: a 403 that names the right."""
    reply = insert(owner, "canned_replies", clinic_id=1, shortcut="x", content="x")
    for caller in (ana, oper):
        for answer in (
            await add(caller),
            await change(caller, str(reply["id"]), content="y"),
            await caller.call("DELETE", f"{PATH}/{reply['id']}"),
        ):
            assert answer.problem(403)["right"] == "arrange"
    assert effects(owner) == NOTHING


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"content": "x"}, "shortcut"),
    ({"shortcut": "", "content": "x"}, "shortcut"),
    ({"shortcut": "bom dia", "content": "x"}, "shortcut"),
    ({"shortcut": "/oi", "content": "x"}, "shortcut"),
    ({"shortcut": "a\0", "content": "x"}, "shortcut"),
    ({"shortcut": "a\u200b", "content": "x"}, "shortcut"),
    ({"shortcut": "x" * 51, "content": "x"}, "shortcut"),
    ({"shortcut": "x", "content": " "}, "content"),
    ({"shortcut": "x", "content": "Olá, {{contact.nome}}"}, "content"),
    ({"shortcut": "x", "content": "Olá, {{contact.name"}, "content"),
    ({"shortcut": "x", "content": "x" * 65_537}, "content"),
    ({"shortcut": "x", "content": "x", "version": 3}, "version"),
]


async def test_an_unusable_reply_names_what_is_wrong(sofia: Caller, owner: Owner) -> None:
    """A 400 with the field's path, which names the variable that is none."""
    for body, path in UNUSABLE:
        [error] = (await sofia.post(PATH, body)).problem(400)["errors"]
        assert error["path"] == path, body
    [error] = (await sofia.post(PATH, UNUSABLE[8][0])).problem(400)["errors"]
    assert "contact.nome" in error["message"]
    made = insert(owner, "canned_replies", clinic_id=1, shortcut="x", content="x")
    for body, path in (({}, ""), ({"content": None}, "content"), ({"content": "{{x}}"}, "content")):
        [error] = (await change(sofia, str(made["id"]), **body)).problem(400)["errors"]
        assert error["path"] == path
    assert effects(owner) == NOTHING
