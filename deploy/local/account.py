"""The system account that runs Postgres, which refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.problem import Problem


@dataclass(frozen=True)
class Account:
    """A user and group to run a program as."""

    name: str
    uid: int
    gid: int

    def popen_arguments(self) -> dict[str, Any]:
        """What `subprocess` needs to run a program as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def unprivileged_account() -> Account | None:
    """The account that stands in for root, or None where we are an ordinary user already."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known.get("nobody")
    if entry is None:
        raise Problem(
            "Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as.",
            "Run make as an ordinary user, or name a running Postgres in DATABASE_URL.",
        )
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def can_enter(account: Account | None, directory: Path) -> bool:
    """Whether the account can reach a directory, tried for real: bits, groups and access lists all count."""
    command: Sequence[str] = ["/bin/sh", "-c", 'cd "$0"', str(directory)]
    arguments = account.popen_arguments() if account else {}
    return subprocess.run(command, capture_output=True, check=False, cwd="/", **arguments).returncode == 0
