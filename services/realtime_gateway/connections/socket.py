"""The library's connection, with what it does not have: the moment the client was heard, its keeping up, a shorter write."""

from typing import Any, Protocol

from websockets.asyncio.server import ServerConnection

from services.realtime_gateway import metrics


class Reader(Protocol):
    """Somebody who wants to know how a client reads."""

    def fall_behind(self) -> None:
        """The client reads more slowly than it is written to."""

    def catch_up(self) -> None:
        """It has read what was written."""

    def written_beside(self) -> None:
        """The library writes, or the connection is gone."""


class AgentSocket(ServerConnection):
    """Detecting a slow reader costs nothing while there is none: the transport's own flow control tells."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reader: Reader | None = None
        self.heard = self.pinged = self.loop.time()

    def descriptor(self) -> int:
        """Where a write comes after everything that the transport was given, as long as it is given nothing more; or -1.

        Where nothing waits in the transport, its way to the system call costs a third of a delivery.
        """
        transport = self.transport
        if transport.get_write_buffer_size() or transport.is_closing() or transport.get_extra_info("sslcontext"):
            return -1
        return int(transport.get_extra_info("socket").fileno())

    def send_data(self) -> None:
        """Write the library's own frames."""
        if self.reader:
            self.reader.written_beside()
        super().send_data()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.reader:  # only after this is the descriptor closed, and may be another client's
            self.reader.written_beside()
        super().connection_lost(exc)

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
