"""A newer token on a live connection, so that nobody is disconnected in the middle of their work."""

from typing import Protocol

import orjson

from services.realtime_gateway import metrics
from services.realtime_gateway.connections.connection import AgentConnection
from services.realtime_gateway.protocol.refusal import Refusal
from shared.auth.tokens import Claims, InvalidTokenError, verify_token


class Renewing(Protocol):
    """Where connections' lifetimes are kept."""

    def renew(self, connection: AgentConnection, token: str, claims: Claims) -> None:
        """Let it live as long as another token."""


def renew_token(secret: str, lifetimes: Renewing, connection: AgentConnection, token: str) -> bytes:
    """Go on with another token of the same user. Raises Refusal; then the old one still counts."""
    try:
        claims = verify_token(secret, token)
    except InvalidTokenError:
        raise Refusal("bad_token", "the token is not valid or has expired") from None
    if (claims.user_id, claims.clinic_id) != (connection.claims.user_id, connection.claims.clinic_id):
        raise Refusal("bad_token", "the token is another user's: connect anew with it")
    lifetimes.renew(connection, token, claims)
    metrics.RENEWED.inc()
    return orjson.dumps({"expires_at": claims.expires_at})
