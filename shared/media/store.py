"""Where files are kept: a directory of this machine, or a bucket of anything that speaks S3.

Reading, listing and deleting are obstore's in both. Placing on disk is ours: obstore renames, and does not sync.
"""

import asyncio
import os
import stat
import tempfile
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

READ_BYTES = 256 * 1024
_INCOMING = ".incoming"
_LOCATION = "MEDIA_STORE must be file:<directory> or s3://<bucket>[/<prefix>][?endpoint=<URL>&region=<region>]"


class StoreError(Exception):
    """The store cannot do it now. The message names no file's content."""


class MissingFileError(StoreError):
    """The store does not have the file."""


@dataclass(frozen=True, slots=True)
class MediaStore:
    """A store of files by key. `incoming` is a directory from which a file gets in without being copied, where it can.

    `root` is there where the store is a directory.
    """

    objects: LocalStore | S3Store
    incoming: Path
    root: Path | None = None

    async def put(self, key: str, path: Path) -> None:
        """Store a complete, synced file of `incoming` durably and at once whole, or raise StoreError.

        What is stored under the key already has the same content, and is replaced. `path` may be gone afterwards.
        """
        try:
            if self.root is not None:
                await asyncio.to_thread(_place, path, self.root / key)
            else:
                await obstore.put_async(self.objects, key, path)
        except (BaseError, OSError) as error:
            raise StoreError(_named(error)) from error

    async def read(self, key: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to `stop`, in pieces. Raises MissingFileError, else StoreError."""
        try:
            if start >= stop:
                return
            found = await obstore.get_async(self.objects, key, options={"range": (start, stop)})
            async for piece in found.stream(READ_BYTES):
                yield bytes(piece)
        except FileNotFoundError as error:
            raise MissingFileError("the store does not have the file") from error
        except (BaseError, OSError) as error:
            raise StoreError(_named(error)) from error

    async def delete(self, key: str) -> None:
        """Delete a file; one that is not there is deleted already."""
        try:
            await obstore.delete_async(self.objects, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StoreError(_named(error)) from error

    async def clear_incoming(self, older_than: float) -> int:
        """Remove what a killed process left half received, `older_than` seconds ago; returns how many files."""
        return await asyncio.to_thread(_remove_old, self.incoming, time.time() - older_than)


def open_store(location: str) -> MediaStore:
    """The store that a setting names; a directory is made. Raises ValueError where it names none.

    Credentials of a bucket are read from the environment by the names that S3's own tools have (AWS_ACCESS_KEY_ID, …).
    """
    parts = urlsplit(checked_location(location))
    if parts.scheme == "file":
        return _directory(Path(unquote(parts.path)))
    return _bucket(parts.netloc, parts.path.strip("/"), dict(parse_qsl(parts.query)))


def checked_location(location: str) -> str:
    """A setting's value, if it can name a store. Raises ValueError."""
    parts = urlsplit(location)
    directory = parts.scheme == "file" and parts.path and parts.netloc in {"", "localhost"}
    if directory or (parts.scheme == "s3" and parts.netloc):
        return location
    raise ValueError(_LOCATION)


def _directory(root: Path) -> MediaStore:
    incoming = root.absolute() / _INCOMING
    incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
    return MediaStore(LocalStore(root.absolute()), incoming, root.absolute())


def _bucket(name: str, prefix: str, options: dict[str, str]) -> MediaStore:
    endpoint = options.get("endpoint")
    objects = S3Store(
        name,
        prefix=prefix or None,
        config={
            "region": options.get("region", "us-east-1"),
            **({"endpoint": endpoint, "virtual_hosted_style_request": False} if endpoint else {}),
        },
        # A store that stands still must not hold whoever waits for it longer than a lease.
        client_options={
            "allow_http": bool(endpoint and endpoint.startswith("http:")),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=60),
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=60)},
    )
    return MediaStore(objects, _own_directory(Path(tempfile.gettempdir()) / f"prosa-media-{os.getuid()}"))


def _own_directory(path: Path) -> Path:
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077 or not stat.S_ISDIR(found.st_mode):
        raise ValueError(f"{path} is not a directory of this user alone")
    return path


def _place(path: Path, target: Path) -> None:
    """Rename, and sync the directories: after a power failure there is the whole file or none."""
    made = [parent for parent in (target.parent, target.parent.parent) if not parent.exists()]
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.replace(target)
    for directory in (target.parent, *(parent.parent for parent in made)):
        _sync_directory(directory)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_old(directory: Path, before: float) -> int:
    removed = 0
    for entry in directory.iterdir():
        try:
            if entry.stat().st_mtime < before:
                entry.unlink()
                removed += 1
        except FileNotFoundError:
            continue
    return removed


def _named(error: Exception) -> str:
    # obstore's messages quote requests, headers and all.
    return f"the store failed ({type(error).__name__})"
