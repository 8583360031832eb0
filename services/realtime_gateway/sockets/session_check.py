"""Whether a session goes on, asked while its user's own channel is followed already: its end cannot be missed in between."""

from services.realtime_gateway.authority import Authority
from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.protocol.close_codes import CloseCode
from services.realtime_gateway.protocol.refusal import Refusal
from services.realtime_gateway.sockets.handshake import RejectedError


class SessionCheck:
    """Asks the API once. While it says nothing, the token's word is taken, for now: that is `unanswered`."""

    def __init__(self, authority: Authority, connection: AgentConnection) -> None:
        self._authority = authority
        self._connection = connection
        self.unanswered = False

    async def __call__(self) -> None:
        """Raise RejectedError where the session is over."""
        try:
            await self._authority.session(self._connection.claims, self._connection.token)
        except Refusal as refusal:
            if not refusal.temporary:
                raise RejectedError(CloseCode.REVOKED, refusal.message, "session") from None
            self.unanswered = True
