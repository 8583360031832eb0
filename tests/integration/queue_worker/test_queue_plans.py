"""How Postgres finds what is in the queue: through the indexes made for it, whatever else is there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from services.queue_worker import backlog, claims, queue
from services.queue_worker.delivering import claiming
from shared.db.pool import service_conninfo
from tests.databases import new_database
from tests.integration.queue_worker.queue_rows import Owner, enqueue_many

SCHEDULED = 200_000
READY = 1_000
LATER = timedelta(days=1)


@pytest.fixture(scope="module")
def busy_database(postgres_url: str, template_database: str) -> Iterator[str]:
    """200,000 rows scheduled for later, older and more urgent than the 1,000 that are ready."""
    with new_database(postgres_url, template_database) as url:
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as owner:
            owner.execute("SET session_replication_role = replica")  # without looking up each row's clinic and source
            enqueue_many(
                owner, SCHEDULED, scheduled_at=datetime.now(UTC) + LATER, priority=9, since=timedelta(days=366)
            )
            owner.execute("RESET session_replication_role")
            enqueue_many(owner, READY)
            owner.execute("VACUUM ANALYZE message_queue")
        yield url


@pytest.fixture
def busy_queue(busy_database: str) -> Iterator[Owner]:
    """A transaction in the busy database; what a test does in it is rolled back."""
    with psycopg.connect(busy_database, autocommit=True, row_factory=dict_row) as owner:
        with owner.transaction(force_rollback=True):
            yield owner
        owner.execute(
            "VACUUM (INDEX_CLEANUP ON) message_queue"
        )  # of what was rolled back the indexes still have their entries


def plan_of(owner: Owner, statement: str, **values: Any) -> dict[str, Any]:
    """The plan of a statement as it ran."""
    row = owner.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}".encode(), values).fetchone()
    assert row is not None
    plan: dict[str, Any] = row["QUERY PLAN"][0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def indexes(plan: dict[str, Any]) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def sequential_scans(plan: dict[str, Any]) -> set[str]:
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


def pages(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def claim(candidates: str) -> str:
    return claims._CLAIM.format(candidates=candidates)


def test_the_claim_reads_a_few_pages_of_its_own_index(busy_queue: Owner) -> None:
    """200,000 rows scheduled for later, all of higher priority, cost a claim of ten rows nothing."""
    candidates = claims._READY

    plan = plan_of(busy_queue, candidates, limit=10)

    assert indexes(plan) == {"idx_message_queue_ready"}
    assert plan["Actual Rows"] == 10
    assert pages(plan) < 50


def test_the_whole_claim_touches_little_more_than_its_rows(busy_queue: Owner) -> None:
    """Locking, marking and joining ten rows reads pages in the order of ten, not of the table."""
    plan = plan_of(busy_queue, claim(claims._READY), limit=10, lease=30.0)

    assert "idx_message_queue_ready" in indexes(plan)
    assert sequential_scans(plan) <= {"sources", "clinics", "queue_pauses"}
    assert pages(plan) < 500


def test_the_suspects_claim_has_its_own_index(busy_queue: Owner) -> None:
    """Nobody looks through what is ready to find what is suspect."""
    busy_queue.execute("UPDATE message_queue SET suspect = true WHERE payload @> '{\"n\": 7}' AND scheduled_at IS NULL")

    plan = plan_of(busy_queue, claims._SUSPECTS, limit=1)

    assert indexes(plan) == {"idx_message_queue_suspect"}
    assert pages(plan) < 20


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
def test_the_prepared_claim_keeps_its_index(busy_queue: Owner, mode: str) -> None:
    """The claim is prepared once and its plan kept, when the limit is not known: that plan is good as well."""
    statement = claim(claims._READY).replace("%(limit)s", "$1").replace("%(lease)s", "$2")
    busy_queue.execute(f"SET LOCAL plan_cache_mode = {mode}".encode())
    busy_queue.execute(f"PREPARE claim (bigint, float8) AS {statement}".encode())

    plan = plan_of(busy_queue, "EXECUTE claim (10, 30)")

    assert "idx_message_queue_ready" in indexes(plan)
    assert "message_queue" not in sequential_scans(plan)


def test_a_claim_planned_while_the_queue_was_empty_does_not_scan_it_when_it_is_full(database_url: str) -> None:
    """The plan is kept for good by the connections of a worker that started with nothing to do."""
    statement = claim(claims._READY).replace("%(limit)s", "$1").replace("%(lease)s", "$2")
    with psycopg.connect(
        service_conninfo(database_url, "prosa_worker"), autocommit=True, row_factory=dict_row
    ) as worker:
        worker.execute("SET plan_cache_mode = force_generic_plan")
        worker.execute(f"PREPARE claim (bigint, float8) AS {statement}".encode())
        worker.execute("EXECUTE claim (10, 30)")
        with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as owner:
            enqueue_many(owner, READY)

        plan = plan_of(worker, "EXECUTE claim (10, 30)")

    assert plan["Actual Rows"] == 10
    assert "message_queue" not in sequential_scans(plan)


def test_a_completion_planned_while_the_queue_was_empty_does_not_read_it_when_it_is_full(database_url: str) -> None:
    """Each batch of a backlog would read all of it, until somebody analyses the table again."""
    statement = queue._COMPLETE.replace("%(ids)b", "$1").replace("%(claims)b", "$2")
    with (
        psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as owner,
        psycopg.connect(
            service_conninfo(database_url, "prosa_worker"), autocommit=True, row_factory=dict_row
        ) as worker,
    ):
        owner.execute("VACUUM ANALYZE message_queue")
        worker.execute(f"PREPARE complete (uuid[], integer[]) AS {statement}".encode())
        worker.execute("EXECUTE complete ('{}', '{}')")
        enqueue_many(owner, READY)
        owner.execute("UPDATE message_queue SET status = 'processing', locked_until = now() + interval '1 h'")
        [ids] = owner.execute(
            "SELECT array_agg(id)::text AS ids FROM (SELECT id FROM message_queue LIMIT 10) t"
        ).fetchall()

        plan = plan_of(worker, f"EXECUTE complete ('{ids['ids']}', array_fill(0, ARRAY[10]))")

    assert max(node["Actual Rows"] for node in nodes(plan)) == 10
    assert pages(plan) < 100


def test_promoting_does_not_look_at_what_is_not_due(busy_queue: Owner) -> None:
    """The documents' claim and every worker ask every second what is due: that is an index's first entry."""
    busy_queue.execute("SELECT promote_scheduled_messages()")  # plans it, which reads the catalogue

    plan = plan_of(busy_queue, "SELECT promote_scheduled_messages()")

    assert pages(plan) < 20


def test_the_documents_claim_is_as_cheap(busy_queue: Owner) -> None:
    """get_next_queue_message() reads pages in the order of its one row."""
    for _ in range(6):  # until its plans are kept
        busy_queue.execute("SELECT * FROM get_next_queue_message()")

    plan = plan_of(busy_queue, "SELECT * FROM get_next_queue_message()")

    assert plan["Actual Rows"] == 1
    assert pages(plan) < 100


def test_expired_leases_are_found_by_their_index(busy_queue: Owner) -> None:
    """Taking back looks at what is being worked, and only at what of it has expired."""
    busy_queue.execute(
        "UPDATE message_queue SET status = 'processing', locked_until = now() + interval '1 h' WHERE priority = 0"
    )
    busy_queue.execute("ANALYZE message_queue")
    expired = "SELECT id FROM message_queue WHERE status = 'processing' AND locked_until < statement_timestamp()"

    plan = plan_of(busy_queue, f"{expired} ORDER BY locked_until LIMIT 1000 FOR UPDATE SKIP LOCKED")

    assert indexes(plan) == {"idx_message_queue_leases"}
    assert pages(plan) < 20


def test_what_an_operator_stops_is_found_by_its_index(busy_queue: Owner) -> None:
    """Housekeeping looks for it every second, in whatever queue there is."""
    plan = plan_of(busy_queue, claims._KILLED, limit=100)

    assert indexes(plan) == {"idx_message_queue_killed"}
    assert pages(plan) < 5


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
def test_completion_goes_by_the_primary_key(busy_queue: Owner, mode: str) -> None:
    """Statistics of a moment when nothing was in hand make no completion read all that is, and all that was."""
    busy_queue.execute(
        "UPDATE message_queue SET status = 'processing', locked_until = now() + interval '1 h' WHERE priority = 0"
    )
    busy_queue.execute(f"SET LOCAL plan_cache_mode = {mode}".encode())
    statement = queue._COMPLETE.replace("%(ids)b", "$1").replace("%(claims)b", "$2")
    busy_queue.execute(f"PREPARE complete (uuid[], integer[]) AS {statement}".encode())
    [ids] = busy_queue.execute(
        "SELECT array_agg(id)::text AS ids FROM (SELECT id FROM message_queue WHERE priority = 0 LIMIT 10) AS ten"
    ).fetchall()

    plan = plan_of(busy_queue, f"EXECUTE complete ('{ids['ids']}', array_fill(0, ARRAY[10]))")

    assert indexes(plan) == {"message_queue_pkey"}
    assert sequential_scans(plan) == set()
    assert pages(plan) < 100


def test_heads_are_found_without_reading_the_rest_of_the_queue(busy_queue: Owner) -> None:
    """A hundred conversations with replies waiting, among 200,000 events: only the replies are read."""
    for key in range(100):
        enqueue_many(busy_queue, 5, ordering_key=f"conversation:{key}")
    busy_queue.execute("ANALYZE message_queue")

    plan = plan_of(busy_queue, claims._HEADS, limit=8)

    assert "message_queue" not in sequential_scans(plan)
    assert {"idx_message_queue_ordered", "idx_message_queue_outgoing"} <= indexes(plan)
    assert plan["Actual Rows"] == 8


def test_a_source_that_rests_costs_a_look_whatever_waits_behind_it(busy_queue: Owner) -> None:
    """20,000 replies wait for a line that is down; those of another source are claimed as if they were alone."""
    busy_queue.execute(
        "INSERT INTO message_queue (id, clinic_id, source_id, message_type, payload, ordering_key, created_at)"
        " SELECT gen_random_uuid(), 1, 1, 'send.text', '{}', 'conversation:' || n, now() - interval '1 h'"
        " FROM generate_series(1, 20000) AS n"
    )
    busy_queue.execute(
        "INSERT INTO message_queue (id, clinic_id, source_id, message_type, payload, ordering_key)"
        " SELECT gen_random_uuid(), 2, 3, 'send.text', '{}', 'conversation:other' || n FROM generate_series(1, 20) AS n"
    )
    busy_queue.execute(
        "INSERT INTO source_sending (source_id, clinic_id, failures, paused_at, paused_until, reason)"
        " VALUES (1, 1, 3, now(), now() + interval '1 min', 'line_down')"
    )
    busy_queue.execute("ANALYZE message_queue")

    plan = plan_of(busy_queue, claims._HEADS, limit=8)

    assert plan["Actual Rows"] == 8
    assert "message_queue" not in sequential_scans(plan)
    assert pages(plan) < 2_000  # the rows that wait alone would be ten times that


def test_one_conversation_with_thousands_of_replies_slows_nobody(busy_queue: Owner) -> None:
    """A flood in one conversation is not compared with itself, row by row."""
    enqueue_many(busy_queue, 5_000, ordering_key="conversation:flood")
    enqueue_many(busy_queue, 1, ordering_key="conversation:calm")
    busy_queue.execute("ANALYZE message_queue")

    plan = plan_of(busy_queue, claims._HEADS, limit=8)

    assert plan["Actual Rows"] == 2
    assert pages(plan) < 100_000  # each with every other would be millions


def wait_for_destinations(owner: Owner, many: int, few: int) -> None:
    """Deliveries that wait for one destination, which rests, and for another."""
    owner.execute(
        "INSERT INTO webhook_destinations (clinic_id, name, url, events) SELECT 1, 'n8n', 'https://n8n.example', '{}'"
        " FROM generate_series(1, 2)"
    )
    [ids] = owner.execute("SELECT min(id) AS resting, max(id) AS other FROM webhook_destinations").fetchall()
    for destination, count in ((ids["resting"], many), (ids["other"], few)):
        owner.execute(
            "INSERT INTO message_queue (id, clinic_id, message_type, payload, ordering_key, created_at)"
            " SELECT gen_random_uuid(), 1, 'deliver.message.created', '{}', %s, now() - n * interval '1 s'"
            " FROM generate_series(1, %s) AS n",
            [f"destination:{destination}", count],
        )
    owner.execute(
        "INSERT INTO webhook_destination_states (destination_id, clinic_id, paused_at, paused_until)"
        " VALUES (%s, 1, now(), now() + interval '1 min')",
        [ids["resting"]],
    )
    owner.execute("ANALYZE message_queue")


def test_a_destination_that_rests_costs_a_look_whatever_waits_for_it(busy_queue: Owner) -> None:
    """20,000 deliveries wait for a server that is down; those to another are claimed as if they were alone."""
    wait_for_destinations(busy_queue, 20_000, 20)

    plan = plan_of(busy_queue, claiming._DELIVERIES, limit=8)

    assert plan["Actual Rows"] == 8
    assert "message_queue" not in sequential_scans(plan)
    assert {"idx_message_queue_deliveries", "idx_message_queue_delivering"} <= indexes(plan)
    assert pages(plan) < 1_000


def test_looking_for_deliveries_where_there_are_none_costs_nothing(busy_queue: Owner) -> None:
    """Most clinics have no destination, and every worker looks after every commit."""
    plan = plan_of(busy_queue, claiming._DELIVERIES, limit=1)

    assert pages(plan) < 10


def test_what_waits_longest_is_found_at_the_heads_of_the_indexes(busy_queue: Owner) -> None:
    """Of each kind, however much of it waits, and whatever is scheduled."""
    busy_queue.execute("SET LOCAL enable_seqscan = off")
    plan = plan_of(busy_queue, backlog._OLDEST)

    assert pages(plan) < 40
    assert [row["kind"] for row in busy_queue.execute(backlog._OLDEST.encode()).fetchall()] == ["events"]


def test_counting_what_waits_reads_no_more_than_it_may_count(busy_queue: Owner) -> None:
    """Nor all of what is pending to know how much is in hand or to be tried again."""
    busy_queue.execute("SET LOCAL enable_seqscan = off")
    busy_queue.execute("UPDATE message_queue SET status = 'retrying' WHERE id = (SELECT id FROM message_queue LIMIT 1)")
    plan = plan_of(busy_queue, backlog._DEPTHS, most=100)

    assert pages(plan) < 250
    assert {"idx_message_queue_retrying", "idx_message_queue_leases"} <= indexes(plan)


def test_every_index_of_the_queue_is_justified_here(busy_queue: Owner) -> None:
    """An index that no claim needs costs every write for nothing."""
    rows = busy_queue.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'message_queue'").fetchall()

    justified = (
        "ready",
        "suspect",
        "ordered",
        "outgoing",
        "scheduled",
        "leases",
        "killed",
        "deliveries",
        "delivering",
        "retrying",
    )
    assert {row["indexname"] for row in rows} == {"message_queue_pkey", *(f"idx_message_queue_{n}" for n in justified)}
