"""What operators ask of ten thousand dead letters is answered from indexes, and their role can do no more than they may."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row
from sqlalchemy.engine import make_url

from shared.db.pool import service_conninfo
from tests.databases import new_database
from tests.dead_letters import add_dead_letter, add_dead_letters
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner
from tests.integration.api.test_plans import Statements, indexes, plan_nodes, scanned_whole

DLQ = "/api/dlq"


@pytest.fixture(scope="module")
def filled_database(postgres_url: str, template_database: str) -> Iterator[str]:
    """Ten thousand of clinic 1 and as many of clinic 2."""
    with new_database(postgres_url, template_database) as url:
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as owner:
            add_dead_letters(owner, 10_000)
            add_dead_letters(owner, 10_000, clinic_id=2)
            owner.execute("VACUUM ANALYZE failed_messages")
        yield str(make_url(url).database)


@pytest.fixture
def database_url(postgres_url: str, filled_database: str) -> Iterator[str]:
    """A copy of it: a tenth of the time that filling takes."""
    with new_database(postgres_url, filled_database) as url:
        yield url


@pytest.fixture
def many(owner: Owner) -> Owner:
    """A look at them past row-level security."""
    return owner


async def test_a_page_is_read_in_order(many: Owner, oper: Caller, statements: Statements) -> None:
    """However many there are, a page reads a page, the first and a later one."""
    first = (await oper.get(DLQ)).ok()
    await oper.get(DLQ, cursor=first["next_cursor"])
    pages = [statement for statement in statements if "ORDER BY" in str(statement[0])]
    assert len(pages) == 2
    for page in pages:
        assert indexes(many, [page]) & {"idx_failed_messages_list", "failed_messages_pkey"}
        assert "Sort" not in {node["Node Type"] for node in plan_nodes(many, *page)}
    assert scanned_whole(many, statements) <= {"users"}


async def test_the_summary_does_not_read_the_payloads(many: Owner, oper: Caller, statements: Statements) -> None:
    """It counts and groups in an index that has all it asks for."""
    for by in ("fingerprint", "event_type", "source", "reason"):
        statements.clear()
        await oper.get(f"{DLQ}/summary", group_by=by)
        counted = [statement for statement in statements if "failed_messages" in str(statement[0])]
        assert len(counted) == 2
        nodes = [node for statement in counted for node in plan_nodes(many, *statement)]
        assert {node["Index Name"] for node in nodes if node["Node Type"] == "Index Only Scan"} >= {
            "idx_failed_messages_summary"
        }
        assert scanned_whole(many, counted) <= {"dead_letter_issues"}


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"fingerprint": "0" * 15 + "5"}, "idx_failed_messages_fingerprint"),
        ({"provider_id": "M77"}, "idx_failed_messages_provider_id"),
        ({"conversation_id": "C77"}, "idx_failed_messages_conversation"),
        ({"correlation_id": "01890000-0000-7000-8000-000000000000"}, "idx_failed_messages_correlation"),
    ],
)
async def test_what_is_looked_for_by_its_name_is_found_by_its_index(
    many: Owner, oper: Caller, statements: Statements, query: Any, index: str
) -> None:
    """The count, and where it is few the page too."""
    await oper.get(DLQ, **query)
    counts = [statement for statement in statements if "count(*) AS total" in str(statement[0])]
    assert index in indexes(many, counts)


@pytest.mark.parametrize(
    "forbidden",
    [
        "DELETE FROM failed_messages",
        "INSERT INTO failed_messages (original_message_id, correlation_id, clinic_id, message_type, error_message,"
        " error_class) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'x', 'x', 'x')",
        "UPDATE failed_messages SET payload = '{}'",
        "UPDATE failed_messages SET raw = ''",
        "UPDATE failed_messages SET clinic_id = 1",
        "UPDATE failed_messages SET attempts = '[]'",
        "DELETE FROM message_queue",
        "UPDATE message_queue SET payload = '{}'",
        "UPDATE message_queue SET status = 'pending'",
        "SELECT payload FROM webhook_events",
        "UPDATE replay_items SET state = 'waiting'",
        "UPDATE replays SET rate = 500",
        "DELETE FROM dead_letter_issues",
        "UPDATE queue_pauses SET clinic_id = 2",
        "DELETE FROM audit_log",
    ],
)
def test_the_apis_role_cannot_do_what_no_operator_may(database_url: str, owner: Owner, forbidden: str) -> None:
    """What was accepted, and what happened, is not the API's to change."""
    add_dead_letter(owner)
    with psycopg.connect(service_conninfo(database_url, "prosa_api")) as api:
        api.execute("SELECT set_config('prosa.clinic_id', '1', false)")
        with pytest.raises(InsufficientPrivilege):
            api.execute(forbidden.encode())
