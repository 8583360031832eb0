"""The library's connection, with what it does not have: the moment the client was heard, its keeping up, a shorter write."""

import os
from asyncio import BaseTransport
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
        self._descriptor = -1

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        if transport.get_extra_info("sslcontext") is None:
            self._descriptor = transport.get_extra_info("socket").fileno()

    def write(self, data: bytes) -> None:
        """Write whole frames after those before them.

        Where nothing waits in the transport the system call is made here: its way there costs a third of a delivery.
        The descriptor is the transport's own as long as that is not closing, which nothing can change meanwhile.
        """
        transport = self.transport
        if self._descriptor >= 0 and not transport.get_write_buffer_size() and not transport.is_closing():
            try:
                written = os.write(self._descriptor, data)
            except OSError:  # full, or broken: the transport knows what to do
                written = 0
            if written == len(data):
                return
            data = data[written:]
        transport.write(data)

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
