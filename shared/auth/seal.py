"""Sources' secrets as they lie in `source_secrets.sealed`: unreadable without a key, and of no use in another row. Pure.

Keys are PROSA_SECRETS_KEY's, split by `shared.runtime.environment.secrets_keys`: the first seals, each of them opens.
"""

import base64
from collections.abc import Sequence

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DEVELOPMENT_KEY = "development-secrets-key-that-production-refuses"


class UnsealError(Exception):
    """A sealed value that no key opens, or that was sealed for another source or purpose."""


def seal(keys: Sequence[str], source_id: int, purpose: str, secret: str) -> bytes:
    """The secret, sealed with the first key for this source and purpose."""
    inside = {"source_id": source_id, "purpose": purpose, "secret": secret}
    return _cipher(keys).encrypt(orjson.dumps(inside))


def open_sealed(keys: Sequence[str], source_id: int, purpose: str, sealed: bytes) -> str:
    """The secret sealed with any of the keys for this source and purpose. Raises UnsealError, which says nothing of it."""
    try:
        inside = orjson.loads(_cipher(keys).decrypt(bytes(sealed)))
    except InvalidToken:
        raise UnsealError("no key of PROSA_SECRETS_KEY opens this secret") from None
    if (inside["source_id"], inside["purpose"]) != (source_id, purpose):
        raise UnsealError("this secret was sealed for another source or purpose")
    return str(inside["secret"])


def _cipher(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    # Keys are whatever operators' tools make; Fernet wants 32 bytes. No salt: a key is random already, not a password.
    return HKDF(SHA256(), length=32, salt=None, info=b"prosa source_secrets").derive(key.encode())
