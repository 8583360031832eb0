"""Who may come in: the HTTP request is judged before the socket exists, the token as soon as it does."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from pydantic import ValidationError
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import InvalidHeader, NegotiationError
from websockets.headers import parse_subprotocol
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import spread_ms
from services.realtime_gateway.connections.rate_limit import TokenBucket
from services.realtime_gateway.connections.socket import AgentSocket
from services.realtime_gateway.protocol.close_codes import CloseCode
from services.realtime_gateway.protocol.commands import AuthFrame
from shared.auth.tokens import Claims, InvalidTokenError, TokenVerifier

PATH = "/ws"
SUBPROTOCOL = Subprotocol("prosa.v1")
BEARER = "bearer."


class RejectedError(Exception):
    """A socket that is closed before it was of use. `label` is the metric's word for it."""

    def __init__(self, code: CloseCode, reason: str, label: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.label = label


class Admission(NamedTuple):
    """Who came in; the token is kept to ask the API in the user's name."""

    token: str
    claims: Claims


class Door:
    """Lets in those with a valid token, up to so many.

    Who shows none with the request has some seconds to send it, and is a stranger until then. However many strangers come,
    they take neither the room nor the turns of those who do show one: together they are at most twice as many.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        *,
        enabled: bool,
        max_connections: int,
        handshakes_per_second: int,
        auth_timeout_seconds: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        # A restart elsewhere may send everybody here at once; the first of them need not wait.
        burst = max(max_connections, handshakes_per_second)
        self._turns, self._strangers_turns = (
            TokenBucket(burst, handshakes_per_second * 60, self._loop.time()) for _ in range(2)
        )
        self._verifier = verifier
        self._enabled = enabled
        self._max_connections = max_connections
        self._auth_timeout = auth_timeout_seconds

    def refuse(self, socket: ServerConnection, request: Request) -> Response | None:
        """Answer a request that must not become a socket."""
        if urlsplit(request.path).path != PATH:
            return self._refuse(socket, HTTPStatus.NOT_FOUND, f"sockets are at {PATH}", "path")
        if not self._enabled:
            return self._refuse(socket, HTTPStatus.SERVICE_UNAVAILABLE, "the realtime gateway is disabled", "disabled")
        known = self._shows_token(request)
        if self._full(cast(set[AgentSocket], socket.server.all_connections), known):
            return self._refuse(socket, HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", "full")
        if (self._turns if known else self._strangers_turns).take(self._loop.time()):
            return self._refuse(socket, HTTPStatus.SERVICE_UNAVAILABLE, "too many clients connect at once", "storm")
        cast(AgentSocket, socket).known = known
        return None

    def _shows_token(self, request: Request) -> bool:
        try:
            token = offered_token(request)
            return token is not None and bool(self._verifier.verify(token))
        except (InvalidTokenError, InvalidHeader):
            return False

    def _full(self, sockets: set[AgentSocket], known: bool) -> bool:
        if len(sockets) < self._max_connections:
            return False
        return not known or sum(socket.known for socket in sockets) >= self._max_connections

    def select_subprotocol(self, _socket: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        """`prosa.v1`; a client that offers nothing may do without. The token is never echoed."""
        if offered and SUBPROTOCOL not in offered:
            raise NegotiationError(f"offer the subprotocol {SUBPROTOCOL}")
        return SUBPROTOCOL if offered else None

    async def admit(self, socket: AgentSocket) -> Admission:
        """Find and verify the token. Raises RejectedError or ConnectionClosed."""
        token = offered_token(socket.request) or await self._token_in_first_frame(socket)
        try:
            claims = self._verifier.verify(token)
        except InvalidTokenError as error:
            # In words of ours: those of the error may quote the token, and be longer than a close frame takes.
            reason = "the token has expired" if "expired" in str(error) else "the token is not valid"
            raise RejectedError(CloseCode.BAD_TOKEN, reason, "token") from None
        socket.known = True
        return Admission(token, claims)

    async def _token_in_first_frame(self, socket: ServerConnection) -> str:
        try:
            async with asyncio.timeout(self._auth_timeout):
                return AuthFrame.model_validate_json(await socket.recv()).data.token
        except TimeoutError:
            raise RejectedError(CloseCode.NO_TOKEN_IN_TIME, "no token came in time", "auth_timeout") from None
        except ValidationError:
            raise RejectedError(CloseCode.BAD_FIRST_FRAME, "the first frame must be `auth`", "first_frame") from None

    def _refuse(self, socket: ServerConnection, status: HTTPStatus, text: str, label: str) -> Response:
        metrics.REJECTED.labels(label).inc()
        response = socket.respond(status, f"{text}\n")
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = str(spread_ms(2000, 15000) // 1000)
        return response


def offered_token(request: Request | None) -> str | None:
    """The token among the subprotocols that a client offered."""
    lines = request.headers.get_all("Sec-WebSocket-Protocol") if request else []
    offered = [name for line in lines for name in parse_subprotocol(line)]
    return next((name.removeprefix(BEARER) for name in offered if name.startswith(BEARER)), None)
