"""Backups of the database: `python -m deploy.backup create|check|restore|doubt|expire …`."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from deploy.backup.doubts import doubt
from deploy.backup.expiry import expire
from deploy.backup.manifest import Contents, read_manifest
from deploy.backup.restoring import restore
from deploy.backup.taking import take
from deploy.local.problem import Problem

_NEXT = """What to do now, before any service starts (docs/operations.md, "Restore"):
  1. empty Redis: what it remembers is newer than the database
  2. give the API and the gateway another PROSA_JWT_SECRET: sessions that were ended since would live again
  3. make the services' logins (python -m shared.db.logins), where this is another server
  4. repeat the erasures of persons since then, and let Evolution be reachable"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    options = _command_line().parse_args(arguments)
    try:
        return _run(options)
    except Problem as problem:
        print(problem.report(), file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "create":
            made, contents = take(_database_url(), options.folder)
            print(f"{made}\n{_told(contents)}")
        case "check":
            print(_told(read_manifest(options.folder).contents))
        case "restore":
            print(f"restored and reconciled: {_told(restore(_database_url(), options.folder).contents)}\n{_NEXT}")
        case "doubt":
            print(f"{doubt(_database_url(), options.since)} replies are doubted")
        case _:
            print("\n".join(expire(options.folder, options.days)) or "nothing is old enough")
    return 0


def _told(contents: Contents) -> str:
    rows = sum(contents.rows.values())
    return f"{rows} rows of {len(contents.rows)} tables at {contents.taken_at.isoformat()}, schema {contents.revision}"


def _database_url() -> str:
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise Problem(
            "DATABASE_URL is not set.", "Name the database itself, not a pooler, with a login that sees all rows."
        )
    return url


def _command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.backup", description="Backups of Prosa's database.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, folder, text in (
        ("create", "where backups are kept", "take one, while everything runs"),
        ("check", "the backup", "whether it is whole, and what is in it"),
        ("restore", "the backup", "into the empty database of DATABASE_URL"),
        ("expire", "where backups are kept", "remove what is old, but never the newest"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("folder", type=Path, help=folder)
        if name == "expire":
            command.add_argument("--days", type=int, default=30, help="older ones go (default: 30)")
    text = "mark what waits to be sent in a database that was set back to that moment by other means"
    command = commands.add_parser("doubt", help=text, description=text)
    command.add_argument("since", type=datetime.fromisoformat, help="the moment, ISO 8601 with its offset")
    return parser


if __name__ == "__main__":
    sys.exit(main())
