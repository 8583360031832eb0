"""What is kept where, for whom, and in which bounds."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.events.cached import conversations_key, detail_key
from tests.integration.api.cache.conftest import LIST, Instance, Instances
from tests.integration.api.cache.gates import slow_readings
from tests.integration.api.factories import Owner, add_contact, add_conversation, add_message, insert
from tests.waiting import until


async def test_what_was_read_is_in_memory_and_in_redis_under_the_documented_keys(
    one: Instance, other: Instance, owner: Owner, redis: Redis
) -> None:
    """The first question goes to the database, the second to memory, another process' to Redis."""
    conversation = add_conversation(owner)
    add_message(owner, conversation)
    ana = one.as_user()
    first = (await ana.get(LIST)).ok()
    assert (await ana.get(LIST)).ok() == first
    assert (await other.as_user("bruno@demo.test").get(LIST)).ok() == first
    assert one.counts() == (1, 1)
    assert other.counts() == (1, 0)
    path = f"{LIST}/{conversation['id']}"
    detail = (await ana.get(path)).ok()
    assert (await ana.get(path)).ok() == detail
    assert one.counts("conversation_details") == (1, 1)
    ana_id = detail_user(owner)
    kept = {"conversations:clinic:1", f"conversation:{conversation['id']}:detail", f"user:{ana_id}:session"}
    assert kept <= set(await redis.keys())
    assert 290 < await redis.ttl(conversations_key(1)) <= 300
    assert 110 < await redis.ttl(detail_key(conversation["id"])) <= 120
    assert 1790 < await redis.ttl(f"user:{ana_id}:session") <= 1800


def detail_user(owner: Owner) -> int:
    row = owner.execute("SELECT id FROM users WHERE email = 'ana@demo.test'").fetchone()
    assert row is not None
    return int(row["id"])


async def test_a_hit_asks_the_database_nothing(one: Instance, owner: Owner, statements: list[Any]) -> None:
    """A miss takes two statements for a list and four for a detail; a hit none, whoever of the clinic asks."""
    conversation = add_conversation(owner)
    add_message(owner, conversation)
    path = f"{LIST}/{conversation['id']}"
    for question, most in ((LIST, 2), (path, 4)):
        statements.clear()
        (await one.as_user().get(question)).ok()
        assert len(statements) <= most
    statements.clear()
    await one.as_user("bruno@demo.test").get(LIST)  # his session is looked for, in the round trip that begins it
    for question in (LIST, path):
        (await one.as_user().get(question)).ok()
        (await one.as_user("bruno@demo.test").get(question)).ok()
    assert statements == []


async def test_another_clinic_gets_nothing_of_what_is_kept(one: Instance, owner: Owner) -> None:
    """Not a conversation by its id or external id, not the list; nor does its 404 hide it from whose it is."""
    conversation = add_conversation(owner, external_id="paciente-7")
    ana, carla = one.as_user(), one.as_user("carla@outra.test")
    for name in (conversation["id"], "paciente-7"):
        for _ in range(3):
            (await carla.get(f"{LIST}/{name}")).problem(404)
            (await ana.get(f"{LIST}/{name}")).ok()
    assert (await ana.get(LIST)).ok()["total"] == 1
    for _ in range(2):
        assert (await carla.get(LIST)).ok()["total"] == 0


async def test_two_clinics_may_call_different_conversations_alike(one: Instance, owner: Owner) -> None:
    """An external id is the clinic's own word."""
    ours, theirs = add_conversation(owner, external_id="7-a"), add_conversation(owner, 2, external_id="7-a")
    for _ in range(3):
        for user, conversation in (("ana@demo.test", ours), ("carla@outra.test", theirs)):
            body = (await one.as_user(user).get(f"{LIST}/7-a")).ok()
            assert body["conversation"]["id"] == str(conversation["id"])
    assert one.counts("conversation_details")[0] > 0


async def test_every_filter_has_its_own_list(one: Instance, owner: Owner) -> None:
    """And `me` is whoever asks."""
    ana, bruno = one.as_user(), one.as_user("bruno@demo.test")
    mine = add_conversation(owner, assigned_to=detail_user(owner), priority="high")
    archived = add_conversation(owner, status="archived")
    for _ in range(2):
        shown = {
            "status=archived": [archived],
            "status=active": [mine],
            "priority=high": [mine],
            "assigned_to=me": [mine],
            "assigned_to=none": [archived],
        }
        for query, conversations in shown.items():
            found = (await ana.get(f"{LIST}?{query}")).ok()["conversations"]
            assert [entry["id"] for entry in found] == [str(one["id"]) for one in conversations], query
        assert (await bruno.get(f"{LIST}?assigned_to=me")).ok()["total"] == 0
        assert len((await ana.get(f"{LIST}?limit=1")).ok()["conversations"]) == 1


async def test_searches_and_later_pages_are_not_kept(one: Instance, owner: Owner, redis: Redis) -> None:
    """There is no end of them, and hardly anybody asks for the same one."""
    for _ in range(3):
        add_conversation(owner)
    cursor = (await one.as_user().get(LIST, limit=1)).ok()["next_cursor"]
    fields = await redis.hlen(conversations_key(1))
    for query in ("q=Contato", f"limit=1&cursor={cursor}"):
        for _ in range(2):
            (await one.as_user().get(f"{LIST}?{query}")).ok()
    assert await redis.hlen(conversations_key(1)) == fields


async def test_an_external_id_leads_to_the_entry_of_the_own_id(one: Instance, owner: Owner) -> None:
    """So an event that names the one makes the other new too."""
    conversation = add_conversation(owner, external_id="5511965860124551150391104")
    path = f"{LIST}/5511965860124551150391104"
    bodies = [(await one.as_user().get(path)).ok() for _ in range(4)]
    assert all(body == bodies[0] for body in bodies)
    hits, _ = one.counts("conversation_details")
    assert hits >= 3
    add_message(owner, conversation, content="nova")
    await one.cache.drop([detail_key(conversation["id"])])
    assert [m["content"] for m in (await one.as_user().get(path)).ok()["messages"]] == ["nova"]


async def test_a_conversation_that_was_merged_is_found_where_it_went(one: Instance, owner: Owner) -> None:
    """Its name was kept as one that leads to itself; then it leads on."""
    gone, home = add_conversation(owner, external_id="velho"), add_conversation(owner)
    for name in ("velho", gone["id"], home["id"]):
        for _ in range(2):
            (await one.as_user().get(f"{LIST}/{name}")).ok()
    insert(
        owner,
        "conversation_merges",
        clinic_id=1,
        from_conversation_id=gone["id"],
        from_external_id="velho",
        into_conversation_id=home["id"],
    )
    owner.execute("DELETE FROM conversations WHERE id = %s", [gone["id"]])
    await one.cache.drop([detail_key(gone["id"]), detail_key(home["id"]), conversations_key(1)])
    for name in ("velho", gone["id"], "velho", gone["id"]):
        assert (await one.as_user().get(f"{LIST}/{name}")).ok()["conversation"]["id"] == str(home["id"])


async def test_that_there_is_none_is_kept_until_the_clinics_lists_change(
    one: Instance, owner: Owner, statements: list[Any]
) -> None:
    """Asked for again and again it costs the database nothing; opened meanwhile under that name, it is found at once."""
    ana = one.as_user()
    for _ in range(3):
        (await ana.get(f"{LIST}/chegando")).problem(404)
    statements.clear()
    (await ana.get(f"{LIST}/chegando")).problem(404)
    assert statements == []
    add_conversation(owner, external_id="chegando")
    await one.cache.drop([conversations_key(1)])
    (await ana.get(f"{LIST}/chegando")).ok()


async def test_large_entries_are_compressed_in_redis(
    patient: None, instance_of: Instances, owner: Owner, redis: Redis
) -> None:
    """And come back as they were, in another process too."""
    conversation = add_conversation(owner)
    for _ in range(40):
        add_message(owner, conversation, content="bom dia, tudo bem? " * 20)
    one, other = await instance_of(), await instance_of()
    path = f"{LIST}/{conversation['id']}"
    answer = await one.as_user().get(path)
    assert (await other.as_user().get(path)).content == answer.content
    assert other.counts("conversation_details") == (1, 0)
    assert 0 < (await redis.memory_usage(detail_key(conversation["id"])) or 0) < len(answer.content) / 3


async def test_memory_keeps_its_bound(patient: None, instance_of: Instances, owner: Owner) -> None:
    """What it has no room for is still in Redis."""
    instance: Instance = await instance_of(prosa_cache_memory_bytes=60_000)
    conversations = [add_conversation(owner) for _ in range(30)]
    for conversation in conversations:
        add_message(owner, conversation, content="x" * 3000)
    for _ in range(2):
        for conversation in conversations:
            (await instance.as_user().get(f"{LIST}/{conversation['id']}")).ok()
            assert instance.cache.memory.bytes <= 60_000
    assert instance.cache.memory.evictions > 0
    assert instance.counts("conversation_details") == (30, 30)


async def test_a_thousand_who_ask_at_once_cost_one_reading(
    one: Instance, other: Instance, owner: Owner, monkeypatch: pytest.MonkeyPatch, statements: list[Any]
) -> None:
    """In one process they share it; another process waits a moment for it, and reads by itself where that is not enough."""
    add_conversation(owner)
    await asyncio.gather(one.as_user().get("/api/auth/me"), other.as_user().get("/api/auth/me"))
    async with slow_readings(monkeypatch, "list_page") as gate:
        asked = [asyncio.create_task(one.as_user().get(LIST)) for _ in range(100)]
        await gate.holds()
        await until(lambda: one.cache.statistics.summary()["user_sessions"]["totalRequests"] >= 100)
        elsewhere = asyncio.create_task(other.as_user().get(LIST))
        await gate.holds(2)
        gate.open()
        bodies = [(await answer).ok() for answer in (*asked, elsewhere)]
    assert all(body == bodies[0] for body in bodies)
    assert gate.passed == 2
    assert one.counts()[1] == 100


async def test_another_process_takes_what_the_first_one_reads(
    one: Instance, other: Instance, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the reading ends in time there is one, in all processes together."""
    contact = add_contact(owner)
    add_conversation(owner, contact_id=contact["id"])
    for kind in one.cache.patience, other.cache.patience:
        kind("conversations").took(10_000)
    async with slow_readings(monkeypatch, "list_page") as gate:
        asked = asyncio.create_task(one.as_user().get(LIST))
        await gate.holds()
        elsewhere = asyncio.create_task(other.as_user().get(LIST))
        await until(lambda: other.cache.waiting > 0)
        gate.open()
        assert (await asked).ok() == (await elsewhere).ok()
        assert gate.passed == 1
    assert other.counts() == (1, 0)
