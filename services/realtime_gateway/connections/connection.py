"""One agent's socket, as the rest of the gateway sees it."""

from collections.abc import Sequence
from os import write
from typing import Protocol

from websockets.exceptions import ConnectionClosed
from websockets.protocol import OPEN

from services.realtime_gateway import metrics
from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.connections.backlog import Backlog
from services.realtime_gateway.connections.rate_limit import RateLimit
from services.realtime_gateway.connections.socket import AgentSocket
from services.realtime_gateway.protocol.framing import PING, text_frame
from services.realtime_gateway.tally import Tally
from shared.auth.tokens import Claims


class Writes(Protocol):
    """Where connections are flushed, and those remembered that do not keep up."""

    tally: Tally

    def add(self, connection: "AgentConnection") -> None:
        """Flush it at the end of the tick."""

    def settle(self) -> None:
        """Have what is for a whole audience sent to each of them before anything else."""

    def fell_behind(self, connection: "AgentConnection") -> None:
        """It does not keep up."""

    def caught_up(self, connection: "AgentConnection") -> None:
        """It does again, or is gone."""


class AgentConnection:
    """Sends in order, never waits, and knows what was joined. Frames gather until the end of the loop's tick.

    To a client that does not keep up nothing more is written: what must reach it is kept, what may be lost is dropped.
    """

    __slots__ = (
        "__weakref__",
        "_backlog",
        "_descriptor",
        "_gathered",
        "_socket",
        "_writes",
        "channels",
        "claims",
        "id",
        "limit",
        "parting",
        "token",
    )

    def __init__(self, socket: AgentSocket, writes: Writes, token: str, claims: Claims, now: float) -> None:
        self._socket = socket
        self._writes = writes
        self._gathered: list[bytes] = []
        # Where to write at once: what follows is due there as long as nothing waits in the transport. Else -1.
        self._descriptor = -1
        self._backlog: Backlog | None = None
        # Tells a user's tabs apart.
        self.id = str(socket.id)
        self.token = token
        self.claims = claims
        self.limit = RateLimit(now)
        # By the name the client used: it may have named a conversation by its external id.
        self.channels: dict[str, Channel] = {}
        # Why this side ended the connection, once it has.
        self.parting: str | None = None
        socket.reader = self

    def send(self, frame: bytes) -> None:
        """Send a WebSocket frame with the others of this tick."""
        if not self._gathered:
            self._writes.add(self)
        self._gathered.append(frame)

    def send_ephemeral(self, frame: bytes) -> None:
        """Send a frame that is dropped where the client does not keep up."""
        if self._socket.paused:
            metrics.DROPPED.inc()
        else:
            self.send(frame)

    def send_json(self, payload: bytes) -> None:
        """Send a text of our own."""
        self.send(text_frame(payload))

    def flush(self) -> None:
        """Write what gathered, as one system call."""
        frames = self._gathered
        if not (count := len(frames)):
            return
        data = frames[0] if count == 1 else b"".join(frames)
        if self.deliver(data, frames):
            self._count(count, len(data))
        frames.clear()

    def deliver(self, data: bytes, frames: Sequence[bytes]) -> bool:
        """Write frames at once, joined in `data`; whether they were written. Nothing gathered may wait before them."""
        if (descriptor := self._descriptor) < 0:
            if not self._may_write(data, len(frames)):
                return False
            descriptor = self._descriptor
        try:
            written = write(descriptor, data) if descriptor >= 0 else 0
        except OSError:  # full, or broken: the transport knows what to do
            written = 0
        if written < len(data):
            self._descriptor = -1
            self._socket.transport.write(data[written:])
        return True

    def written_beside(self) -> None:
        """Something may wait in the transport now, or the descriptor may become another's."""
        self._descriptor = -1

    def _count(self, frames: int, size_bytes: int) -> None:
        tally = self._writes.tally
        tally.frames += frames
        tally.writes += 1
        tally.bytes += size_bytes

    def _may_write(self, data: bytes, count: int) -> bool:
        """Whether data may be written now; else it is kept, or there is nobody any more to have it."""
        socket = self._socket
        # Raw writes are sound between the library's own frames: it never leaves one half written unless it sends a
        # fragmented message, which nobody here does. After the close frame nothing may follow.
        if socket.protocol.state is not OPEN or socket.send_in_progress is not None:
            return False
        if socket.paused:
            self._keep(data, count)
            return False
        self._descriptor = socket.descriptor()
        return True

    # How the client reads

    def fall_behind(self) -> None:
        """Write no more until what was written is read."""
        self._backlog = Backlog(self._socket.loop.time())
        self._writes.fell_behind(self)

    def catch_up(self) -> None:
        """Write what waited. That may be more than the client takes at once: then it falls behind again."""
        backlog, self._backlog = self._backlog, None
        self._writes.caught_up(self)
        if backlog and len(backlog) and self._socket.protocol.state is OPEN:
            self._count(len(backlog), backlog.bytes)
            self._descriptor = -1
            self._socket.transport.write(backlog.take())

    def hopeless(self, now: float) -> bool:
        """Whether it has been too far behind for too long."""
        return self._backlog is not None and self._backlog.hopeless(self._unsent(), now)

    def _keep(self, data: bytes, count: int) -> None:
        if self._backlog is None:
            return  # it is being closed
        self._backlog.extend(data, count)
        if self._backlog.full(self._unsent()):
            self.cut_off("slow")

    def _unsent(self) -> int:
        return self._socket.transport.get_write_buffer_size()

    # Whether there is a client

    @property
    def heard(self) -> float:
        """When anything came from the client, by the loop's clock."""
        return self._socket.heard

    def ping(self, now: float) -> None:
        """Ask the client for a sign of life."""
        socket = self._socket
        if socket.protocol.state is OPEN and socket.send_in_progress is None and not socket.paused:
            socket.pinged, socket.controls = now, 0
            self._descriptor = -1
            socket.transport.write(PING)

    # The end

    def cut_off(self, parting: str) -> None:
        """End the connection at once: a close frame would queue behind what is not being read."""
        self.parting = self.parting or parting
        self._writes.caught_up(self)
        self.written_beside()
        self._socket.transport.abort()

    async def close(self, code: int, reason: str, parting: str) -> None:
        """End the connection with a close frame, after everything sent before it."""
        self.parting = self.parting or parting
        self._writes.settle()
        self.flush()
        if self._socket.paused:
            self.cut_off(parting)
        else:
            await self._socket.close(code, reason)


_PARTING_BY_CODE = {1000: "logout", 1001: "client", 1005: "client", 1009: "too_big"}


def parting(connection: AgentConnection, closed: ConnectionClosed) -> str:
    """Why a connection ended, in the few words that a metric's label allows."""
    if connection.parting:
        return connection.parting
    if closed.rcvd is None and closed.sent is None:
        return "lost"
    first = closed.rcvd if closed.rcvd_then_sent or closed.sent is None else closed.sent
    return _PARTING_BY_CODE.get(first.code, "protocol") if first else "lost"
