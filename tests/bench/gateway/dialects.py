"""How a client of each contestant opens its socket and joins its room."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token

# Rooms are conversations; each is in a clinic of its own.
FIRST_CLINIC = 1000
# A clinic of 5,000 who come and go would tell each of them of each other, which nobody else does here: in the large rooms
# everybody has several tabs. In those of 10 everybody is somebody else.
MOST_USERS = 100


@dataclass(frozen=True, slots=True)
class Dialect:
    """`greeting` is how the frame begins that says the socket is of use; None where the HTTP answer says so."""

    path: Callable[[int], str]
    headers: Callable[[int, int], str] = lambda _number, _room: ""
    greeting: bytes | None = None
    welcome: bytes = b""
    join: Callable[[int], bytes | None] = lambda _room: None
    answers: tuple[tuple[bytes, bytes], ...] = ()
    refusal: bytes | None = None

    def request(self, number: int, room: int, port: int) -> bytes:
        """The HTTP request."""
        return (
            f"GET {self.path(room)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"{self.headers(number, room)}\r\n"
        ).encode()

    def answer(self, payload: bytes) -> bytes | None:
        """What a frame that is no event has to be answered with."""
        return next((answer for start, answer in self.answers if payload.startswith(start)), None)


def _bearer(number: int, room: int) -> str:
    token = issue_token(
        DEVELOPMENT_SECRET,
        user_id=room * 1000 + number % MOST_USERS,
        clinic_id=FIRST_CLINIC + room,
        role="agent",
        name="Ana Souza",
        now=datetime.now(UTC),
        life=timedelta(hours=8),
    )
    return f"Sec-WebSocket-Protocol: prosa.v1, bearer.{token}\r\n"


def _join(room: int) -> bytes:
    return b'{"id":"1","type":"conversation:join","data":{"conversation_id":"%d"}}' % room


DIALECTS = {
    "prosa": Dialect(
        path=lambda _room: "/ws",
        headers=_bearer,
        greeting=b'{"type":"connected"',
        welcome=b'{"type":"reply","id":"1","ok":true',
        refusal=b'{"type":"reply","id":"1","ok":false',
        join=_join,
    ),
    "socketio": Dialect(
        path=lambda room: f"/socket.io/?EIO=4&transport=websocket&room={room}",
        greeting=b"40{",
        answers=((b"0{", b"40"), (b"2", b"3")),
    ),
    "plain": Dialect(path=lambda room: f"/{room}"),
    "nchan": Dialect(path=lambda room: f"/sub/{room}"),
}
