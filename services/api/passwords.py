"""Checks and hashes passwords without holding up the loop, and without telling by the time which addresses exist."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from typing import TypeVar

import structlog

from services.api.problems import unavailable
from shared.auth.passwords import UnreadableHashError, hash_password, password_matches

# One takes some 64 MiB and a core for tens of milliseconds (argon2id): a flood of sign-ins must wait, not starve
# everybody else.
CONCURRENT_CHECKS = 2
MAX_WAITING = 64

Done = TypeVar("Done")

log = structlog.get_logger(__name__)


@cache
def nobodys_hash() -> str:
    """The hash of a password that nobody knows, made once a process: it takes as long as a check."""
    return hash_password(secrets.token_urlsafe())


class Passwords:
    """A few threads that check passwords against argon2id hashes, and make these."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(CONCURRENT_CHECKS, thread_name_prefix="password")
        self._waiting = 0
        self._nobodys_hash = nobodys_hash()

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password of that hash. None stands for no account: false, after the same work."""
        matches = await self._in_turn(lambda: self._verify(password_hash or self._nobodys_hash, password))
        return matches and password_hash is not None

    async def hash(self, password: str) -> str:
        """The password's hash, in the same turn as checks."""
        return await self._in_turn(lambda: hash_password(password))

    async def _in_turn(self, work: Callable[[], Done]) -> Done:
        if self._waiting >= MAX_WAITING:
            raise unavailable("Too many people are signing in at once.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return password_matches(password_hash, password)
        except UnreadableHashError:
            log.error("password_hash_unreadable")
            return False

    def close(self) -> None:
        """Start no other checks; a running one ends within tens of milliseconds."""
        self._threads.shutdown(cancel_futures=True)


@asynccontextmanager
async def open_passwords() -> AsyncIterator[Passwords]:
    """Threads that check passwords, until the block ends."""
    passwords = Passwords()
    try:
        yield passwords
    finally:
        passwords.close()
