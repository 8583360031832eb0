"""Evolution's `jwt_key`: a bearer token that says who sends, and nothing of what. Pure."""

from datetime import timedelta
from typing import Any

import jwt
from multidict import CIMultiDictProxy

from services.webhook_receiver.signatures.refusal import Refusal

ALGORITHM = "HS256"
# Evolution makes the token once, valid for ten minutes, and repeats a webhook with it for twenty.
LEEWAY = timedelta(minutes=25)
_CLAIMS = {"app": "evolution", "action": "webhook"}

# The times are ours to check, against the clock that is passed in. How long the operator's key is, is the operator's choice.
_DECODER = jwt.PyJWT(
    options={
        "require": ["iat", "exp", *_CLAIMS],
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
        "verify_aud": False,
    }
)


def refusal(key: str, headers: CIMultiDictProxy[str], now: float) -> Refusal | None:
    """What is wrong with a webhook's `Authorization`, or None. `now` in seconds since the epoch."""
    match headers.getall("Authorization", []):
        case []:
            return "missing_signature"
        case [only] if only[:7].lower() == "bearer ":
            return _token_refusal(key, only[7:].strip(), now)
    return "wrong_signature"


def _token_refusal(key: str, token: str, now: float) -> Refusal | None:
    try:
        claims = _DECODER.decode(token, key, algorithms=[ALGORITHM])
    except (
        jwt.PyJWTError,
        ValueError,
        TypeError,
        RecursionError,
    ):  # the latter: what a forger writes is not always a token
        return "wrong_signature"
    if any(claims[name] != wanted for name, wanted in _CLAIMS.items()) or not _is_time(claims["exp"]):
        return "wrong_signature"
    return "stale_timestamp" if claims["exp"] + LEEWAY.total_seconds() <= now else None


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
