"""Contacts from the cache; and everything from it against the database, whatever workers do."""

import random
from typing import Any

import pytest
from redis.asyncio import Redis

from services.queue_worker.relay import Relay
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.events.cached import patient_key
from tests.integration.api.cache.conftest import LIST, Instance
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_contact, add_conversation, insert
from tests.integration.api.test_monitoring import metric
from tests.integration.queue_worker import test_every_event as every_event
from tests.integration.queue_worker.working import take_in_webhooks, work


async def test_a_contact_that_was_read_is_kept_under_its_documented_key(
    one: Instance, other: Instance, owner: Owner, redis: Redis, statements: list[Any]
) -> None:
    """Asked for again it costs the database nothing, in any process, and is the same to the letter and the `ETag`."""
    contact = add_contact(owner)
    insert(owner, "contact_identities", clinic_id=1, kind="phone", value="5511", contact_id=contact["id"])
    path = f"/api/contacts/{contact['id']}"
    first = await one.as_user().get(path)
    await other.as_user().get("/api/auth/me")
    statements.clear()
    again = [await instance.as_user().get(path) for instance in (one, other, one)]
    assert statements == []
    assert {(answer.content, answer.headers["ETag"]) for answer in again} == {(first.content, '"1"')}
    assert (one.counts("patient_data"), other.counts("patient_data")) == ((2, 1), (1, 0))
    assert 590 < await redis.ttl(patient_key(contact["id"])) <= 600


async def test_another_clinics_contact_is_kept_from_it(one: Instance, owner: Owner) -> None:
    """A 404 whatever is at hand, and nobody waits for a reading of which nothing is kept."""
    path = f"/api/contacts/{add_contact(owner)['id']}"
    waited = await metric(Caller(one.api), "api_cache_waits_in_vain_total")
    for _ in range(3):
        (await one.as_user().get(path)).ok()
        (await one.as_user("carla@outra.test").get(path)).problem(404)
        (await one.as_user().get("/api/contacts/999999")).problem(404)
        (await one.as_user().get("/api/contacts/nobody")).problem(404)
    assert await metric(Caller(one.api), "api_cache_waits_in_vain_total") == waited


async def test_who_corrects_a_contact_sees_it_whichever_process_is_asked_next(
    one: Instance, other: Instance, owner: Owner
) -> None:
    """Also where there is no conversation that would be told of."""
    alone, patient = add_contact(owner), add_contact(owner)
    add_conversation(owner, contact_id=patient["id"])
    for contact in (alone, patient):
        path = f"/api/contacts/{contact['id']}"
        for number, (writer, reader) in enumerate([(one, other), (other, one)]):
            (await reader.as_user().get(path)).ok()
            (await writer.as_user().call("PATCH", path, json={"name": f"Maria {number}"})).ok()
            for instance in (reader, writer):
                assert (await instance.as_user().get(path)).ok()["contact"]["name"] == f"Maria {number}"


async def test_whoever_is_being_erased_is_found_by_no_address_any_more(
    one: Instance, other: Instance, owner: Owner
) -> None:
    """As soon as it is asked for, whichever process is asked; what is still there of them shows no address."""
    contact = add_contact(owner)
    insert(owner, "contact_identities", clinic_id=1, kind="phone", value="5511955550009", contact_id=contact["id"])
    conversation = add_conversation(owner, contact_id=contact["id"], external_id="wa-5511955550009")
    found, by_id, person = f"{LIST}/wa-5511955550009", f"{LIST}/{conversation['id']}", f"/api/contacts/{contact['id']}"
    for instance in (one, other):
        for path in (LIST, found, by_id, person):
            assert b"5511955550009" in (await instance.as_user().get(path)).content

    admin = one.as_user("adm@demo.test")
    (await admin.call("POST", f"{person}/erasure", json={"reason": "pedido da titular"})).ok()

    for instance in (one, other):
        (await instance.as_user().get(found)).problem(404)
        for path in (LIST, by_id, person):
            answer = await instance.as_user().get(path)
            answer.ok()
            assert b"5511955550009" not in answer.content


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_workers_do_the_cache_says_what_the_database_says(
    one: Instance, api: Any, owner: Owner, worker_pool: Pool, redis: Redis, seed: int
) -> None:
    """Once it is relayed: lists, conversations and contacts, of people who are met, renamed and found to be one."""
    chance = random.Random(seed)
    relay = Relay(worker_pool, redis, Wakeup(), longest_sleep=1)
    plain, cached = Caller(api, one.token_of("ana@demo.test")), one.as_user()
    paths = {LIST}
    webhooks = every_event.story(chance)
    chance.shuffle(webhooks)
    for webhook in webhooks:
        await take_in_webhooks(worker_pool, [webhook])
        await work(worker_pool)
        while await relay.relay_once():
            pass
        paths |= {f"{LIST}/{row['id']}" for row in owner.execute("SELECT id FROM conversations")}
        paths |= {f"/api/contacts/{row['id']}" for row in owner.execute("SELECT id FROM contacts")}
        for path in sorted(paths):
            kept, read = await cached.get(path), await plain.get(path)
            assert kept.status == read.status, path
            assert read.status != 200 or kept.body == read.body, path
    assert one.counts("conversation_details")[0] > 0
    assert one.counts("patient_data")[0] > 0
