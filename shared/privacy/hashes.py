"""What an erased person's addresses leave: a hash that only whoever has the key can compare with an address. Pure.

Without a key the few thousand million numbers that there are could be tried one by one.
"""

import hmac
from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def person_hashes(keys: Sequence[str], clinic_id: int, identities: Iterable[tuple[str, str]]) -> list[str]:
    """The hash of each address, within its clinic, with the first of PROSA_SECRETS_KEY's keys."""
    key = HKDF(SHA256(), length=32, salt=None, info=b"prosa erased persons").derive(keys[0].encode())
    return sorted(
        hmac.digest(key, f"{clinic_id}:{kind}:{value}".encode(), "sha256").hex() for kind, value in identities
    )
