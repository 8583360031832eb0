"""What a backup says about itself: enough to refuse one that was damaged, and to prove what was restored."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from deploy.local.problem import Problem

FORMAT = 1
DUMP, MANIFEST = "database.dump", "manifest.json"
_READ_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Contents:
    """What the database held at one moment. `heads` are the audit chains' last links by clinic, as `<sequence>:<hash>`."""

    taken_at: datetime
    server: str
    revision: str
    owners: Sequence[str]
    roles: Sequence[str]
    rows: Mapping[str, int]
    heads: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents, and the digest of the file that has them."""

    contents: Contents
    sha256: str


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it beside the dump."""
    told = {"format": FORMAT, "sha256": manifest.sha256, **asdict(manifest.contents)}
    text = json.dumps(told, indent=2, default=lambda moment: moment.isoformat())
    (folder / MANIFEST).write_text(text + "\n", "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read it, and see that the dump is the one it is about. Raises a Problem where it is not."""
    try:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
        if told.pop("format") != FORMAT:
            raise ValueError("another format")
        sha256 = told.pop("sha256")
        contents = Contents(**told | {"taken_at": datetime.fromisoformat(told["taken_at"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Problem(f"{folder} is no backup: {error}", "Name a folder that `create` has made.") from None
    if digest(folder / DUMP) != sha256:
        raise Problem(f"{folder / DUMP} is not what was written.", "It is damaged: take another backup.")
    return Manifest(contents, sha256)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    counted = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ_BYTES):
            counted.update(part)
    return counted.hexdigest()
