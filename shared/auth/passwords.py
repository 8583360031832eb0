"""Passwords as they lie in `users.password_hash`: argon2id with the library's current parameters. Pure but for the salt."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


class UnreadableHashError(Exception):
    """What is stored is no argon2 hash."""


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
