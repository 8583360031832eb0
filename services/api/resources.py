"""What handlers work with: opened by `app.py`, found on the application and on the request."""

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web
from redis.asyncio import Redis

from services.api.cache.cache import Cache
from services.api.cached_reading import CachedReading
from services.api.dashboard.shelf import Shelf
from services.api.evolution import Evolution
from services.api.login_limit import LoginLimit
from services.api.passwords import Passwords
from services.api.performance import Performance
from services.api.reader import Reader
from services.api.reads import Reads
from services.api.settings import Settings
from services.api.statements import StatementStatistics
from services.api.upload_places import UploadPlaces
from services.api.waker import Waker
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.media.store import MediaStore


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything with a lifetime. `started_at` is of the monotonic clock."""

    settings: Settings
    pool: Pool
    reader: Reader
    search_reader: Reader
    replica_pool: Pool | None
    redis: Redis
    cache: Cache
    reading: CachedReading
    passwords: Passwords
    login_limit: LoginLimit
    waker: Waker
    media: MediaStore
    uploads: UploadPlaces
    evolution: Evolution
    performance: Performance
    statements: StatementStatistics
    reads: Reads
    started_at: float


RESOURCES = web.AppKey("resources", Resources)
OPENAPI = web.AppKey("openapi", bytes)
SHELF = web.AppKey("shelf", Shelf)

CLAIMS = web.RequestKey("claims", Claims)
SERVICE_TOKEN = web.RequestKey("service_token", str)
CORRELATION_ID = web.RequestKey("correlation_id", UUID)
