"""The ledger: what was accepted, synced to the disk before the next is sent."""

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Ledger:
    """Appends a line for every acceptance, and counts every answer that was none."""

    path: Path
    descriptor: int
    refused: Counter[int] = field(default_factory=Counter)  # by status; 0: the connection broke

    async def accept(self, name: str) -> None:
        """Write down that something was promised to be kept."""
        await asyncio.to_thread(self._append, f"{name}\n".encode())

    def accepted(self) -> Counter[str]:
        """How often each name was accepted, as the disk has it."""
        return Counter(self.path.read_text().split())

    def _append(self, line: bytes) -> None:
        os.write(self.descriptor, line)
        os.fdatasync(self.descriptor)


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield Ledger(path, descriptor)
    finally:
        os.close(descriptor)


def name_of(body: bytes) -> str:
    """How the ledger names a body."""
    return hashlib.sha256(body).hexdigest()
