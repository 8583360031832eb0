"""The library's connection, with the two things it does not tell: when the client was heard, and whether it keeps up."""

from typing import Any, Protocol

from websockets.asyncio.server import ServerConnection

from services.realtime_gateway import metrics


class Reader(Protocol):
    """Somebody who wants to know how a client reads."""

    def fall_behind(self) -> None:
        """The client reads more slowly than it is written to."""

    def catch_up(self) -> None:
        """It has read what was written."""


class AgentSocket(ServerConnection):
    """Detecting a slow reader costs nothing while there is none: the transport's own flow control tells."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reader: Reader | None = None
        self.heard = self.pinged = self.loop.time()

    def data_received(self, data: bytes) -> None:
        self.heard = self.loop.time()
        super().data_received(data)

    def acknowledge_pings(self, data: bytes) -> None:
        metrics.PING_RTT.observe(self.heard - self.pinged)
        super().acknowledge_pings(data)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.reader:
            self.reader.fall_behind()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.reader:
            self.reader.catch_up()
