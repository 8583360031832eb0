"""Old backups end: what a clinic or a person had deleted must not live on in them."""

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.backup.taking import NAME


def expired(names: Iterable[str], now: datetime, days: int) -> list[str]:
    """Which backups are older than so many days; never the newest one. Pure."""
    dated = sorted((taken, name) for name in names if (taken := _taken_at(name)))
    return [name for taken, name in dated[:-1] if now - taken > timedelta(days=days)]


def expire(folder: Path, days: int) -> list[str]:
    """Remove what is expired; returns their names."""
    names = [path.name for path in folder.iterdir() if path.is_dir()]
    gone = expired(names, datetime.now(UTC), days)
    for name in gone:
        shutil.rmtree(folder / name)
    return gone


def _taken_at(name: str) -> datetime | None:
    try:
        return datetime.strptime(name, NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
