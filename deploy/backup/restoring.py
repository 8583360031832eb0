"""Restore a backup into an empty database, proved and with its sends made doubtful: in one transaction, or not at all."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from psycopg import sql

from deploy.backup.database import Connection, connected, program, surroundings
from deploy.backup.doubts import doubt_sends
from deploy.backup.manifest import DUMP, Contents, Manifest, read_manifest
from deploy.backup.survey import HEADS
from deploy.local.problem import Problem

_IN_THE_WAY = "SELECT count(*) AS found FROM pg_class WHERE relnamespace = 'public'::regnamespace"


def restore(url: str, folder: Path) -> Manifest:
    """Make roles that are missing, then the database's contents. Raises a Problem, and leaves the database empty."""
    manifest = read_manifest(folder)
    with connected(url) as connection:
        _refuse_what_is_there(connection)
        _make_roles(connection, manifest.contents)
        said = _restored(url, folder / DUMP, "\n".join(_afterwards(connection, manifest.contents)))
        if said is not None:
            raise Problem("The restore failed; nothing of it stayed.", "Read what it says.", said[-15:])
        connection.execute("ANALYZE")
    return manifest


def _refuse_what_is_there(connection: Connection) -> None:
    [row] = connection.execute(_IN_THE_WAY).fetchall()
    if row["found"]:
        raise Problem(
            f"The database is not empty: {row['found']} tables, indexes and the like are in it.",
            "Restore into a new one (CREATE DATABASE), then point DATABASE_URL at it.",
        )


def _make_roles(connection: Connection, contents: Contents) -> None:
    """The product's roles, which belong to the cluster and are in no dump. None of them may sign in or pass by policies."""
    there = {row["name"] for row in connection.execute("SELECT rolname AS name FROM pg_roles").fetchall()}
    if lacking := [owner for owner in contents.owners if owner not in there]:
        raise Problem(
            f"The tables' owner is not on this server: {', '.join(lacking)}.",
            f"Make it, with a password of its own: CREATE ROLE {lacking[0]} LOGIN PASSWORD '…'",
        )
    for role in contents.roles:
        if role not in there:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOBYPASSRLS").format(sql.Identifier(role)))
        for owner in contents.owners:
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(owner)))


def _afterwards(connection: Connection, contents: Contents) -> Iterator[str]:
    """What is done before anything of the restore can be seen: a service that starts at once finds it finished."""
    for table, rows in contents.rows.items():
        count = sql.SQL(
            "DO $$ BEGIN IF (SELECT count(*) FROM {table}) <> {rows} THEN"
            " RAISE EXCEPTION '% has not its {rows} rows', {name}; END IF; END $$;"
        )
        named = sql.Identifier("public", table)
        yield count.format(table=named, rows=sql.Literal(rows), name=sql.Literal(table)).as_string(connection)
    yield _compare_heads(contents).as_string(connection)
    yield doubt_sends(contents.taken_at).as_string(connection)


def _compare_heads(contents: Contents) -> sql.Composed:
    """A chain that somebody shortened or wrote anew holds in itself: only its end, noted elsewhere, tells."""
    comparing = """
        DO $$ DECLARE others text; BEGIN
          SELECT string_agg(clinic_id, ', ' ORDER BY clinic_id) INTO others
          FROM ({heads}) AS is_now FULL JOIN jsonb_each_text({noted}) AS noted(clinic_id, head) USING (clinic_id)
          WHERE is_now.head IS DISTINCT FROM noted.head;
          IF others IS NOT NULL THEN
            RAISE EXCEPTION 'the audit chains of these clinics end otherwise than noted: %', others;
          END IF;
        END $$;"""
    return sql.SQL(comparing).format(heads=sql.SQL(HEADS), noted=sql.Literal(json.dumps(dict(contents.heads))))


def _restored(url: str, dump: Path, afterwards: str) -> list[str] | None:
    """What psql said where it failed. One transaction: `pg_restore --single-transaction` would commit before the rest."""
    environment = surroundings(url)
    reading = [program("pg_restore"), "--file=-", "--exit-on-error", str(dump)]
    writing = [program("psql"), "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"]
    with TemporaryFile() as said:
        with subprocess.Popen(writing, env=environment, stdin=subprocess.PIPE, stderr=said) as psql:
            with subprocess.Popen(reading, env=environment, stdout=subprocess.PIPE, stderr=said) as script:
                whole = _feed(script, psql, afterwards)
            with suppress(BrokenPipeError):
                _pipe(psql.stdin).close()
        said.seek(0)
        words = said.read().decode(errors="replace").splitlines()
    return None if whole and psql.returncode == 0 else words or ["it was interrupted"]


def _feed(script: subprocess.Popen[bytes], psql: subprocess.Popen[bytes], afterwards: str) -> bool:
    source, target = _pipe(script.stdout), _pipe(psql.stdin)
    try:
        target.write(b"BEGIN;\n")
        shutil.copyfileobj(source, target)
        # Only a script that was read to its end is committed.
        if script.wait() == 0:
            target.write(f"\n{afterwards}\nCOMMIT;\n".encode())
            return True
    except BrokenPipeError:  # psql has ended; what it said tells why
        script.terminate()
    return False


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise LookupError("the process was started without a pipe")
    return end
