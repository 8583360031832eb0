"""What waits for a client that does not keep up. Bounded: who is further behind is cut off, and resumes by position."""

# Room for a resume's worth of events. Beyond it a client has stopped reading, or will never catch up.
MOST_FRAMES = 512
MOST_BYTES = 1024**2
# A client may be behind for a while; for long only by little.
PATIENCE_SECONDS = 10.0
TOLERATED_BYTES = 256 * 1024


class Backlog:
    """Frames in order, since the moment at which the client fell behind."""

    __slots__ = ("_count", "_pieces", "bytes", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.bytes = 0
        self._count = 0
        self._pieces: list[bytes] = []

    def __len__(self) -> int:
        return self._count

    def extend(self, data: bytes, count: int) -> None:
        """Keep so many frames that could not be written."""
        self._pieces.append(data)
        self._count += count
        self.bytes += len(data)

    def take(self) -> bytes:
        """Everything, as one write."""
        pieces, self._pieces, self._count, self.bytes = self._pieces, [], 0, 0
        return b"".join(pieces)

    def full(self, unsent: int) -> bool:
        """Whether no more fits, with so many bytes waiting in the transport before it."""
        return self._count > MOST_FRAMES or self.bytes + unsent > MOST_BYTES

    def hopeless(self, unsent: int, now: float) -> bool:
        """Whether the client has been too far behind for too long."""
        return now - self.since > PATIENCE_SECONDS and self.bytes + unsent > TOLERATED_BYTES
