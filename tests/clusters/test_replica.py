"""Reads of the API from a Postgres replica that follows, is behind, is away, or is none any more."""

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import REGISTRY
from psycopg.rows import DictRow

from services.api import replica as replica_module
from shared.db.pool import Pool
from shared.events.cached import conversations_key, detail_key
from tests.integration.api.cache.conftest import LIST, Instance, Instances
from tests.integration.api.cache.witness import Witness, effect_of_a_worker
from tests.integration.api.factories import Owner, add_conversation, source_id
from tests.postgres_replica import PostgresReplica
from tests.proxy import Proxy, open_proxy
from tests.waiting import until

ROUNDS = 10
# Long enough for a replica beside which all other tests run.
PATIENT_MS, IMPATIENT_MS = 5_000.0, 100.0

pytestmark = [pytest.mark.timeout(120), pytest.mark.usefixtures("patient")]


@pytest.fixture
def conversation(owner: Owner) -> DictRow:
    return add_conversation(owner, source_id=source_id(owner, "demo-wa"), external_id="5511965860124551150391104")


def reads(outcome: str) -> float:
    return REGISTRY.get_sample_value("api_replica_reads_total", {"outcome": outcome}) or 0.0


async def looked_at(instance: Instance, conversation: DictRow) -> list[Any]:
    """Whatever may be read from the replica, asked for once."""
    own, contact = f"{LIST}/{conversation['id']}", f"/api/contacts/{conversation['contact_id']}"
    paths = [
        f"{LIST}?status=active",
        f"{LIST}?q=1",
        own,
        f"{own}/messages",
        f"{own}/actions",
        "/api/contacts",
        "/api/contacts?q=1",
        contact,
        f"{contact}/conversations",
        "/api/search?q=1",
    ]
    return [(await instance.as_user().get(path)).ok() for path in paths]


async def test_reads_come_from_the_replica_and_show_what_was_written_before(
    replica: PostgresReplica, database_url: str, instance_of: Instances, conversation: DictRow, worker_pool: Pool
) -> None:
    """Each list and each detail, of whichever process, has what the API or a worker had committed when it was asked for;
    and it is the replica that has it.
    """
    settings = {"database_replica_url": replica.of(database_url), "database_replica_patience_ms": PATIENT_MS}
    one, other = await instance_of(**settings), await instance_of(**settings)
    witness = Witness(conversation["id"], (one, other))
    before, elsewhere = reads("replica"), reads("behind") + reads("failed") + reads("left_alone")
    await looked_at(one, conversation)
    (await one.as_user().get(f"{LIST}/987654321/messages")).problem(404)
    assert reads("replica") >= before + 11  # what is made ready ahead is read there, too

    for _ in range(ROUNDS):
        await witness.send(one)
        await witness.look_everywhere()
        await a_worker_tells(witness, worker_pool)
        await witness.look_everywhere()
        page = (await other.as_user().get(f"{LIST}/{conversation['id']}/messages")).ok()
        assert str(witness.told) in {message["content"] for message in page["messages"]}
    assert (witness.lies, witness.failures) == ([], [])
    assert reads("behind") + reads("failed") + reads("left_alone") == elsewhere


async def test_a_replica_that_is_behind_is_not_believed_and_nothing_of_it_is_kept(
    replica: PostgresReplica, database_url: str, instance_of: Instances, conversation: DictRow, worker_pool: Pool
) -> None:
    """While it applies nothing reads are the primary's, and so is what the cache keeps; once it follows they are its own."""
    settings = {"database_replica_url": replica.of(database_url), "database_replica_patience_ms": IMPATIENT_MS}
    one, other = await instance_of(**settings), await instance_of(**settings)
    witness = Witness(conversation["id"], (one, other))
    await witness.send(one)
    replica.pause()
    behind = reads("behind")

    for _ in range(ROUNDS):
        await witness.send(one)
        await witness.look_everywhere()
        await a_worker_tells(witness, worker_pool)
        await witness.look_everywhere()
    assert (witness.lies, witness.failures) == ([], [])
    assert reads("behind") > behind

    replica.resume()
    await until(lambda: answered_by_the_replica(one, conversation), within=40, what="reads from the replica again")
    await witness.look_everywhere()
    assert (witness.lies, witness.failures) == ([], [])


async def test_a_session_that_was_ended_is_over_though_the_replica_does_not_know(
    replica: PostgresReplica, database_url: str, instance_of: Instances, conversation: DictRow, owner: Owner
) -> None:
    """Who may ask is the primary's to say."""
    one = await instance_of(
        database_replica_url=replica.of(database_url),
        database_replica_patience_ms=IMPATIENT_MS,
        prosa_cache_enabled=False,
        ready=False,
    )
    (await one.as_user().get(LIST)).ok()
    replica.pause()
    owner.execute("UPDATE users SET active = false WHERE email = 'ana@demo.test'")

    (await one.as_user().get(LIST)).problem(401)


@pytest.mark.parametrize("fault", [Proxy.refuse, Proxy.hold], ids=["away", "frozen"])
async def test_a_replica_that_does_not_answer_is_done_without(
    replica: PostgresReplica,
    database_url: str,
    instance_of: Instances,
    conversation: DictRow,
    fault: Callable[[Proxy], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything is answered, after a few tries without losing time on it; when it is back it is read from again."""
    monkeypatch.setattr(replica_module, "ANSWERS_WITHIN_SECONDS", 0.1)
    async with open_proxy(replica.of(database_url)) as proxy:
        one = await instance_of(
            database_replica_url=proxy.url,
            database_replica_patience_ms=IMPATIENT_MS,
            prosa_cache_enabled=False,
            ready=False,
        )
        await until(lambda: answered_by_the_replica(one, conversation), within=40, what="reads from the replica")
        failed, left_alone = reads("failed"), reads("left_alone")
        fault(proxy)

        for _ in range(2):
            await looked_at(one, conversation)

        assert reads("failed") > failed
        assert reads("left_alone") > left_alone
        ready = await one.api.get("/readyz")
        assert (ready.status, (await ready.json())["checks"]["replica"][:8]) == (200, "degraded")
        proxy.resume()
        await until(lambda: answered_by_the_replica(one, conversation), within=40, what="reads from the replica again")


async def test_a_server_that_follows_nobody_is_not_read_from(
    database_url: str, instance_of: Instances, conversation: DictRow
) -> None:
    """Nor is one that was promoted: how far it has come says nothing about what the primary has."""
    one = await instance_of(
        database_replica_url=database_url,
        database_replica_patience_ms=PATIENT_MS,
        prosa_cache_enabled=False,
        ready=False,
    )
    behind = reads("behind")

    assert not await answered_by_the_replica(one, conversation)

    assert reads("behind") == behind + 1


async def a_worker_tells(witness: Witness, pool: Pool) -> None:
    """A message comes in, and is told of once what it made stale is no longer believed: in the relay's order."""
    number = witness.next()
    await effect_of_a_worker(pool, witness.conversation_id, number)
    await witness.instances[0].cache.drop([conversations_key(1), detail_key(str(witness.conversation_id))])
    witness.tell(number)


async def answered_by_the_replica(instance: Instance, conversation: DictRow) -> bool:
    before = reads("replica")
    (await instance.as_user().get(f"{LIST}/{conversation['id']}/messages")).ok()
    return reads("replica") > before
