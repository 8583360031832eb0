"""The tokens in webhooks' URLs: made here, and stored as what they hash to.

A plain SHA-256 is right for them: 256 random bits cannot be guessed, so there is nothing that a slow hash would protect,
and it is looked up by itself, at every webhook.
"""

import hashlib
import secrets


def new_token() -> str:
    """A webhook token: 256 bits that fit a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Under which a token is stored and looked for; of any text, for a URL may hold anything."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
