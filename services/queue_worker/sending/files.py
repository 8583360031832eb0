"""A message's file on its way out."""

import base64
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.queue_worker.sending.calls import File, MediaType
from shared.db.pool import Connection
from shared.media.keys import media_key
from shared.media.store import MediaStore, MissingFileError, StoreError

# The clinic, the file's digest and its size; gives its bytes. Raises FileMissingError or FileUnavailableError.
ReadFile = Callable[[int, bytes, int], Awaitable[bytes]]

_MEDIA_TYPES: dict[str, MediaType] = {"image": "image", "video": "video", "audio": "audio"}


# A file is in memory about five times while it is handed over: as bytes, as base64, as text, and as a body of JSON.
MOST_BYTES_IN_HAND = 128 * 1024 * 1024


class FilesInHand:
    """How much of files is in memory: so many bytes at once, or one file that is larger."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0

    @contextmanager
    def room(self, size: int) -> Iterator[bool]:
        """Whether there is room for so many bytes; they take it during the block."""
        if self._bytes and self._bytes + size > self._most_bytes:
            yield False
            return
        self._bytes += size
        try:
            yield True
        finally:
            self._bytes -= size


class FileMissingError(Exception):
    """There is no such file any more."""


class FileUnavailableError(Exception):
    """The store does not give the file now."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a message's file. `size` in bytes."""

    name: str
    mimetype: str | None
    sha256: bytes | None
    size: int


async def find_file(connection: Connection, clinic_id: int, message_id: int) -> StoredFile | None:
    """The message's first file: WhatsApp's messages have one."""
    cursor = await connection.execute(
        "SELECT file_name, file_type, sha256, file_size FROM message_attachments"
        " WHERE clinic_id = %s AND message_id = %s ORDER BY id LIMIT 1",
        [clinic_id, message_id],
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    digest = None if row["sha256"] is None else bytes(row["sha256"])
    return StoredFile(row["file_name"], row["file_type"], digest, row["file_size"] or 0)


async def open_file(stored: StoredFile | None, clinic_id: int, message_type: str, read: ReadFile) -> File:
    """The file as Evolution takes it. Raises FileMissingError or FileUnavailableError."""
    if stored is None or stored.sha256 is None:
        raise FileMissingError
    content = await read(clinic_id, stored.sha256, stored.size)
    encoded = base64.b64encode(content).decode()
    return File(_MEDIA_TYPES.get(message_type, "document"), encoded, stored.mimetype, stored.name)


def file_reader(store: MediaStore) -> ReadFile:
    """Reads files whole: Evolution takes them as one base64 text."""

    async def read(clinic_id: int, sha256: bytes, size: int) -> bytes:
        try:
            return b"".join([piece async for piece in store.read(media_key(clinic_id, sha256), 0, size)])
        except MissingFileError as error:
            raise FileMissingError from error
        except StoreError as error:
            raise FileUnavailableError(str(error)) from error

    return read
