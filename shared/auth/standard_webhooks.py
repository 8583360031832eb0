"""Standard Webhooks (standardwebhooks.com), symmetric: an HMAC over id, time and body. Pure, but for `new_secret`."""

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from multidict import CIMultiDictProxy

Refusal = Literal["missing_signature", "wrong_signature", "stale_timestamp"]

# For what the secrets of destinations are sealed (`shared/auth/seal.py`).
OUTGOING = "outgoing-webhook"
SECRET_BYTES = 32
TOLERANCE = timedelta(minutes=5)
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
MAX_TIMESTAMP_DIGITS = 15
_PREFIX = "whsec_"
_VERSION = b"v1,"


class MalformedSecretError(ValueError):
    """A secret that is not `whsec_` and base64."""


def new_secret() -> str:
    """A secret that nobody chose."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(keys: Sequence[str], webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that sign a webhook with each of the secrets. `timestamp` in seconds since the epoch.

    Raises MalformedSecretError.
    """
    at = str(timestamp)
    signatures = [_VERSION + _signature(_key(key), webhook_id.encode(), at.encode(), body) for key in keys]
    return dict(zip(NAMES, (webhook_id, at, b" ".join(signatures).decode()), strict=True))


def refusal(secret: str, headers: CIMultiDictProxy[str], body: bytes, now: float) -> Refusal | None:
    """What is wrong with a webhook's signature, or None. `now` in seconds since the epoch. Raises MalformedSecretError.

    The time is only complained of where the signature is right.
    """
    key = _key(secret)
    found = [headers.getall(name, []) for name in NAMES]
    if not all(found):
        return "missing_signature"
    if any(len(values) > 1 for values in found):
        return "wrong_signature"  # whatever stands between us may read the other one
    message_id, timestamp, signatures = (_bytes(values[0]) for values in found)
    if not timestamp.isdigit() or len(timestamp) > MAX_TIMESTAMP_DIGITS:
        return "wrong_signature"
    expected = _VERSION + _signature(key, message_id, timestamp, body)
    if not any(hmac.compare_digest(expected, signature) for signature in signatures.split(b" ")):
        return "wrong_signature"
    return "stale_timestamp" if abs(int(timestamp) - now) > TOLERANCE.total_seconds() else None


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key or not secret.startswith(_PREFIX):
        raise MalformedSecretError("the secret is not `whsec_` and base64")
    return key


def _bytes(header: str) -> bytes:
    return header.encode("utf-8", "surrogateescape")  # as it came


def _signature(key: bytes, message_id: bytes, timestamp: bytes, body: bytes) -> bytes:
    mac = hmac.new(key, b"%s.%s." % (message_id, timestamp), "sha256")
    mac.update(body)
    return base64.b64encode(mac.digest())
