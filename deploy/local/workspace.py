"""The clone's private directory, and giving its contents up."""

import os
import pwd
import shutil

from deploy.local.postgres import wipe
from deploy.local.problem import Problem
from deploy.local.servers import postgres_home
from deploy.local.settings import Settings


def ensure_workspace(settings: Settings) -> None:
    """Make `.local`, or refuse one that another user's commands made: its files would not be ours to write."""
    settings.local.mkdir(exist_ok=True)
    owner = settings.local.stat().st_uid
    if owner != os.geteuid():
        raise Problem(
            f"{settings.local} belongs to {_name(owner)}, and you are {_name(os.geteuid())}.",
            f"Run make as {_name(owner)}, or use a clone of your own.",
        )
    settings.local.chmod(0o711)  # Postgres may run as another user and has to get through, whatever the umask is


def wipe_stack(settings: Settings, stack: str) -> None:
    """Remove all data of a stack whose servers are stopped."""
    wipe(postgres_home(settings, stack))
    shutil.rmtree(settings.local / stack, ignore_errors=True)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
