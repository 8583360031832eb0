"""One agent's socket, as the rest of the gateway sees it."""

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.connections.rate_limit import RateLimit
from services.realtime_gateway.connections.writer import Writer
from services.realtime_gateway.protocol.framing import text_frame
from shared.auth.tokens import Claims

# A client this far behind has stopped reading. It is cut off without delaying anyone, and resumes by position.
MOST_UNREAD_BYTES = 1024**2


class AgentConnection:
    """Sends in order, never waits, and knows what was joined. Frames gather until the end of the loop's tick."""

    __slots__ = ("_gathered", "_socket", "_writer", "channels", "claims", "limit", "parting", "token")

    def __init__(self, socket: ServerConnection, writer: Writer, token: str, claims: Claims, now: float) -> None:
        self._socket = socket
        self._writer = writer
        self._gathered: list[bytes] = []
        self.token = token
        self.claims = claims
        self.limit = RateLimit(now)
        # By the name the client used: it may have named a conversation by its external id.
        self.channels: dict[str, Channel] = {}
        # Why this side ended the connection, once it has.
        self.parting: str | None = None

    @property
    def id(self) -> str:
        """Tells a user's tabs apart."""
        return str(self._socket.id)

    def send(self, frame: bytes) -> None:
        """Send a WebSocket frame with the others of this tick."""
        if not self._gathered:
            self._writer.add(self)
        self._gathered.append(frame)

    def send_ephemeral(self, frame: bytes) -> None:
        """Send a frame that may be dropped."""
        self.send(frame)

    def send_json(self, payload: bytes) -> None:
        """Send a text of our own."""
        self.send(text_frame(payload))

    def flush(self) -> int:
        """Write what gathered; returns the number of frames written."""
        frames, self._gathered = self._gathered, []
        if not frames:
            return 0
        socket = self._socket
        # Raw writes are sound between the library's own frames: it never leaves one half written unless it sends a
        # fragmented message, which nobody here does. After the close frame nothing may follow.
        if socket.protocol.state is not State.OPEN or socket.send_in_progress is not None:
            return 0
        if socket.paused and socket.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            self.cut_off("slow")
            return 0
        socket.transport.write(frames[0] if len(frames) == 1 else b"".join(frames))
        return len(frames)

    def cut_off(self, parting: str) -> None:
        """End the connection at once: a close frame would queue behind what is not being read."""
        self.parting = self.parting or parting
        self._socket.transport.abort()

    async def close(self, code: int, reason: str, parting: str) -> None:
        """End the connection with a close frame, after everything sent before it."""
        self.parting = self.parting or parting
        self.flush()
        await self._socket.close(code, reason)


_PARTING_BY_CODE = {1000: "logout", 1001: "client", 1005: "client", 1009: "too_big", 1011: "silent"}


def parting(connection: AgentConnection, closed: ConnectionClosed) -> str:
    """Why a connection ended, in the few words that a metric's label allows."""
    if connection.parting:
        return connection.parting
    if closed.rcvd is None and closed.sent is None:
        return "lost"
    first = closed.rcvd if closed.rcvd_then_sent or closed.sent is None else closed.sent
    return _PARTING_BY_CODE.get(first.code, "protocol") if first else "lost"
