"""Log files of everything the local stack starts."""

import os
from pathlib import Path

_ROTATE_AT = 10 * 1024 * 1024  # bytes
_TAIL = 64 * 1024  # bytes


def open_bounded(path: Path) -> int:
    """Open a log for appending, keeping one older generation once it has grown large; gives a descriptor."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _ROTATE_AT:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def telling_lines(path: Path, count: int) -> list[str]:
    """The lines that tell why a program ended: its last ones, or those where RabbitMQ says why it did not start."""
    lines = last_lines(path, 200)
    marks = [number for number, line in enumerate(lines) if line.startswith("BOOT FAILED")]
    return lines[marks[-1] :][:count] if marks else lines[-count:]


def last_lines(path: Path, count: int) -> list[str]:
    """The end of a log, as text; nothing if there is no log."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        return file.read().decode("utf-8", "replace").splitlines()[-count:]
