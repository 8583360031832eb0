"""Agents' access tokens: the API issues them, the API and the gateway verify them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

ALGORITHM = "HS256"
AUDIENCE = "prosa"
DEVELOPMENT_SECRET = "development-secret-that-production-refuses"  # noqa: S105 - refused by name in production


class InvalidTokenError(Exception):
    """A token that is malformed, forged, expired or meant for somebody else."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who is speaking, and for which clinic. `expires_at` is in seconds since the epoch."""

    user_id: int
    clinic_id: int
    role: str
    name: str
    expires_at: int


def issue_token(
    secret: str, *, user_id: int, clinic_id: int, role: str, name: str, now: datetime, life: timedelta
) -> str:
    """A signed token with the claims sub, clinic_id, role, name, iat, exp and aud."""
    claims = {
        "sub": str(user_id),
        "clinic_id": clinic_id,
        "role": role,
        "name": name,
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
        "aud": AUDIENCE,
    }
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def verify_token(secret: str, token: str) -> Claims:
    """The claims of a valid token. Raises InvalidTokenError."""
    required = ["sub", "clinic_id", "role", "name", "exp"]
    try:
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], audience=AUDIENCE, options={"require": required})
        return Claims(
            user_id=int(claims["sub"]),
            clinic_id=int(claims["clinic_id"]),
            role=str(claims["role"]),
            name=str(claims["name"]),
            expires_at=int(claims["exp"]),
        )
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise InvalidTokenError(str(error)) from error
