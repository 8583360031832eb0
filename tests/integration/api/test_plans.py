import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Composed
from sqlalchemy.engine import make_url

from services.api.stores import found_contacts
from tests.databases import new_database
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner

PATH = "/api/conversations-simple"
Statements = list[tuple[Any, Any]]


DESK = """
INSERT INTO contacts (clinic_id, name, phone)
SELECT 1 + n % 2, 'Contato ' || n, '5511' || n FROM generate_series(1, 6000) n;
INSERT INTO conversations (clinic_id, contact_id, external_id, last_message_at)
SELECT clinic_id, id, 'external-' || id, now() - id * interval '1 minute' FROM contacts;
INSERT INTO messages (clinic_id, conversation_id, sender_type, content, "timestamp")
SELECT c.clinic_id, c.id, 'patient', 'Oi', now() - n * interval '1 minute'
FROM conversations c, generate_series(1, 8) n;
INSERT INTO messages (clinic_id, conversation_id, sender_type, content, "timestamp")
SELECT 1, c.id, 'patient', 'Oi', now() - n * interval '1 second'
FROM (SELECT id FROM conversations WHERE clinic_id = 1 ORDER BY activity_at DESC LIMIT 1) c,
  generate_series(1, 3000) n;
INSERT INTO message_attachments (clinic_id, message_id, file_name)
SELECT clinic_id, id, 'a.jpg' FROM messages WHERE id % 4 = 0;
INSERT INTO conversation_actions (clinic_id, conversation_id, action_type)
SELECT clinic_id, id, 'appointment_created' FROM conversations;
INSERT INTO conversation_merges (clinic_id, from_conversation_id, from_external_id, into_conversation_id)
SELECT clinic_id, 1000000 + id, 'old-' || id, id FROM conversations;
INSERT INTO webhook_destinations (clinic_id, name, url, events)
SELECT 2, 'n' || n, 'https://n8n.example/webhook/' || repeat('x', 200) || n, '{message.created}'
FROM generate_series(1, 2000) n;
INSERT INTO labels (clinic_id, name, colour) SELECT 1, 'l' || n, '#000000' FROM generate_series(1, 40) n;
INSERT INTO conversation_labels (clinic_id, conversation_id, label_id)
SELECT 1, c.id, l.id FROM conversations c, labels l WHERE c.clinic_id = 1 AND (c.id + l.id) % 100 = 0;
ANALYZE;
"""


@pytest.fixture(scope="module")
def filled_database(postgres_url: str, template_database: str) -> Iterator[str]:
    """Two clinics with some thousands of conversations and messages, the latest with many messages, analyzed."""
    with new_database(postgres_url, template_database) as url:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(DESK)
        yield str(make_url(url).database)


@pytest.fixture
def database_url(postgres_url: str, filled_database: str) -> Iterator[str]:
    """A copy of it: a tenth of the time that filling takes."""
    with new_database(postgres_url, filled_database) as url:
        yield url


@pytest.fixture
def desk(owner: Owner) -> Owner:
    """A look at it past row-level security."""
    return owner


def plan_nodes(owner: Owner, query: Any, values: Any) -> Iterator[dict[str, Any]]:
    """Every node of the plan under which the API's role runs a statement for clinic 1."""
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL ROLE prosa_api")
        owner.execute("SELECT set_config('prosa.clinic_id', '1', true)")
        text = query.decode() if isinstance(query, bytes) else query
        statement = text if isinstance(text, Composed) else SQL(text)
        row = owner.execute(SQL("EXPLAIN (FORMAT JSON) ") + statement, values).fetchone()
    assert row is not None
    plan = row["QUERY PLAN"]
    yield from walk((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from walk(child)


def indexes(owner: Owner, statements: Statements) -> set[str]:
    return {
        node["Index Name"]
        for query, values in statements
        for node in plan_nodes(owner, query, values)
        if "Index Name" in node
    }


def scanned_whole(owner: Owner, statements: Statements) -> set[str]:
    return {
        node["Relation Name"]
        for query, values in statements
        for node in plan_nodes(owner, query, values)
        if node["Node Type"] == "Seq Scan"
    } - {"clinics"}


async def test_a_list_is_read_from_its_index(desk: Owner, ana: Caller, statements: Statements) -> None:
    """A page, the first or a later one, is read in order; nothing is sorted, whatever the clinic's size."""
    first = (await ana.get(PATH)).ok()
    await ana.get(PATH, cursor=first["next_cursor"], status="active")
    pages = statements[0::2]
    assert len(pages) == 2
    for page in pages:
        assert "idx_conversations_clinic_activity" in indexes(desk, [page])
        assert not {"Sort", "Incremental Sort"} & {node["Node Type"] for node in plan_nodes(desk, *page)}
    assert "conversations" not in scanned_whole(desk, pages)


@pytest.mark.parametrize("q", ["Contato 599", "Contato"], ids=["few", "many"])
async def test_a_search_in_the_list_is_read_from_indexes(
    desk: Owner, ana: Caller, statements: Statements, q: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a rare name its conversations are looked up; of a common one the list is read in order until a page is full."""
    monkeypatch.setattr(found_contacts, "FEW", 100)
    assert (await ana.get(PATH, q=q)).ok()["conversations"]
    used = "idx_conversations_clinic_activity" if q == "Contato" else "conversations_clinic_id_contact_id_key"
    [_, page] = statements
    assert used in indexes(desk, [page])
    assert scanned_whole(desk, [page]) == set()
    assert ("Sort" in {node["Node Type"] for node in plan_nodes(desk, *page)}) == (q != "Contato")


async def test_a_detail_is_read_from_indexes(desk: Owner, ana: Caller, statements: Statements) -> None:
    """No table is read whole, whichever id the conversation is asked for by."""
    found = (await ana.get(f"{PATH}/external-102")).ok()
    (await ana.get(f"{PATH}/{found['conversation']['id']}")).ok()
    assert len(statements) == 8
    assert {
        "idx_messages_conversation_timestamp",
        "idx_message_attachments_message_id",
        "idx_conversation_actions_conversation_id",
        "idx_conversations_external_id",
    } <= indexes(desk, statements)
    assert scanned_whole(desk, statements) == set()


async def test_older_messages_are_read_from_their_index(desk: Owner, ana: Caller, statements: Statements) -> None:
    """A page before a cursor is read in order, without sorting."""
    conversation = (await ana.get(PATH, limit=1)).ok()["conversations"][0]["id"]
    first = (await ana.get(f"{PATH}/{conversation}/messages", limit=3)).ok()
    statements.clear()
    (await ana.get(f"{PATH}/{conversation}/messages", limit=3, before=first["next_before"])).ok()
    assert "idx_messages_conversation_timestamp" in indexes(desk, statements[1:2])
    assert "Sort" not in {node["Node Type"] for node in plan_nodes(desk, *statements[1])}
    assert scanned_whole(desk, statements) == set()


async def test_counts_are_read_from_indexes(desk: Owner, ana: Caller, statements: Statements) -> None:
    """However many archived conversations there are, of what is unread or one's own nothing else is read."""
    desk.execute(
        "UPDATE conversations SET unread_count = 1 WHERE id % 50 = 0;"
        "UPDATE conversations SET assigned_to = (SELECT min(id) FROM users) WHERE id % 20 = 0;"
        "UPDATE conversations SET status = 'archived' WHERE id % 3 = 0"
    )
    desk.execute("VACUUM ANALYZE conversations")
    (await ana.get(f"{PATH}/counts")).ok()
    assert indexes(desk, statements) == {
        "idx_conversations_active",
        "idx_conversations_archived",
        "idx_conversations_unread",
    }
    assert scanned_whole(desk, statements) == set()


async def test_labels_of_a_list_are_read_from_their_indexes(desk: Owner, ana: Caller, statements: Statements) -> None:
    """A page's labels by conversation; what a rare label is on by the label, whatever the clinic's size."""
    [row] = desk.execute("SELECT id FROM labels WHERE name = 'l7'").fetchall()
    (await ana.get(PATH, label=str(row["id"]))).ok()
    assert {"conversation_labels_pkey", "idx_conversation_labels_label"} <= indexes(desk, statements)
    assert scanned_whole(desk, statements) == set()


async def test_the_timeline_is_read_from_its_index(desk: Owner, ana: Caller, statements: Statements) -> None:
    """A page, the first or a later one, and what a client's own key has added."""
    desk.execute(
        """
        INSERT INTO conversation_actions (clinic_id, conversation_id, action_type, action_data, dedupe_key)
        SELECT 1, id, 'a', '{"by": {"id": "0"}}', 'key-' || n FROM conversations, generate_series(1, 5) n
        WHERE clinic_id = 1 AND id < 2000;
        ANALYZE conversation_actions
        """
    )
    conversation = (await ana.get(PATH, limit=1)).ok()["conversations"][0]["id"]
    statements.clear()
    first = (await ana.get(f"{PATH}/{conversation}/actions", limit=2)).ok()
    (await ana.get(f"{PATH}/{conversation}/actions", limit=2, cursor=first["next_cursor"])).ok()
    assert indexes(desk, statements[1::2]) == {"idx_conversation_actions_conversation_id"}
    statements.clear()
    body = {"action_type": "a", "client_action_id": "key-1"}
    (await ana.post(f"{PATH}/{conversation}/actions", body)).problem(409)
    assert "idx_conversation_actions_client_key" in indexes(desk, statements)
    assert scanned_whole(desk, statements) <= {"sources"}


async def test_users_are_read_by_their_clinic(desk: Owner, adm: Caller, statements: Statements) -> None:
    """Open conversations of each are counted from an index."""
    desk.execute("UPDATE conversations SET assigned_to = (SELECT min(id) FROM users) WHERE id % 20 = 0")
    desk.execute("VACUUM ANALYZE conversations")
    (await adm.get("/api/users")).ok()
    assert "idx_conversations_active" in indexes(desk, statements)
    assert "conversations" not in scanned_whole(desk, statements)


async def test_sending_reads_no_table_whole(desk: Owner, ana: Caller, statements: Statements) -> None:
    """Finding, locking, looking for the client's id and updating are by index."""
    conversation = (await ana.get(PATH, limit=1)).ok()["conversations"][0]["id"]
    statements.clear()
    (await ana.send(conversation, content="Oi", client_message_id="c-1")).ok(status=201)
    assert {"idx_messages_client_id"} <= indexes(desk, statements)
    assert scanned_whole(desk, statements) <= {"sources"}


@pytest.fixture
def sorted_desk(desk: Owner) -> Owner:
    """The same, with few of each kind that agents filter by."""
    desk.execute(
        """
        UPDATE conversations SET assigned_to = (SELECT min(id) FROM users WHERE clinic_id = 1)
        WHERE clinic_id = 1 AND id % 300 = 0;
        UPDATE conversations SET status = 'archived' WHERE id % 200 = 0;
        UPDATE conversations SET priority = 'urgent' WHERE id % 250 = 0;
        ANALYZE;
        """
    )
    return desk


async def test_few_of_very_many_are_read_from_an_index_of_their_own(
    sorted_desk: Owner, ana: Caller, statements: Statements
) -> None:
    """Without walking past all the others, as the index of the whole list would have it."""
    for query, index in (
        ({"assigned_to": "me"}, "idx_conversations_assigned"),
        ({"status": "archived"}, "idx_conversations_archived"),
        ({"priority": "urgent"}, "idx_conversations_priority"),
    ):
        statements.clear()
        assert (await ana.get(PATH, **query)).ok()["total"] > 0
        used = indexes(sorted_desk, statements[:1])
        assert index in used
        assert "idx_conversations_clinic_activity" not in used


async def test_how_many_there_are_is_known_and_not_counted(
    sorted_desk: Owner, ana: Caller, statements: Statements
) -> None:
    """The number is that of the conversations, under every filter, and no conversation is looked at for it."""
    for query in ({}, {"status": "archived"}, {"assigned_to": "me"}, {"assigned_to": "none"}, {"priority": "urgent"}):
        statements.clear()
        total = (await ana.get(PATH, **query, limit=1)).ok()["total"]
        assert "conversations" not in {node.get("Relation Name") for node in plan_nodes(sorted_desk, *statements[1])}
        conditions = {
            "status": "status = 'archived'",
            "priority": "priority = 'urgent'",
            "assigned_to": "assigned_to IS NULL" if query.get("assigned_to") == "none" else "assigned_to IS NOT NULL",
        }
        chosen = " AND ".join(["clinic_id = 1", *(conditions[name] for name in query)])
        row = sorted_desk.execute(f"SELECT count(*) AS n FROM conversations WHERE {chosen}".encode()).fetchone()
        assert row == {"n": total}
