"""The files of a build, in memory: what is served is one build as a whole, also while the next one is written."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

INDEX = "index.html"
# Made beside the files by the build, best first.
CODINGS = {"br": ".br", "gzip": ".gz"}
# What a machine's own tables may call otherwise.
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file of the build, and what it is when compressed."""

    content: bytes = field(repr=False)
    media_type: str
    etag: str
    encoded: Mapping[str, bytes] = field(repr=False)


Build = Mapping[str, File]


def read_build(directory: Path) -> Build:
    """The files by their paths. Raises FileNotFoundError where there is no build."""
    index = directory / INDEX
    if not index.is_file():
        raise FileNotFoundError(index)
    names = [path for path in sorted(directory.rglob("*")) if path.is_file() and _is_served(path, directory)]
    return {path.relative_to(directory).as_posix(): _read(path) for path in names}


def _is_served(path: Path, directory: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(directory).parts)
    return not hidden and path.suffix not in CODINGS.values()


def _read(path: Path) -> File:
    content = path.read_bytes()
    encoded = {
        coding: compressed.read_bytes()
        for coding, suffix in CODINGS.items()
        if (compressed := path.with_name(path.name + suffix)).is_file()
    }
    return File(content, _media_type(path), hashlib.sha256(content).hexdigest()[:32], encoded)


def _media_type(path: Path) -> str:
    return TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
