"""The library's connection, with what it does not have: the moment the client was heard, its keeping up, a shorter write."""

import logging
from collections.abc import Iterable
from typing import Any, Protocol

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

from services.realtime_gateway import metrics

CONTROLS = frozenset((Opcode.PING, Opcode.PONG))
# Between two pings of ours a client answers one, and sends some of its own.
MOST_CONTROLS = 100


class Reader(Protocol):
    """Somebody who wants to know how a client reads."""

    def fall_behind(self) -> None:
        """The client reads more slowly than it is written to."""

    def catch_up(self) -> None:
        """It has read what was written."""

    def cut_off(self, parting: str) -> None:
        """End the connection at once."""

    def written_beside(self) -> None:
        """The library writes, or the connection is gone."""


# The library's own messages are below the level that is logged; a socket needs no adapter that adds itself to them.
_LOGGER = logging.getLogger("websockets.server")


class _ShortQueue(list[Any]):
    """A deque for the few messages that wait at most: an empty one of the standard library takes 600 bytes."""

    __slots__ = ()

    def popleft(self) -> Any:
        return self.pop(0)

    def extendleft(self, items: Iterable[Any]) -> None:
        for item in items:
            self.insert(0, item)


class AgentSocket(ServerConnection):
    """Detecting a slow reader costs nothing while there is none: the transport's own flow control tells."""

    # Slots: with these the library's instances would have more than the 30 attributes up to which Python lets them share
    # one dictionary's keys, and each would take 1.3 KiB more.
    __slots__ = ("controls", "heard", "known", "pinged", "reader")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reader: Reader | None = None
        self.known = False  # whether it has shown a valid token
        # Pings and pongs since we pinged last: answering them all would be all we do.
        self.controls = 0
        self.heard = self.pinged = self.loop.time()

    def slim(self) -> None:
        """Give back what only the handshake needed: 3 KiB a socket."""
        if self.request:  # the library's parser keeps it for as long as the socket lives: the token in it
            self.request.headers.clear()
        self.response = None
        protocol = self.protocol
        protocol.__dict__.pop("select_subprotocol", None)
        protocol.logger = self.logger = _LOGGER
        self.drain_waiters = _ShortQueue()  # type: ignore[assignment]
        frames = self.recv_messages.frames
        frames.queue = _ShortQueue(frames.queue)  # type: ignore[assignment]

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

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame) and event.opcode in CONTROLS:
            self._count_control(event)
        else:
            super().process_event(event)

    def _count_control(self, frame: Frame) -> None:
        """The library has answered a ping already, and has sent none whose pong it could wait for."""
        if frame.opcode is Opcode.PONG:
            metrics.PING_RTT.observe(self.heard - self.pinged)
        self.controls += 1
        if self.controls == MOST_CONTROLS and self.reader:
            self.reader.cut_off("abuse")

    def pause_writing(self) -> None:
        super().pause_writing()
        if self.reader:
            self.reader.fall_behind()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.reader:
            self.reader.catch_up()
