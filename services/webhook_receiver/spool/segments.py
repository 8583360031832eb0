"""The spool's files: segments that are only appended to, synced before anything is acknowledged, deleted when drained.

Every call blocks on the disk and belongs in a thread. A folder belongs to the process that holds its lock; one whose
process died is taken over by the next that starts.
"""

import fcntl
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services.webhook_receiver.spool.record import OVERHEAD_BYTES, decode_records, encode_record

SEGMENT_BYTES = 8 * 1024**2
_SUFFIX = ".segment"


class SpoolFullError(Exception):
    """The spool holds as much as it may."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A closed segment. `torn_bytes` at its end are no record: what a crash interrupted, or a broken disk."""

    path: Path
    payloads: list[bytes]
    torn_bytes: int


class Segments:
    """The segments of one or more folders that this process holds; it writes to the first."""

    def __init__(self, folders: Sequence[Path], locks: Sequence[int], *, max_bytes: int) -> None:
        self._folder = folders[0]
        self._locks = locks
        self._max_bytes = max_bytes
        self._guard = threading.Lock()
        self._sealed = sorted(path for folder in folders for path in folder.glob(f"*{_SUFFIX}"))
        self._sizes = {path: path.stat().st_size for path in self._sealed}
        # Of those that are found: since they were last written, which is the least that it may be.
        self._since = {path: path.stat().st_mtime for path in self._sealed}
        # Not the number of one that was set aside either.
        self._next = 1 + max((int(path.stem) for folder in folders for path in folder.glob("[0-9]*.*")), default=0)
        self._open: tuple[Path, int] | None = None

    @property
    def size(self) -> int:
        """Bytes that wait to be drained."""
        return sum(self._sizes.values())

    @property
    def has_room(self) -> bool:
        """Whether anything more can be written."""
        return self.size < self._max_bytes

    def oldest_age(self, now: float) -> float:
        """For how long the oldest segment has waited, or 0."""
        return max(0.0, now - min(list(self._since.values()), default=now))

    def append(self, payloads: Sequence[bytes]) -> None:
        """Write records and sync them to the disk. Raises SpoolFullError or OSError; then none of them is promised."""
        with self._guard:
            written = sum(map(len, payloads)) + OVERHEAD_BYTES * len(payloads)
            if self.size + written > self._max_bytes:
                raise SpoolFullError
            path, descriptor = self._writable()
            try:
                _write_all(descriptor, b"".join(map(encode_record, payloads)))
                os.fdatasync(descriptor)
            except OSError:
                self._abandon(path)
                raise
            self._sizes[path] += written

    def oldest(self) -> Segment | None:
        """The oldest segment, closed to further writes; None where nothing waits."""
        with self._guard:
            if not self._sealed:
                self._seal()
            if not self._sealed:
                return None
            return _read(self._sealed[0])

    def discard(self, segment: Segment) -> None:
        """Forget a segment that was drained. Where bytes of it could not be read, it is set aside for a person."""
        path = segment.path
        with self._guard:
            if segment.torn_bytes:
                path.rename(path.with_suffix(".torn"))
            else:
                path.unlink(missing_ok=True)
            self._forget(path)  # now: where the sync fails the file is gone all the same
            _sync_folder(path.parent)

    def close(self) -> None:
        """Let another process have the folders; what waits in them stays."""
        with self._guard:
            self._seal()
            for lock in self._locks:
                os.close(lock)

    def _writable(self) -> tuple[Path, int]:
        if self._open is not None and self._sizes[self._open[0]] >= SEGMENT_BYTES:
            self._seal()
        if self._open is None:
            path = self._folder / f"{self._next:020d}{_SUFFIX}"
            self._next += 1
            self._open = path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._sizes[path], self._since[path] = 0, time.time()
            _sync_folder(self._folder)
        return self._open

    def _abandon(self, path: Path) -> None:
        """What stands after a failed write is unknown: nothing more is written behind it. Where nothing stood before, it
        goes, or a full disk would be filled with beginnings.
        """
        self._seal()
        if self._sizes[path] == 0:
            with suppress(OSError):
                path.unlink()
                self._forget(path)

    def _forget(self, path: Path) -> None:
        self._sealed.remove(path)
        del self._sizes[path], self._since[path]

    def _seal(self) -> None:
        if self._open is not None:
            path, descriptor = self._open
            os.close(descriptor)
            self._sealed.append(path)
            self._open = None


def open_segments(root: Path, *, max_bytes: int) -> Segments:
    """Take every folder of the spool whose process is gone, or a new one where all are held."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = [(folder, lock) for folder in sorted(root.glob("[0-9]*")) if (lock := _try_lock(folder)) is not None]
    index = len(list(root.glob("[0-9]*")))
    while not held:
        folder = root / f"{index:04d}"
        folder.mkdir(exist_ok=True, mode=0o700)
        _sync_folder(root)
        if (lock := _try_lock(folder)) is not None:
            held.append((folder, lock))
        index += 1
    return Segments([folder for folder, _ in held], [lock for _, lock in held], max_bytes=max_bytes)


def _read(path: Path) -> Segment:
    data = path.read_bytes()
    payloads = list(decode_records(data))
    whole = sum(len(payload) + OVERHEAD_BYTES for payload in payloads)
    return Segment(path, payloads, len(data) - whole)


def _try_lock(folder: Path) -> int | None:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    """A new or deleted name is only durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
