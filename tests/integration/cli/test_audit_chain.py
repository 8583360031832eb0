"""The audit log's chain: what was written stays as it was, or is found."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow

from shared.db.migrate import migrate
from tests.databases import new_database
from tests.integration.cli.running import Ended, Prosa

Owner = psycopg.Connection[DictRow]

ENTRY = "INSERT INTO audit_log (clinic_id, action, subject_type, subject_id, data) VALUES (%s, %s, 'thing', %s, %s)"


@pytest.fixture
def written(owner: Owner) -> Owner:
    """Five entries of clinic 1 and two of clinic 2."""
    with owner.transaction():
        for number in range(5):
            owner.execute(
                ENTRY, [1, "thing.changed", number, json.dumps({"número": 1.50, "ação": "é isso", "n": None})]
            )
    for number in range(2):
        owner.execute(ENTRY, [2, "thing.changed", number, "{}"])
    return owner


def tamper(owner: Owner, statement: str) -> None:
    """As a superuser who has switched triggers off."""
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        assert owner.execute(statement.encode()).rowcount > 0


def broken(ended: Ended) -> list[dict[str, object]]:
    assert ended.code == (1 if any(clinic["broken"] for clinic in ended.document["clinics"]) else 0)
    return [clinic["broken"] for clinic in ended.document["clinics"] if clinic["broken"]]


async def verified(prosa: Prosa, *words: str) -> list[dict[str, object]]:
    return broken(await prosa("audit", "verify", "--json", *words))


async def test_what_was_written_is_proved(administrator: Prosa, written: Owner) -> None:
    """One chain a clinic, numbered from 1 without a gap, whatever way entries came in."""
    clinics = (await administrator("audit", "verify", "--json")).ok().document["clinics"]

    assert [(clinic["slug"], clinic["entries"], clinic["broken"]) for clinic in clinics] == [
        ("demo", 5, None),
        ("outra", 2, None),
    ]
    assert "as it was written" in (await administrator("audit", "verify", "--clinic", "demo")).ok().out


@pytest.mark.parametrize(
    ("statement", "sequence", "what"),
    [
        ("UPDATE audit_log SET data = '{\"n\": 7}' WHERE clinic_id = 1 AND subject_id = '2'", 3, "altered"),
        ("UPDATE audit_log SET actor_user_id = 1 WHERE clinic_id = 1 AND subject_id = '2'", 3, "altered"),
        ("UPDATE audit_log SET created_at = created_at - interval '1 microsecond' WHERE clinic_id = 1", 1, "altered"),
        ("UPDATE audit_log SET data = '{\"erased\": 9}' WHERE clinic_id = 1 AND subject_id = '1'", 2, "no erasure"),
        ("DELETE FROM audit_log WHERE clinic_id = 1 AND subject_id = '4'", 5, "removed"),
        ("DELETE FROM audit_chain WHERE clinic_id = 1 AND sequence = 2", 3, "removed"),
        (
            "WITH gone AS (DELETE FROM audit_chain WHERE clinic_id = 1 AND sequence = 5 RETURNING entry_id)"
            " SELECT * FROM gone",
            None,
            "inserted",
        ),
        (ENTRY.replace("%s", "1").replace("1, 1, 'thing', 1, 1", "1, 'x', 'thing', '9', '{}'"), None, "inserted"),
        ("UPDATE audit_log SET clinic_id = 2 WHERE clinic_id = 1 AND subject_id = '3'", 4, "removed"),
        ("UPDATE audit_chain SET hash = sha256('x') WHERE clinic_id = 1 AND sequence = 4", 4, "link altered"),
    ],
)
async def test_what_is_changed_past_the_triggers_is_found(
    administrator: Prosa, written: Owner, statement: str, sequence: int | None, what: str
) -> None:
    """The first entry that is not as it was written is named, with an exit code that a monitor understands."""
    tamper(written, statement)

    found = (await verified(administrator))[0]
    assert found["sequence"] == sequence
    assert what in str(found["what"])


async def test_what_is_cut_off_is_found_with_a_head_that_was_kept(
    administrator: Prosa, written: Owner, tmp_path: Path
) -> None:
    """The last entries with their links are gone without a trace: only what was kept elsewhere shows it."""
    heads = tmp_path / "heads.json"
    heads.write_text((await administrator("audit", "head", "--json")).ok().out)
    assert await verified(administrator, "--against", str(heads)) == []
    tamper(written, "DELETE FROM audit_log WHERE clinic_id = 1 AND subject_id = '4'")
    tamper(written, "DELETE FROM audit_chain WHERE clinic_id = 1 AND sequence = 5")

    assert await verified(administrator) == []
    [found] = await verified(administrator, "--against", str(heads))
    assert (found["sequence"], str(found["what"])[:7]) == (5, "cut off")
    assert (await administrator("audit", "verify", "--against", str(tmp_path / "none"))).code == 2


@pytest.mark.parametrize("table", ["audit_log", "audit_chain"])
@pytest.mark.parametrize("change", ["UPDATE {} SET clinic_id = 1", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_changes_what_is_there(written: Owner, table: str, change: str) -> None:
    """Neither the owner, by triggers, nor a service, which has no right to."""
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        written.execute(change.format(table).encode())
    for role in ("prosa_api", "prosa_worker", "prosa_receiver"):
        with written.transaction():
            written.execute(f"SET LOCAL ROLE {role}".encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege), written.transaction():
                written.execute(change.format(table).encode())


def test_transactions_that_end_together_make_one_chain(administrator: Prosa, database_url: str, written: Owner) -> None:
    """Many writers of one clinic: no sequence twice, none missing, and none waits for another before its commit."""

    def write() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            for number in range(20):
                with connection.transaction():
                    connection.execute(ENTRY, [1, "thing.changed", number, "{}"])
                    connection.execute(ENTRY, [1, "thing.changed", number, "{}"])

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    row = written.execute("SELECT count(*) AS n, max(sequence) AS last FROM audit_chain WHERE clinic_id = 1").fetchone()
    assert row == {"n": 165, "last": 165}


def test_an_open_transaction_holds_nobody_up(database_url: str, written: Owner) -> None:
    """The chain is taken at the commit: who has written an entry and goes on working keeps no other one waiting."""
    with psycopg.connect(database_url) as open_one, psycopg.connect(database_url) as other:
        open_one.execute(ENTRY, [1, "thing.changed", 1, "{}"])
        other.execute("SET statement_timeout = '10s'")
        other.execute(ENTRY, [1, "thing.changed", 2, "{}"])
        other.commit()
        open_one.commit()

    row = written.execute("SELECT count(*) AS n FROM audit_chain WHERE clinic_id = 1").fetchone()
    assert row == {"n": 7}


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
        yield url


async def test_entries_of_the_previous_release_are_in_the_chain(prosa: Prosa, empty_database: str) -> None:
    """The migration links what is there, and code of before goes on writing as it did."""
    migrate(empty_database, "0008")
    prosa.environment["DATABASE_URL"] = empty_database
    with psycopg.connect(empty_database, autocommit=True) as owner:
        owner.execute("INSERT INTO clinics (id, slug, name) VALUES (1, 'a', 'A'), (2, 'b', 'B')")
        for clinic in (1, 2, 1, 1):
            owner.execute(ENTRY, [clinic, "thing.changed", clinic, '{"a": [1, "é"]}'])

        migrate(empty_database)

        with owner.transaction():
            owner.execute("SET LOCAL ROLE prosa_worker")
            owner.execute("SELECT set_config('prosa.clinic_id', '2', true)")
            owner.execute(ENTRY, [2, "thing.changed", 9, "{}"])
        found = (await prosa("audit", "verify", "--json")).ok().document["clinics"]
        assert [clinic["entries"] for clinic in found] == [3, 2]
        forced = "SELECT relname FROM pg_class WHERE relname IN ('audit_log', 'audit_chain') AND relforcerowsecurity"
        assert len(owner.execute(forced.encode()).fetchall()) == 2
