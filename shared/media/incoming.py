"""A file on its way in: counted and hashed while it is written to disk, and never whole in memory."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# What is written in one step. Smaller pieces are joined first.
BLOCK_BYTES = 256 * 1024
HEAD_BYTES = 4096


class TooLargeError(Exception):
    """There is more of a file than is taken."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that is complete and synced, under a name for the time being. `head` is what it begins with."""

    path: Path
    size: int
    sha256: bytes
    head: bytes


@asynccontextmanager
async def receive(chunks: AsyncIterable[bytes], directory: Path, limit: int) -> AsyncIterator[IncomingFile]:
    """Write a file of at most `limit` bytes into `directory`; what is still there afterwards is removed.

    Raises TooLargeError as soon as it is known.
    """
    path = directory / secrets.token_hex(16)
    try:
        yield await _write(chunks, path, limit)
    finally:
        path.unlink(missing_ok=True)


async def _write(chunks: AsyncIterable[bytes], path: Path, limit: int) -> IncomingFile:
    digest, size, head = hashlib.sha256(), 0, b""
    with await asyncio.to_thread(_create, path) as file:
        async for block in _blocks(chunks):
            size += len(block)
            if size > limit:
                raise TooLargeError(f"larger than {limit} bytes")
            head = head or block[:HEAD_BYTES]
            digest.update(block)
            await asyncio.to_thread(file.write, block)
        await asyncio.to_thread(_sync, file)
    return IncomingFile(path, size, digest.digest(), head)


def _create(path: Path) -> BinaryIO:
    # Patients' files: for nobody else on this machine.
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


async def _blocks(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for chunk in chunks:
        waiting += chunk
        if len(waiting) >= BLOCK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
