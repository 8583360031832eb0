"""Has the API forget what a command made stale, before the command says that it is done.

A worker's relay does the same a moment later. Where Redis is not reached from here, that moment passes.
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.events.cached import stale_keys
from shared.events.live import LiveEvent

TIMEOUT_SECONDS = 1.0

_stale: ContextVar[set[str] | None] = ContextVar("stale", default=None)


class RedisSettings(BaseSettings):
    """What forgetting reads beside the settings."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    redis_url: str = Field("", repr=False, description="The Redis of the installation.")


def note_stale(event: LiveEvent, clinic_id: int) -> None:
    """Note what an event makes stale, to be forgotten when its transaction is committed."""
    noted = _stale.get()
    if noted is not None:
        noted |= stale_keys(event, clinic_id)


@contextlib.contextmanager
def forgetting() -> Iterator[None]:
    """Forget, at the end, what was noted inside. The block's transaction must end in it."""
    noted: set[str] = set()
    token = _stale.set(noted)
    try:
        yield
    finally:
        _stale.reset(token)
        url = RedisSettings().redis_url
        if noted and url:
            _drop(url, noted)


def _drop(url: str, keys: set[str]) -> None:
    # Most commands need no Redis, and its client takes a tenth of a second to load.
    from redis import Redis, RedisError  # noqa: PLC0415

    with contextlib.suppress(RedisError, OSError, ValueError):
        with Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS) as redis:
            for key in keys:
                redis.unlink(key)
