"""Evolution's `jwt_key`: a bearer token that says who sends, and nothing of what. Pure."""

import base64
import hmac
from datetime import timedelta
from typing import Any

import orjson
from multidict import CIMultiDictProxy

from shared.auth.standard_webhooks import Refusal

ALGORITHM = "HS256"
# Evolution makes the token once, valid for ten minutes, and repeats a webhook with it for twenty.
LEEWAY = timedelta(minutes=25)
_CLAIMS = {"app": "evolution", "action": "webhook"}


def refusal(key: str, headers: CIMultiDictProxy[str], now: float) -> Refusal | None:
    """What is wrong with a webhook's `Authorization`, or None. `now` in seconds since the epoch."""
    match headers.getall("Authorization", []):
        case []:
            return "missing_signature"
        case [only] if only[:7].lower() == "bearer ":
            return _token_refusal(key, only[7:].strip(), now)
    return "wrong_signature"


def _token_refusal(key: str, token: str, now: float) -> Refusal | None:
    """Nothing of a token is read before its signature is found to be right."""
    signed, _, signature = token.encode("utf-8", "surrogateescape").rpartition(b".")
    expected = hmac.digest(key.encode(), signed, "sha256")
    if not hmac.compare_digest(_base64url(expected), signature):
        return "wrong_signature"
    try:
        head, claims = (_object(part) for part in signed.split(b"."))
    except ValueError:
        return "wrong_signature"
    if head.get("alg") != ALGORITHM or "crit" in head or not _is_webhooks(claims):
        return "wrong_signature"
    return "stale_timestamp" if claims["exp"] + LEEWAY.total_seconds() <= now else None


def _is_webhooks(claims: dict[str, Any]) -> bool:
    times = [claims.get("iat"), claims.get("exp")]
    return all(type(time) in {int, float} for time in times) and all(
        claims.get(name) == wanted for name, wanted in _CLAIMS.items()
    )


def _base64url(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def _object(part: bytes) -> dict[str, Any]:
    value = orjson.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    if not isinstance(value, dict):
        raise ValueError("a part of a token that is no object")
    return value
