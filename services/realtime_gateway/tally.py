"""What is counted with every event and every write: in plain numbers, told to Prometheus a few times a second.

A counter of Prometheus' takes longer than handing an event to a listener.
"""

from services.realtime_gateway import metrics


class Tally:
    """Counts since they were last told."""

    __slots__ = ("bytes", "events", "frames", "writes")

    def __init__(self) -> None:
        self.events = self.frames = self.writes = self.bytes = 0

    def tell(self) -> None:
        """Tell what was counted, and begin anew."""
        metrics.EVENTS.inc(self.events)
        metrics.DELIVERED.inc(self.frames)
        metrics.WRITES.inc(self.writes)
        metrics.BYTES.inc(self.bytes)
        if self.writes:
            metrics.FRAMES_PER_WRITE.observe(self.frames / self.writes)
        self.events = self.frames = self.writes = self.bytes = 0
