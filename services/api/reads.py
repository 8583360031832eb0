"""Writes down who looked at which conversation, beside the requests: what is shown waits for no commit.

A read is noted before its answer leaves, once a user, conversation and window, and is stored within a moment, together with
what others read meanwhile. While Postgres does not take them notes are kept here; where no more can be kept, nothing more is
shown. docs/privacy.md says what that guarantees.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import psycopg
import structlog

from services.api.metrics import READS_NOTED, READS_WAITING
from services.api.references import parse_id
from services.api.stores.reads import store_reads
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction

WINDOW_SECONDS = 600
# Each commit holds its clinic's audit chain: more of them a second would slow down those who write.
GATHER_SECONDS = 0.05
RETRY_SECONDS = 0.5
MOST_WAITING = 10_000
MOST_REMEMBERED = 50_000
MOST_AT_ONCE = 500
LAST_TRY_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody was shown a conversation, by whatever name they asked for it."""

    clinic_id: int
    user_id: int
    reference: str
    at: datetime


class Reads:
    """The notes of this process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[Read] = []
        self._noted: set[tuple[int, int, str]] = set()
        self._window = 0
        self._batch = MOST_AT_ONCE
        self._asked = asyncio.Event()
        self._ending = False

    @property
    def waiting(self) -> int:
        """How many are not stored yet."""
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether nothing may be shown, because it could not be written down."""
        return len(self._waiting) >= MOST_WAITING

    def note(self, claims: Claims, reference: str, now: datetime) -> None:
        """Note a read, where it is the user's first of the conversation within the window. Returns at once."""
        self._begin_window(int(now.timestamp()) // WINDOW_SECONDS)
        key = (claims.clinic_id, claims.user_id, reference)
        if key in self._noted:
            return
        self._noted.add(key)
        self._waiting.append(Read(*key, now))
        READS_WAITING.set(len(self._waiting))
        # Until it is stored the log is where it stands. An outer id may be a phone: those are left out.
        log.info("conversation_read", clinic_id=key[0], user_id=key[1], conversation_id=parse_id(reference))
        self._asked.set()

    def _begin_window(self, window: int) -> None:
        # What is forgotten early is written down twice, not lost.
        if window != self._window or len(self._noted) >= MOST_REMEMBERED:
            self._window = window
            self._noted.clear()

    async def run(self) -> None:
        """Store what is noted, until ended and nothing is left."""
        while not self._ending or self._waiting:
            await self._asked.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._asked.clear()
            while self._waiting:
                if not await self.store():
                    await asyncio.sleep(RETRY_SECONDS)

    def end(self) -> None:
        """Let the loop return."""
        self._ending = True
        self._asked.set()

    async def store(self) -> bool:
        """Store the oldest notes; False where they are kept because Postgres is away."""
        batch = self._waiting[: self._batch]
        try:
            for clinic_id, reads in _by_clinic(batch):
                async with tenant_transaction(self._pool, clinic_id) as connection:
                    await store_reads(connection, clinic_id, reads, WINDOW_SECONDS)
                self._drop(reads)
                READS_NOTED.labels("stored").inc(len(reads))
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            self._narrow(batch, error)
            return True
        except psycopg.Error as error:
            log.warning("reads_not_stored", reads=len(self._waiting), error=type(error).__name__)
            READS_NOTED.labels("failed").inc()
            return False
        self._batch = MOST_AT_ONCE
        return True

    def _narrow(self, batch: list[Read], error: psycopg.Error) -> None:
        """Find the one that Postgres refuses, so that it holds up no other; the log keeps it."""
        if len(batch) > 1:
            self._batch = len(batch) // 2
            return
        log.error("read_refused", clinic_id=batch[0].clinic_id, user_id=batch[0].user_id, error=type(error).__name__)
        READS_NOTED.labels("failed").inc()
        self._drop(batch)

    def _drop(self, stored: Iterable[Read]) -> None:
        gone = set(stored)
        self._waiting = [read for read in self._waiting if read not in gone]
        READS_WAITING.set(len(self._waiting))


def _by_clinic(reads: list[Read]) -> list[tuple[int, list[Read]]]:
    ordered = sorted(reads, key=lambda read: read.clinic_id)
    return [(clinic_id, list(some)) for clinic_id, some in groupby(ordered, key=lambda read: read.clinic_id)]


def now() -> datetime:
    """The clock of reads."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_reads(pool: Pool) -> AsyncIterator[Reads]:
    """Notes whose loop runs until the block ends. What cannot be stored then is said in the log."""
    reads = Reads(pool)
    loop = asyncio.create_task(reads.run(), name="reads")
    try:
        yield reads
    finally:
        reads.end()
        try:
            async with asyncio.timeout(LAST_TRY_SECONDS):
                await loop
        except TimeoutError:
            log.error("reads_not_stored_at_the_end", reads=reads.waiting)
