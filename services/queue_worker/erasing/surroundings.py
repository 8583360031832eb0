"""What erasing works with beside Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from shared.media.store import MediaStore


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The media store, Redis, and the keys of which the first names erased persons."""

    store: MediaStore
    redis: Redis
    secrets_keys: Sequence[str]
