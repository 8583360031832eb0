"""A newer token on a live connection, so that nobody is disconnected in the middle of their work."""

from typing import Protocol

import orjson

from services.realtime_gateway import metrics
from services.realtime_gateway.connections.caller import Caller
from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.protocol.refusal import Refusal
from shared.auth.tokens import Claims, InvalidTokenError, TokenVerifier

RENEWAL_BY_HEADER = "`auth` is for sockets: send the newer token as `Authorization: Bearer <token>`"


class Renewing(Protocol):
    """Where connections' lifetimes are kept."""

    def renew(self, connection: AgentConnection, token: str, claims: Claims) -> None:
        """Let it live as long as another token."""


def renew_token(verifier: TokenVerifier, lifetimes: Renewing, caller: Caller, token: str) -> bytes:
    """Go on with another token of the same user. Raises Refusal; then the old one still counts."""
    if not isinstance(caller, AgentConnection):
        raise Refusal("bad_request", RENEWAL_BY_HEADER)
    try:
        claims = verifier.verify(token)
    except InvalidTokenError:
        raise Refusal("bad_token", "the token is not valid or has expired") from None
    if (claims.user_id, claims.clinic_id) != (caller.claims.user_id, caller.claims.clinic_id):
        raise Refusal("bad_token", "the token is another user's: connect anew with it")
    lifetimes.renew(caller, token, claims)
    metrics.RENEWED.inc()
    return orjson.dumps({"expires_at": claims.expires_at})
