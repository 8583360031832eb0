"""What an operator takes out of the queue."""

import pytest
from psycopg.types.json import Jsonb

from services.queue_worker import claims
from services.queue_worker.operating.stopping import stop
from shared.db.pool import Pool
from tests.integration.queue_worker.queue_rows import Owner, dead, enqueue, queued
from tests.integration.queue_worker.working import message


@pytest.mark.parametrize(
    ("posted", "reason", "code"), [(False, "exhausted", "stopped"), (True, "unknown_outcome", "outcome_unknown")]
)
async def test_a_stopped_reply_is_failed_and_says_whether_it_may_have_arrived(
    owner: Owner, worker_pool: Pool, posted: bool, reason: str, code: str
) -> None:
    """One that was handed over and never answered is of unknown outcome: nobody sends it again without being told."""
    contact = owner.execute("INSERT INTO contacts (clinic_id, name) VALUES (1, 'x') RETURNING id").fetchone()
    assert contact is not None
    owner.execute("INSERT INTO conversations (id, clinic_id, contact_id) VALUES (7, 1, %s)", [contact["id"]])
    owner.execute(
        "INSERT INTO messages (id, clinic_id, conversation_id, sender_type, content, delivery_status, source_id, posted_at)"
        " VALUES (9, 1, 7, 'professional', 'oi', 'pending', 1, CASE WHEN %s THEN now() END)",
        [posted],
    )
    payload = {"message_id": "9", "conversation_id": "7"}
    killed = Jsonb({"by": "Oper", "reason": "travada"})
    enqueue(owner, payload, message_type="send.text", ordering_key="conversation:7", killed=killed)

    [claimed] = await claims.claim_killed(worker_pool, 10, 30.0)
    await stop(worker_pool, claimed)

    assert [(entry["reason"], entry["state"]) for entry in dead(owner)] == [(reason, "dead")]
    assert (message(owner)["delivery_status"], message(owner)["metadata"]["failure"]["code"]) == ("failed", code)
    assert queued(owner) == []
