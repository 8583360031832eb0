"""Take a backup: a dump and what is in it, of the same moment, while everything runs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.backup.database import Connection, connected, program, surroundings
from deploy.backup.manifest import DUMP, Contents, Manifest, digest, write_manifest
from deploy.backup.survey import survey
from deploy.local.problem import Problem

NAME = "prosa-%Y%m%dT%H%M%SZ"
PARTIAL = ".partial"


def take(url: str, into: Path) -> tuple[Path, Contents]:
    """A folder of its own for the backup, which is there whole or not at all; readable by its owner alone."""
    into.mkdir(parents=True, exist_ok=True)
    with connected(url) as connection, connection.transaction():
        # What is counted and what is dumped is one snapshot: the counts prove the restore to the row.
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        contents = survey(connection)
        folder = into / contents.taken_at.strftime(NAME)
        with _draft(folder) as draft:
            _dump(url, connection, draft / DUMP)
            write_manifest(draft, Manifest(contents, digest(draft / DUMP)))
            _sync(draft)
            draft.rename(folder)
    return folder, contents


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """The folder under another name, gone where the block fails: half a backup is of no use, and has patients in it."""
    draft = folder.with_suffix(PARTIAL)
    shutil.rmtree(draft, ignore_errors=True)
    before = os.umask(0o077)
    try:
        draft.mkdir()
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    finally:
        os.umask(before)


def _dump(url: str, connection: Connection, path: Path) -> None:
    [snapshot] = connection.execute("SELECT pg_export_snapshot() AS name").fetchall()
    command = [program("pg_dump"), "--format=custom", f"--snapshot={snapshot['name']}"]
    done = subprocess.run(
        [*command, f"--file={path}"], env=surroundings(url), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Problem("pg_dump failed.", "Read what it says; nothing was kept.", done.stderr.splitlines()[-15:])


def _sync(folder: Path) -> None:
    """On disk before it gets its name: a backup that is listed is one that survives the machine's end."""
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
