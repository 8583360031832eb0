"""What waits for a client that does not keep up. Bounded: who is further behind is cut off, and resumes by position."""

# Room for a resume's worth of events. Beyond it a client has stopped reading, or will never catch up.
MOST_FRAMES = 512
MOST_BYTES = 1024**2
# A client may be behind for a while; for long only by little.
PATIENCE_SECONDS = 10.0
TOLERATED_BYTES = 256 * 1024


class Backlog:
    """Frames in order, since the moment at which the client fell behind."""

    __slots__ = ("_frames", "bytes", "since")

    def __init__(self, since: float) -> None:
        self.since = since
        self.bytes = 0
        self._frames: list[bytes] = []

    def __len__(self) -> int:
        return len(self._frames)

    def extend(self, frames: list[bytes]) -> None:
        """Keep what could not be written."""
        self._frames += frames
        self.bytes += sum(map(len, frames))

    def take(self) -> bytes:
        """Everything, as one write."""
        frames, self._frames, self.bytes = self._frames, [], 0
        return b"".join(frames)

    def full(self, unsent: int) -> bool:
        """Whether no more fits, with so many bytes waiting in the transport before it."""
        return len(self._frames) > MOST_FRAMES or self.bytes + unsent > MOST_BYTES

    def hopeless(self, unsent: int, now: float) -> bool:
        """Whether the client has been too far behind for too long."""
        return now - self.since > PATIENCE_SECONDS and self.bytes + unsent > TOLERATED_BYTES
