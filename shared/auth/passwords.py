"""Passwords, and as what they lie in `users.password_hash`: argon2id with the library's current parameters."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1024  # signing in takes no longer one

_HASHER = PasswordHasher()


class UnreadableHashError(Exception):
    """What is stored is no argon2 hash."""


def new_password() -> str:
    """A password nobody chose."""
    return secrets.token_urlsafe(18)


def may_be_password(text: str) -> bool:
    """Whether it is long enough, and can be typed. Pure."""
    return SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD and text.isprintable()


def hash_password(password: str) -> str:
    """The password's hash. It takes some 64 MiB and tens of milliseconds of a core, on purpose."""
    return _HASHER.hash(password)


def password_matches(password_hash: str, password: str) -> bool:
    """Whether it is the password of that hash, in the same time and memory. Raises UnreadableHashError."""
    try:
        return _HASHER.verify(password_hash, password)
    except VerificationError:
        return False
    except InvalidHashError as error:
        raise UnreadableHashError from error
