"""Agents' access tokens: the API issues them, the API and the gateway verify them."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial

import jwt

ALGORITHM = "HS256"
AUDIENCE = "prosa"
DEVELOPMENT_SECRET = "development-secret-that-production-refuses"  # noqa: S105 - refused by name in production


# What a thousand clients that come back at once, or poll, bring along again is not verified again.
MOST_REMEMBERED = 10_000


class InvalidTokenError(Exception):
    """A token that is malformed, forged, expired or meant for somebody else."""


@dataclass(frozen=True, slots=True)
class ServiceGrant:
    """With which token an integration speaks, and what it may do with it."""

    token_id: int
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Claims:
    """Who is speaking, and for which clinic. Times are in seconds since the epoch. `service` is there where it is nobody.

    `auth_time` is when the session began, by a password; a token that continues it keeps that time and has an
    `issued_at` of its own. A session that was ended early is known by its beginning.
    """

    user_id: int
    clinic_id: int
    role: str
    name: str
    expires_at: int
    issued_at: int = 0
    auth_time: int = 0
    service: ServiceGrant | None = None


def issue_token(
    secret: str,
    *,
    user_id: int,
    clinic_id: int,
    role: str,
    name: str,
    now: datetime,
    life: timedelta,
    auth_time: int | None = None,
) -> str:
    """A signed token with the claims sub, clinic_id, role, name, iat, auth_time, exp and aud.

    Without `auth_time` it begins a session.
    """
    claims = {
        "sub": str(user_id),
        "clinic_id": clinic_id,
        "role": role,
        "name": name,
        "iat": int(now.timestamp()),
        "auth_time": int(now.timestamp()) if auth_time is None else auth_time,
        "exp": int((now + life).timestamp()),
        "aud": AUDIENCE,
    }
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def verify_token(secret: str, token: str) -> Claims:
    """The claims of a valid token. Raises InvalidTokenError."""
    required = ["sub", "clinic_id", "role", "name", "exp"]
    # A session that begins in the second in which the one before was ended begins with the next second; and the clocks
    # of two hosts differ. Neither is a reason to refuse: a token's end is what bounds it.
    options: jwt.types.Options = {"require": required, "verify_iat": False}
    try:
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], audience=AUDIENCE, options=options)
        issued_at = int(claims.get("iat", 0))
        return Claims(
            user_id=int(claims["sub"]),
            clinic_id=int(claims["clinic_id"]),
            role=str(claims["role"]),
            name=str(claims["name"]),
            expires_at=int(claims["exp"]),
            issued_at=issued_at,
            auth_time=int(claims.get("auth_time", issued_at)),
        )
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise InvalidTokenError(str(error)) from error


class TokenVerifier:
    """Verifies tokens, each of the latest ones once: the signature costs as much as the rest of a request's welcome."""

    def __init__(self, secret: str) -> None:
        self._verified = lru_cache(MOST_REMEMBERED)(partial(verify_token, secret))

    def verify(self, token: str) -> Claims:
        """The claims of a valid token. Raises InvalidTokenError."""
        claims = self._verified(token)
        if claims.expires_at <= time.time():
            raise InvalidTokenError("the token has expired")
        return claims
