"""A backup that is not whole is never made or restored by half."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow

from deploy.backup import taking
from deploy.backup.__main__ import main
from deploy.backup.doubts import UNREPEATABLE
from deploy.backup.expiry import expired
from deploy.backup.manifest import DUMP, MANIFEST
from deploy.backup.taking import NAME, take
from deploy.local.problem import Problem
from services.queue_worker.send_kinds import CONTENT
from tests.databases import new_database

Database = psycopg.Connection[DictRow]

TABLES = "SELECT count(*) AS tables FROM pg_class WHERE relnamespace = 'public'::regnamespace"


@pytest.fixture
def backup(database_url: str, tmp_path: Path) -> Path:
    """A backup of the demo data."""
    return take(database_url, tmp_path / "backups")[0]


@pytest.fixture
def empty_database(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Another database of the same server, which DATABASE_URL names."""
    with new_database(postgres_url) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        with psycopg.connect(url, autocommit=True, row_factory=psycopg.rows.dict_row) as database:
            yield database


def tables_of(database: Database) -> int:
    [row] = database.execute(TABLES).fetchall()
    return int(row["tables"])


def test_backup_is_readable_by_its_owner_alone(backup: Path) -> None:
    """It holds what patients wrote."""
    assert {path.stat().st_mode & 0o077 for path in (backup, *backup.iterdir())} == {0}


def test_half_a_backup_is_not_kept(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed or was interrupted leaves no patients' words behind, which no expiry would find."""
    monkeypatch.setattr(taking, "program", lambda _name: "false")
    with pytest.raises(Problem):
        take(database_url, tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr(taking, "digest", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        take(database_url, tmp_path)

    assert list(tmp_path.iterdir()) == []


def _interrupted(_path: Path) -> str:
    raise KeyboardInterrupt


def test_damaged_dump_is_refused(backup: Path, empty_database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """One flipped byte is enough, and nothing is touched."""
    content = bytearray((backup / DUMP).read_bytes())
    content[len(content) // 2] ^= 1
    (backup / DUMP).write_bytes(content)

    assert main(["restore", str(backup)]) == 1
    assert "is not what was written" in capsys.readouterr().err
    assert main(["check", str(backup)]) == 1
    assert tables_of(empty_database) == 0


def test_restore_that_does_not_reconcile_leaves_nothing(
    backup: Path, empty_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where one row is lacking, none stays: a service can never start on half of it."""
    told = json.loads((backup / MANIFEST).read_text())
    told["rows"]["users"] += 1
    (backup / MANIFEST).write_text(json.dumps(told))

    assert main(["restore", str(backup)]) == 1
    assert "users has not its" in capsys.readouterr().err
    assert tables_of(empty_database) == 0


ENTRY = "INSERT INTO audit_log (clinic_id, action, subject_type, subject_id) VALUES (%s, %s, 'user', '1')"


@pytest.mark.parametrize("tampering", ["the last entry is another", "a clinic's log is another's"])
def test_audit_log_that_was_written_anew_is_refused(
    tampering: str, owner: Database, database_url: str, empty_database: Database, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """As many entries, and chains that hold in themselves: that they end otherwise than was noted tells."""
    for clinic_id in (1, 1, 2):
        owner.execute(ENTRY, [clinic_id, "user.signed_in"])
    true, _ = take(database_url, tmp_path / "true")
    noted = json.loads((true / MANIFEST).read_text())
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")  # as a superuser may
        clinic_id = 1 if tampering == "the last entry is another" else 2
        owner.execute(
            "DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log WHERE clinic_id = %s)", [clinic_id]
        )
        owner.execute("DELETE FROM audit_chain WHERE entry_id NOT IN (SELECT id FROM audit_log)")
    owner.execute(ENTRY, [1, "user.signed_out"])
    false, _ = take(database_url, tmp_path / "false")
    told = json.loads((false / MANIFEST).read_text())
    assert told["rows"] == noted["rows"]
    (false / MANIFEST).write_text(json.dumps(told | {"heads": noted["heads"]}))

    assert main(["restore", str(false)]) == 1
    assert f"end otherwise than noted: {'1' if clinic_id == 1 else '1, 2'}" in capsys.readouterr().err
    assert tables_of(empty_database) == 0
    assert main(["restore", str(true)]) == 0


def test_database_with_anything_in_it_is_refused(
    backup: Path, empty_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is ever overwritten."""
    empty_database.execute("CREATE TABLE somebody_s (id int)")

    assert main(["restore", str(backup)]) == 1
    assert "not empty" in capsys.readouterr().err
    assert tables_of(empty_database) == 1


def test_restore_is_whole_and_said_to_be(
    backup: Path, empty_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Into another database of the same server, where the roles are already; what comes next is told."""
    assert main(["restore", str(backup)]) == 0
    assert "empty Redis" in capsys.readouterr().out
    assert len(empty_database.execute("SELECT * FROM clinics").fetchall()) == 2
    # Definers of functions stay who they were: in the restorer's hands they would pass by every policy.
    [owner] = empty_database.execute(
        "SELECT DISTINCT proowner::regrole::text AS role FROM pg_proc WHERE proname = 'find_messages'"
    ).fetchall()
    assert owner["role"] == "prosa_search"


def test_login_that_sees_not_everything_takes_no_backup(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A service's role sees one clinic at a time: its backup would be empty, and look whole."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PGOPTIONS", "-c role=prosa_worker")
    monkeypatch.setattr("deploy.backup.database.OPTIONS", "-c row_security=off -c role=prosa_worker")

    assert main(["create", str(tmp_path)]) == 1
    assert "BYPASSRLS" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_replies_of_a_database_that_was_set_back_are_doubted_once(
    database_url: str, owner: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the moment it was set back to, which must have its offset; what was handed over before keeps its own."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    owner.execute("INSERT INTO contacts (clinic_id, name) VALUES (1, 'Rui')")
    owner.execute("INSERT INTO conversations (clinic_id, contact_id) SELECT 1, id FROM contacts")
    owner.execute(
        "INSERT INTO messages (clinic_id, conversation_id, sender_type, content, message_type)"
        " SELECT 1, c.id, 'professional', 'Bom dia!', 'text' FROM conversations c"
    )
    owner.execute(
        "INSERT INTO message_queue (clinic_id, message_type, payload, ordering_key)"
        " SELECT 1, 'send.text', jsonb_build_object('message_id', id::text), 'conversation:1' FROM messages"
    )

    assert main(["doubt", "2026-11-20T12:00:00"]) == 1
    assert main(["doubt", "2026-11-20T12:00:00-03:00"]) == 0
    assert main(["doubt", "2026-11-21T12:00:00-03:00"]) == 0
    assert capsys.readouterr().out.splitlines() == ["1 replies are doubted", "0 replies are doubted"]
    [message] = owner.execute("SELECT posted_at FROM messages").fetchall()
    assert message["posted_at"] == datetime(2026, 11, 20, 15, tzinfo=UTC)


def test_old_backups_expire_but_for_the_newest() -> None:
    """What is no backup stays, too."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    dated = [(now - timedelta(days=days)).strftime(NAME) for days in (31, 30, 1)]

    assert expired([*dated, "notes", f"{dated[0]}.partial"], now, 30) == [dated[0]]
    assert expired([dated[0]], now, 30) == []


def test_replies_that_are_doubted_are_those_that_cannot_be_repeated() -> None:
    """The worker's own list, which backups do without its code."""
    assert set(UNREPEATABLE) == CONTENT
