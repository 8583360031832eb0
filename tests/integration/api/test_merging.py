"""Somebody says that two contacts are one person."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import DictRow
from redis.asyncio import Redis

from services.api.models.contacts import MergedContact
from services.api.resources import RESOURCES
from services.queue_worker.erasing.surroundings import Surroundings
from shared.auth.seal import DEVELOPMENT_KEY
from shared.db.pool import Pool
from shared.media.store import open_store
from tests.factories import evolution_message
from tests.integration.api.client import Answer, Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_contact, insert
from tests.integration.api.test_erasing import erase
from tests.integration.api.test_transferring import told
from tests.integration.queue_worker.working import process, take_in, work_to_the_end
from tests.waiting import until

pytestmark = pytest.mark.artificial_events

PATH, LIST = "/api/contacts", "/api/conversations-simple"
MARIA, HER_OTHER = "5511955550001", "5511955550002"


async def merge(caller: Caller, into: Any, gone: Any, version: int | None = None) -> Answer:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await caller.post(f"{PATH}/{into}/merge", {"contact_id": str(gone)}, headers=headers)


def said(provider_id: str, phone: str, at: float = 1, **fields: Any) -> dict[str, Any]:
    return evolution_message(provider_id, f"de {provider_id}", phone=phone, at=at, **fields)


def conversation_of(owner: Owner, phone: str) -> DictRow:
    [row] = owner.execute(
        "SELECT v.* FROM conversations v JOIN contacts c ON c.id = v.contact_id WHERE c.phone = %s", [phone]
    ).fetchall()
    return row


@pytest.fixture
async def two(owner: Owner, worker_pool: Pool) -> tuple[DictRow, DictRow]:
    """The conversations with one person under two numbers."""
    await process(worker_pool, said("A", MARIA, 1, name="Maria"), said("C", MARIA, 3, name="Maria"))
    await process(worker_pool, said("B", HER_OTHER, 2, name="Maria do trabalho"))
    owner.execute("DELETE FROM outbox")
    return conversation_of(owner, MARIA), conversation_of(owner, HER_OTHER)


async def test_everything_of_the_other_becomes_the_contacts(
    sofia: Caller, owner: Owner, worker_pool: Pool, two: tuple[DictRow, DictRow]
) -> None:
    """Messages, notes, labels, actions, what waits to be sent; the old id leads on, and whoever writes is this one."""
    home, gone = two
    (await sofia.post(f"{LIST}/{gone['id']}/notes", {"content": "prefere à tarde"})).ok(status=201)
    label = insert(owner, "labels", clinic_id=1, name="Retorno", colour="#00ff00")
    (await sofia.call("PUT", f"{LIST}/{gone['id']}/labels/{label['id']}")).ok()
    (await sofia.post(f"{LIST}/{gone['id']}/actions", {"action_type": "x", "action_data": {}})).ok(status=201)
    (await sofia.send(gone["id"], content="Bom dia")).ok(status=201)

    answer = (await merge(sofia, home["contact_id"], gone["contact_id"])).ok(MergedContact)

    assert (answer["merged"], answer["contact"]["phone"]) == (True, MARIA)
    detail = (await sofia.get(f"{LIST}/{gone['id']}")).ok()
    assert detail["conversation"]["id"] == str(home["id"])
    assert detail["conversation"]["label_ids"] == [str(label["id"])]
    contents = [message["content"] for message in detail["messages"]]
    assert contents == ["de A", "de B", "de C", "prefere à tarde", "Bom dia"]
    assert detail["conversation"]["last_message"] == "Bom dia"
    assert "x" in {action["action_type"] for action in detail["actions"]}
    [lane] = owner.execute("SELECT ordering_key FROM message_queue WHERE message_type = 'send.text'").fetchall()
    assert lane["ordering_key"] == f"conversation:{home['id']}"
    (await sofia.get(f"{PATH}/{gone['contact_id']}")).problem(404)

    await process(worker_pool, said("D", HER_OTHER, 9))
    messages = (await sofia.get(f"{LIST}/{home['id']}")).ok()["messages"]
    assert "de D" in {message["content"] for message in messages}
    assert [row["id"] for row in owner.execute("SELECT id FROM conversations").fetchall()] == [home["id"]]


async def test_a_merge_is_written_down_with_its_author_and_told(
    sofia: Caller, owner: Owner, id_of: Any, two: tuple[DictRow, DictRow]
) -> None:
    """Who looks at the one that is gone is sent on, and the clinic's list has it no more."""
    home, gone = two
    (await merge(sofia, home["contact_id"], gone["contact_id"])).ok()
    [entry] = owner.execute("SELECT * FROM audit_log WHERE action = 'contact.merged'").fetchall()
    assert (str(entry["actor_user_id"]), entry["subject_id"]) == (id_of("sofia"), str(home["contact_id"]))
    assert entry["data"] == {"contact": str(gone["contact_id"]), "conversation": str(gone["id"])}
    events = [(event["type"], event["target"], event["data"]) for event in told(owner)]
    sent_on = [data for kind, target, data in events if (kind, target) == ("conversation:updated", "conversa")]
    assert {(data["conversation_id"], data["merged_into"]) for data in sent_on} == {
        (str(gone["id"]), str(home["id"])),
        (str(home["id"]), str(home["id"])),
    }
    listed = [data for kind, _, data in events if kind == "conversation:list:updated"]
    assert {(data["conversationId"], data["eventType"]) for data in listed} == {
        (str(gone["id"]), "deleted"),
        (str(home["id"]), "updated"),
    }
    [now] = owner.execute("SELECT version FROM conversations").fetchall()
    assert {data["version"] for data in listed if data["eventType"] == "updated"} == {now["version"]}


async def test_a_conversation_that_is_the_only_one_changes_hands(
    sofia: Caller, owner: Owner, two: tuple[DictRow, DictRow]
) -> None:
    """Where the contact has none it gets the other's, which keeps its id; where the other has none nothing moves."""
    _, other = two
    silent = add_contact(owner, name="Maria Nova")
    (await merge(sofia, silent["id"], other["contact_id"])).ok(MergedContact)
    assert (await sofia.get(f"{PATH}/{silent['id']}/conversations")).ok()["conversations"][0]["id"] == str(other["id"])
    another = add_contact(owner, name="Mais uma")
    assert (await merge(sofia, silent["id"], another["id"])).ok(MergedContact)["merged"]
    assert (await sofia.get(f"{PATH}/{silent['id']}")).ok()["conversation_count"] == 1


async def test_twice_is_once(sofia: Caller, owner: Owner, two: tuple[DictRow, DictRow]) -> None:
    """Asked again, nothing changes; and what went into it cannot take it in turn."""
    home, gone = (row["contact_id"] for row in two)
    (await merge(sofia, home, gone)).ok()
    before = [
        owner.execute(f"SELECT * FROM {table}").fetchall() for table in ("contacts", "conversations", "audit_log")
    ]
    assert (await merge(sofia, home, gone)).ok(MergedContact)["merged"] is False
    told_so = (await merge(sofia, gone, home)).problem(409)
    assert (told_so["code"], told_so["merged_into"]) == ("merged", str(home))
    third = add_contact(owner)["id"]
    assert (await merge(sofia, third, gone)).problem(409)["merged_into"] == str(home)
    owner.execute("DELETE FROM contacts WHERE id = %s", [third])
    after = [owner.execute(f"SELECT * FROM {table}").fetchall() for table in ("contacts", "conversations", "audit_log")]
    assert after == before


@pytest.mark.parametrize("attempt", range(3))
async def test_two_who_merge_crosswise_at_once(
    sofia: Caller, adm: Caller, owner: Owner, two: tuple[DictRow, DictRow], attempt: int
) -> None:
    """A into B and B into A: one wins, the other is told into which, nobody waits in a ring and nothing is lost."""
    one, other = (row["contact_id"] for row in two)
    answers = await asyncio.gather(merge(sofia, one, other), merge(adm, other, one))
    assert sorted(answer.status for answer in answers) == [200, 409]
    [left] = owner.execute("SELECT id FROM contacts").fetchall()
    assert next(answer for answer in answers if answer.status == 409).body["merged_into"] == str(left["id"])
    assert len(owner.execute("SELECT 1 FROM messages").fetchall()) == 3
    assert len(owner.execute("SELECT 1 FROM audit_log WHERE action = 'contact.merged'").fetchall()) == 1


async def test_two_who_merge_the_same_at_once(sofia: Caller, adm: Caller, two: tuple[DictRow, DictRow]) -> None:
    """One does it, the other hears that it is done."""
    one, other = (row["contact_id"] for row in two)
    answers = await asyncio.gather(merge(sofia, one, other), merge(adm, one, other))
    assert sorted(answer.ok(MergedContact)["merged"] for answer in answers) == [False, True]


async def test_merging_while_both_write_and_are_renamed_loses_nothing(
    sofia: Caller, ana: Caller, owner: Owner, worker_pool: Pool, two: tuple[DictRow, DictRow]
) -> None:
    """Workers, agents and the merge at once: everything said is in the one conversation, and its counters are right."""
    home, gone = two
    bodies = [
        said(f"N{number}", (MARIA, HER_OTHER)[number % 2], 10 + number, name=f"M{number}") for number in range(40)
    ]

    async def write() -> None:
        for body in bodies:
            await process(worker_pool, body)

    async def rename() -> None:
        for number in range(10):
            for row in (home, gone):
                answer = await ana.call("PATCH", f"{PATH}/{row['contact_id']}", json={"name": f"Maria {number}"})
                assert answer.status in (200, 404)

    writing = asyncio.create_task(write())
    await until(lambda: len(owner.execute("SELECT 1 FROM messages").fetchall()) > 5)
    merged, _ = await asyncio.gather(merge(sofia, home["contact_id"], gone["contact_id"]), rename())
    merged.ok(MergedContact)
    await writing
    await work_to_the_end(worker_pool, owner)
    rows = owner.execute("SELECT DISTINCT conversation_id FROM messages").fetchall()
    assert rows == [{"conversation_id": home["id"]}]
    assert len(owner.execute("SELECT 1 FROM messages").fetchall()) == 43
    [shown] = owner.execute("SELECT unread_count FROM conversations").fetchall()
    assert shown["unread_count"] == 43
    assert owner.execute("SELECT 1 FROM failed_messages").fetchall() == []


@pytest.mark.parametrize("held", ["contact", "other"])
async def test_a_hold_on_either_stays(sofia: Caller, adm: Caller, two: tuple[DictRow, DictRow], held: str) -> None:
    """The one who remains is held, and cannot be erased."""
    home, gone = (row["contact_id"] for row in two)
    (await adm.post(f"{PATH}/{home if held == 'contact' else gone}/hold", {"reason": "processo"})).ok()
    (await merge(sofia, home, gone)).ok()
    assert (await adm.post(f"{PATH}/{home}/erasure", {"reason": "pedido"})).problem(409)["code"] == "held"


async def test_erasing_a_merged_person_erases_what_came_of_the_other(
    sofia: Caller,
    adm: Caller,
    owner: Owner,
    worker_pool: Pool,
    redis: Redis,
    tmp_path: Path,
    two: tuple[DictRow, DictRow],
) -> None:
    """Both one's words and addresses, also in an event of the other's that waits."""
    home, gone = (row["contact_id"] for row in two)
    (await merge(sofia, home, gone)).ok()
    await take_in(worker_pool, said("W", HER_OTHER))
    (await adm.post(f"{PATH}/{home}/erasure", {"reason": "pedido"})).ok()
    await erase(worker_pool, Surroundings(open_store(f"file:{tmp_path}"), redis, [DEVELOPMENT_KEY]))
    for table in (
        "contacts",
        "contact_identities",
        "conversations",
        "conversation_merges",
        "messages",
        "message_queue",
    ):
        assert owner.execute(f"SELECT 1 FROM {table}").fetchall() == [], table


async def test_who_is_being_erased_is_not_merged(sofia: Caller, adm: Caller, two: tuple[DictRow, DictRow]) -> None:
    """Neither into another nor another into them: what would be erased is decided already."""
    one, other = (row["contact_id"] for row in two)
    (await adm.post(f"{PATH}/{one}/erasure", {"reason": "pedido"})).ok()
    for into, gone in ((one, other), (other, one)):
        assert (await merge(sofia, into, gone)).problem(409)["code"] == "being_erased"


async def test_what_cannot_be_merged_is_said(
    sofia: Caller, ana: Caller, owner: Owner, two: tuple[DictRow, DictRow]
) -> None:
    """With itself, with nobody, with another clinic's, by an agent, or by who has not seen the contact as it is."""
    one, other = (row["contact_id"] for row in two)
    theirs = add_contact(owner, 2)["id"]
    assert (await merge(sofia, one, one)).problem(400)["errors"][0]["path"] == "contact_id"
    for into, gone in ((one, theirs), (theirs, one), (one, "x"), ("x", one), (one, 999_999), (999_999, one)):
        (await merge(sofia, into, gone)).problem(404)
    assert (await merge(ana, one, other)).problem(403)["right"] == "merge_contacts"
    version = (await sofia.get(f"{PATH}/{one}")).ok()["contact"]["version"]
    assert (await merge(sofia, one, other, version + 1)).problem(412)["code"] == "stale"
    assert (await merge(sofia, one, other, version)).ok(MergedContact)["merged"]


async def test_who_merged_sees_it_at_once(
    serve: Serve, sofia: Caller, owner: Owner, two: tuple[DictRow, DictRow]
) -> None:
    """What was at hand of either contact, conversation or list is read anew."""
    home, gone = two
    paths = [LIST, *(f"{LIST}/{row['id']}" for row in two), *(f"{PATH}/{row['contact_id']}" for row in two)]
    async with serve(prosa_cache_enabled=True) as api:
        cache, caller = api.app[RESOURCES].cache, Caller(api, sofia.token)
        await until(lambda: cache.link.usable and api.app[RESOURCES].reading.ready, within=40)
        for path in paths * 2:
            (await caller.get(path)).ok()
        assert cache.statistics.hit_rate() > 0
        (await merge(caller, home["contact_id"], gone["contact_id"])).ok()
        assert (await caller.get(LIST)).ok()["total"] == 1
        for row in two:
            assert len((await caller.get(f"{LIST}/{row['id']}")).ok()["messages"]) == 3
        assert len((await caller.get(f"{PATH}/{home['contact_id']}")).ok()["identities"]) == 4
        (await caller.get(f"{PATH}/{gone['contact_id']}")).problem(404)
