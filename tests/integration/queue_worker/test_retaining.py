"""What is old goes by itself where a clinic wants that, and stays where it does not."""

import contextlib
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from services.cli.administration.audit_heads import examined
from services.queue_worker.retaining import classes, keeper
from services.queue_worker.retaining.keeper import keep_rules
from services.queue_worker.retaining.rules import Rule, note_deleted
from shared.db.pool import Connection, Pool
from shared.db.retention_turns import await_turns
from shared.db.tenant import tenant_transaction
from shared.media.keys import media_key
from shared.media.store import MediaStore, open_store
from tests.integration.api.factories import Owner, add_contact, add_conversation, add_message, insert

NOW = datetime.now(UTC)
OLD, YOUNG = NOW - timedelta(days=40), NOW - timedelta(days=5)


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return open_store(f"file:{tmp_path}")


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches, so that there are several."""
    for name in ("CONVERSATIONS_AT_ONCE", "MESSAGES_AT_ONCE", "ROWS_AT_ONCE", "FILES_AT_ONCE"):
        monkeypatch.setattr(classes, name, 2)
    monkeypatch.setattr("services.queue_worker.erasing.deleting.FILES_AT_ONCE", 2)
    monkeypatch.setattr("services.queue_worker.retaining.keeper.PACE_SECONDS", 0)


@pytest.fixture
def clinic(owner: Owner, prompt: None) -> dict[str, DictRow]:
    """Conversations with old and young messages, with old ones alone, of a held person, of another clinic."""
    found = {}
    for name, clinic_id, held in (("mixed", 1, None), ("old", 1, None), ("held", 1, NOW), ("theirs", 2, None)):
        contact = add_contact(owner, clinic_id, held_at=held)
        conversation = add_conversation(owner, clinic_id, contact_id=contact["id"], unread_count=3)
        for number in range(3):
            add_message(owner, conversation, timestamp=OLD, source_id=1, provider_id=f"{name}{number}", content=name)
        if name == "mixed":
            add_message(owner, conversation, timestamp=YOUNG, content="jovem")
        found[name] = conversation
    change = {"clinic_id": 1, "source_id": 1, "kind": "edit", "slot": "", "at": OLD, "settled": True}
    insert(owner, "message_changes", provider_id="old0", value="x", **change)
    return found


def rule(owner: Owner, what: str, days: int = 30) -> None:
    insert(owner, "retention_rules", clinic_id=1, **{"class": what}, days=days, set_by="x")


def left(owner: Owner) -> list[str]:
    return [row["content"] for row in owner.execute("SELECT content FROM messages ORDER BY id")]


async def attach(owner: Owner, store: MediaStore, content: bytes, *provider_ids: str) -> str:
    """A file that several messages have."""
    sha256 = hashlib.sha256(content).digest()
    (store.incoming / "x").write_bytes(content)
    await store.put(media_key(1, sha256), store.incoming / "x")
    insert(owner, "media_files", clinic_id=1, sha256=sha256, size=len(content))
    for provider_id in provider_ids:
        owner.execute(
            "INSERT INTO message_attachments (clinic_id, message_id, file_name, state, sha256)"
            " SELECT 1, id, 'a', 'stored', %s FROM messages WHERE provider_id = %s",
            [sha256, provider_id],
        )
    return media_key(1, sha256)


async def stored(store: MediaStore, key: str) -> bool:
    assert store.root is not None
    return (store.root / key).exists()


async def test_without_a_rule_nothing_goes(
    clinic: dict[str, DictRow], owner: Owner, worker_pool: Pool, store: MediaStore
) -> None:
    """Off by default."""
    await keep_rules(worker_pool, store)
    assert len(left(owner)) == 13


async def test_old_messages_go_with_all_that_hangs_on_them(
    clinic: dict[str, DictRow], owner: Owner, worker_pool: Pool, store: MediaStore
) -> None:
    """Also their files and changes; the list shows what is left, and agents are told; who is held keeps all."""
    own = await attach(owner, store, "só antigo".encode(), "old0", "old1", "old2")
    shared = await attach(owner, store, b"tambem retido", "old1", "held1")
    rule(owner, "messages")

    await keep_rules(worker_pool, store)

    assert left(owner) == ["jovem"] + ["held"] * 3 + ["theirs"] * 3
    assert [await stored(store, key) for key in (own, shared)] == [False, True]
    assert owner.execute("SELECT 1 FROM message_changes").fetchall() == []
    shown = owner.execute(
        "SELECT last_message, unread_count FROM conversations WHERE clinic_id = 1 ORDER BY id"
    ).fetchall()
    assert [(row["last_message"], row["unread_count"]) for row in shown[:2]] == [("jovem", 3), (None, 0)]
    told = owner.execute("SELECT DISTINCT event::jsonb #>> '{data,conversationId}' AS id FROM outbox").fetchall()
    assert {int(row["id"]) for row in told} == {clinic["mixed"]["id"], clinic["old"]["id"]}
    noted = owner.execute("SELECT data FROM audit_log WHERE action = 'retention.deleted'").fetchall()
    assert sum(row["data"].get("messages", 0) for row in noted) == 6


class Killed(BaseException):
    """A worker that dies."""


@pytest.mark.parametrize("what", ["messages", "media", "dead_letters"])
async def test_killed_before_a_commit_the_next_round_does_the_rest(
    clinic: dict[str, DictRow],
    owner: Owner,
    worker_pool: Pool,
    store: MediaStore,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """Nothing is counted twice, nothing is left over."""
    await attach(owner, store, "só antigo".encode(), "old0", "old1", "old2")
    for _ in range(5):
        bury(owner, OLD)
    if what == "dead_letters":
        owner.execute("UPDATE contacts SET held_at = NULL")
    rule(owner, what)
    note, deaths = note_deleted, []

    async def dying(*arguments: Any) -> None:
        await note(*arguments)
        deaths.append(1)
        if len(deaths) % 2:
            raise Killed

    monkeypatch.setattr(classes, "note_deleted", dying)
    while len(deaths) < 2:
        with contextlib.suppress(Killed):
            await keep_rules(worker_pool, store)
    monkeypatch.setattr(classes, "note_deleted", note)
    await keep_rules(worker_pool, store)

    noted = owner.execute("SELECT data FROM audit_log WHERE action = 'retention.deleted'").fetchall()
    counted = {"messages": "messages", "media": "attachments", "dead_letters": "dead_letters"}[what]
    gone = {"messages": 6, "media": 3, "dead_letters": 5}[what]
    assert sum(row["data"].get(counted, 0) for row in noted) == gone


async def test_old_files_go_and_their_messages_stay(
    clinic: dict[str, DictRow], owner: Owner, worker_pool: Pool, store: MediaStore
) -> None:
    """That there was a file is still shown; a held person's stays."""
    own = await attach(owner, store, "só antigo".encode(), "old0", "old1", "old2")
    kept = await attach(owner, store, b"retido", "held1")
    rule(owner, "media")

    await keep_rules(worker_pool, store)

    assert len(left(owner)) == 13
    assert [await stored(store, key) for key in (own, kept)] == [False, True]
    states = owner.execute("SELECT state, state_reason FROM message_attachments ORDER BY id").fetchall()
    assert [(row["state"], row["state_reason"]) for row in states] == [("expired", "retention")] * 3 + [
        ("stored", None)
    ]


def bury(owner: Owner, at: datetime, **columns: Any) -> None:
    insert(
        owner, "failed_messages", **{"clinic_id": 1, "message_type": "x", "error_message": "x", "error_class": "permanent",
            "dead_at": at, "original_message_id": uuid4(),
            "correlation_id": uuid4(), **columns},
    )  # fmt: skip


async def test_old_dead_letters_go_while_nobody_is_held(
    owner: Owner, worker_pool: Pool, store: MediaStore, prompt: None
) -> None:
    """They are not sorted by person, so a hold keeps all of the clinic's; what is being replayed stays."""
    for _ in range(5):
        bury(owner, OLD)
    bury(owner, YOUNG)
    bury(owner, OLD, state="replaying")
    bury(owner, OLD, clinic_id=2)
    rule(owner, "dead_letters")
    contact = add_contact(owner, held_at=NOW)
    await keep_rules(worker_pool, store)
    assert len(owner.execute("SELECT 1 FROM failed_messages").fetchall()) == 8
    owner.execute("UPDATE contacts SET held_at = NULL WHERE id = %s", [contact["id"]])

    await keep_rules(worker_pool, store)

    assert len(owner.execute("SELECT 1 FROM failed_messages").fetchall()) == 3


def read(owner: Owner, at: datetime) -> None:
    subject = {"action": "conversation.read", "subject_type": "conversation", "subject_id": "1"}
    insert(owner, "audit_log", clinic_id=1, created_at=at, **subject)


def broken(url: str) -> Any:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return examined(connection, 1).broken


async def test_old_reads_go_and_the_chain_still_proves_the_rest(
    owner: Owner, worker_pool: Pool, store: MediaStore, prompt: None, database_url: str
) -> None:
    """The log says how many went; one that goes without that is missed."""
    for at in (OLD, OLD, YOUNG, OLD, YOUNG):
        read(owner, at)
    insert(owner, "audit_log", clinic_id=1, action="x", subject_type="y", subject_id="z", created_at=OLD)
    rule(owner, "reads")

    await keep_rules(worker_pool, store)

    reads = owner.execute("SELECT 1 FROM audit_log WHERE action = 'conversation.read'").fetchall()
    assert len(reads) == 2
    assert len(owner.execute("SELECT 1 FROM audit_log WHERE action = 'x'").fetchall()) == 1
    assert broken(database_url) is None
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute(
            "DELETE FROM audit_log WHERE id = (SELECT min(id) FROM audit_log WHERE action = 'conversation.read')"
        )
    assert broken(database_url).what == "removed"


async def test_nothing_is_deleted_while_somebody_is_being_held(
    clinic: dict[str, DictRow], owner: Owner, worker_pool: Pool, store: MediaStore
) -> None:
    """Holding and deleting take turns: what a hold was answered for is all there."""
    rule(owner, "messages")
    async with tenant_transaction(worker_pool, 1) as holding:
        await await_turns(holding, 1)
        await keep_rules(worker_pool, store)
        assert len(left(owner)) == 13
        owner.execute("UPDATE contacts SET held_at = now() WHERE clinic_id = 1")

    await keep_rules(worker_pool, store)

    assert len(left(owner)) == 13


async def test_one_clinics_trouble_is_not_the_next_ones(
    clinic: dict[str, DictRow], owner: Owner, worker_pool: Pool, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule whose statements take too long is left, and the others are kept."""
    real = keeper._DELETE["messages"]

    async def slow(connection: Connection, store: MediaStore, rule: Rule, after: int) -> int | None:
        if rule.clinic_id == 1:
            await connection.execute("SET LOCAL statement_timeout = 1")
            await connection.execute("SELECT pg_sleep(10)")
        return await real(connection, store, rule, after)

    monkeypatch.setitem(keeper._DELETE, "messages", slow)
    rule(owner, "messages")
    insert(owner, "retention_rules", clinic_id=2, **{"class": "messages"}, days=30, set_by="x")

    await keep_rules(worker_pool, store)

    assert left(owner) == ["mixed"] * 3 + ["jovem"] + ["old"] * 3 + ["held"] * 3
