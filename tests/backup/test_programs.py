"""Postgres' programs, where only those for clients are installed."""

from pathlib import Path

import pytest

from deploy.backup.database import program
from deploy.local import binaries
from deploy.local.problem import Problem


def installed(root: Path, version: int) -> Path:
    """What `postgresql-client-NN` puts there: no server."""
    folder = root / str(version) / "bin"
    folder.mkdir(parents=True)
    dump = folder / "pg_dump"
    dump.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.1 (Debian {version}.1-1)'\n")
    dump.chmod(0o700)
    return folder


def test_the_newest_clients_program_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several versions beside each other; a server is not looked for."""
    folders = [installed(tmp_path, version) for version in (9, 17, 15)]
    monkeypatch.setattr(binaries, "_postgres_directories", lambda: iter(folders))

    assert program("pg_dump") == str(folders[1] / "pg_dump")


def test_who_has_none_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the program's name."""
    monkeypatch.setattr(binaries, "_postgres_directories", lambda: iter(()))
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Problem, match="pg_none was not found"):
        program("pg_none")
