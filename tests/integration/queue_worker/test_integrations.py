"""What other systems call things, and what they do to numbers, must not hurt patients."""

import json

import pytest

from shared.db.pool import Pool
from tests.factories import evolution_message, n8n_action, n8n_message
from tests.integration.queue_worker.queue_rows import Owner, dead
from tests.integration.queue_worker.working import conversations, messages, outbox, process, take_in, work

N8N = {"source_id": 2, "kind": "n8n"}


async def test_anothers_conversation_number_does_not_join_two_patients(owner: Owner, worker_pool: Pool) -> None:
    """A system that counts its conversations from 1 names one of ours by chance: the phone number decides."""
    await process(worker_pool, n8n_message("sou a A", phone="5511911110001", contact_name="A"), **N8N)
    [ours] = conversations(owner)
    theirs = n8n_message("sou a B", phone="5511911110002", contact_name="B", conversation_id=str(ours["id"]))
    await process(worker_pool, theirs, **N8N)
    await process(worker_pool, evolution_message("B2", phone="5511911110002"))

    assert (conversations(owner)[0]["name"], conversations(owner)[0]["phone"]) == ("A", "5511911110001")
    in_ours = [message["content"] for message in messages(owner) if message["conversation_id"] == ours["id"]]
    assert in_ours == ["sou a A"]
    assert len(conversations(owner)) == 2


@pytest.mark.parametrize("literal", ["5.511965860124551e+24", "5511965860124551000000000.0"])
async def test_an_id_that_lost_digits_on_its_way_is_refused(owner: Owner, worker_pool: Pool, literal: str) -> None:
    """JavaScript makes one float of many long ids: two patients' conversations would be one."""
    body = json.dumps(n8n_message(phone=None, conversation_id="THE ID")).replace('"THE ID"', literal)
    await process(worker_pool, body.encode(), **N8N)

    [entry] = dead(owner)
    assert "conversation_id is a number that cannot be read exactly" in entry["error_message"]
    assert conversations(owner) == []


async def test_numbers_beyond_64_bits_reach_agents_exactly(owner: Owner, worker_pool: Pool) -> None:
    """An integration's own data may hold any integer; it is no reason to lose the action."""
    await process(worker_pool, n8n_action(action_data={"a": 123456789012345678901234567890}), **N8N)

    assert dead(owner) == []
    told = [entry["event"]["data"].get("action") for entry in outbox(owner)]
    assert any(action and action["action_data"] == {"a": 123456789012345678901234567890} for action in told)


async def test_a_dead_letter_keeps_the_bytes_as_they_came(owner: Owner, worker_pool: Pool) -> None:
    """Doubled keys, their order and the spelling of numbers may be what explains the failure."""
    body = b'{"event":"messages.upsert", "event":"x" ,"instance":"demo-wa","data":{"n":1.50}}'
    await take_in(worker_pool, body)
    await work(worker_pool)

    [entry] = dead(owner)
    assert bytes(entry["raw"]) == body
    assert entry["payload"] == {"event": "x", "instance": "demo-wa", "data": {"n": 1.5}}
