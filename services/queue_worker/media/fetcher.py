"""Fetches files, a few at a time, beside everything else the worker does: nothing waits for a file."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

import psycopg
import structlog
from psycopg_pool import PoolTimeout, TooManyRequests

from services.queue_worker import metrics
from services.queue_worker.finishing import finish
from services.queue_worker.media import jobs
from services.queue_worker.media.evolution_files import EvolutionFiles
from services.queue_worker.media.failures import (
    AskEvolution,
    Decision,
    GiveUp,
    NeverError,
    NotYetError,
    Postpone,
    decide,
)
from services.queue_worker.media.inline_files import inline_file
from services.queue_worker.media.jobs import MediaJob
from services.queue_worker.media.links import linked_file
from services.queue_worker.media.outcomes import begin_storing, record_given_up, record_stored
from services.queue_worker.retry import describe
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.http.public_addresses import allowed_hosts
from shared.media.incoming import IncomingFile, TooLargeError, receive
from shared.media.keys import media_key
from shared.media.store import MediaStore, StoreError

log = structlog.get_logger(__name__)

# What a job may take beside its fetch: three transactions and the store, each bounded by itself.
MARGIN_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class FetcherSettings:
    """`timeout` in seconds, of one fetch; `max_bytes` of one file. `hosts` may be linked to though they are private."""

    fetchers: int
    timeout: float
    max_bytes: int
    expiry: timedelta
    hosts: frozenset[str]
    longest_sleep: float

    @property
    def lease(self) -> float:
        """Seconds that a claim holds: longer than a job can take."""
        return self.timeout + MARGIN_SECONDS


class Fetcher:
    """Claims jobs and ends each of them with a file, another due time, or a reason."""

    def __init__(
        self,
        pool: Pool,
        store: MediaStore,
        evolution: EvolutionFiles,
        settings: FetcherSettings,
        committed: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._store = store
        self._evolution = evolution
        self._settings = settings
        self._committed = committed
        self._work = Wakeup()

    async def run(self) -> None:
        """Fetch what there is and wait for more, until cancelled."""
        async with asyncio.TaskGroup() as slots:
            for number in range(self._settings.fetchers):
                slots.create_task(self._fetch_one_after_another(youngest=number % 2 == 0))

    async def _fetch_one_after_another(self, *, youngest: bool) -> None:
        # Half of them take the newest first: a picture sent now does not wait behind a year's history.
        while True:
            if not await finish(self.fetch_next(youngest=youngest), within=MARGIN_SECONDS):
                await self._work.wait(self._settings.longest_sleep)

    async def fetch_next(self, *, youngest: bool = False) -> bool:
        """Claim a job and work it; False where there was none."""
        try:
            job = await jobs.claim(self._pool, self._settings.lease, youngest=youngest)
            if job is None:
                return False
            self._work.ring()  # where there is one there may be more, and somebody idle
            await self.fetch(job)
        except (psycopg.Error, PoolTimeout, TooManyRequests) as error:
            # The lease brings it back.
            log.warning("media_database_unavailable", error=describe(error))
            return False
        return True

    async def fetch(self, job: MediaJob) -> None:
        """Work a claimed job. Raises what the database does."""
        if job.kills:
            return await self._give_up(job, GiveUp("failed", "workers died while they fetched it"))
        if job.age >= self._settings.expiry:
            return await self._give_up(job, GiveUp("expired", job.last_error or "nobody fetched it in time"))
        try:
            with metrics.MEDIA_SECONDS.labels(job.origin).time():
                await self._fetch_and_store(job)
        except TooLargeError:
            await self._give_up(job, GiveUp("failed", f"larger than {self._settings.max_bytes} bytes"))
        except (NotYetError, NeverError) as error:
            await self._carry_out(job, self._decide(job, error))
        except (StoreError, OSError) as error:
            reason = str(error) if isinstance(error, StoreError) else f"this machine's disk ({type(error).__name__})"
            await self._carry_out(job, self._decide(job, NotYetError(reason)))
        return None

    async def _fetch_and_store(self, job: MediaJob) -> None:
        async with aclosing(self._within_time(job)) as chunks:
            async with receive(chunks, self._store.incoming, self._settings.max_bytes) as file:
                if not file.size:
                    raise NotYetError("the file was empty", tries=3)
                await self._keep(job, file)

    async def _keep(self, job: MediaJob, file: IncomingFile) -> None:
        await begin_storing(self._pool, job, file)
        await self._store.put(media_key(job.clinic_id, file.sha256), file.path)
        if await record_stored(self._pool, job, file):
            metrics.MEDIA_JOBS.labels(job.origin, "stored").inc()
            metrics.MEDIA_BYTES.inc(file.size)
            self._committed()

    async def _within_time(self, job: MediaJob) -> AsyncGenerator[bytes, None]:
        """The file's bytes; raises NotYetError where they take too long altogether."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._settings.timeout
        async with aclosing(self._bytes(job)) as chunks:
            while True:
                try:
                    async with asyncio.timeout_at(ends_at):
                        chunk = await anext(chunks, None)
                except TimeoutError:
                    raise self._too_long() from None
                if chunk is None:
                    return
                # What is always there already is never waited for, and so never timed out.
                if loop.time() > ends_at:
                    raise self._too_long()
                yield chunk

    def _too_long(self) -> NotYetError:
        return NotYetError(f"it took longer than {self._settings.timeout:g} s")

    def _bytes(self, job: MediaJob) -> AsyncGenerator[bytes, None]:
        match job.origin:
            case "inline":
                return inline_file(self._pool, job, self._settings.max_bytes)
            case "url":
                servers = [self._evolution.server(job)] if job.source_kind == "evolution" else []
                return linked_file(job.url or "", allowed_hosts(self._settings.hosts, servers))
            case "evolution":
                return self._evolution.file(job)
        assert_never(job.origin)

    def _decide(self, job: MediaJob, failure: NotYetError | NeverError) -> Decision:
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
        return decide(failure, job.attempts + 1, job.age, self._settings.expiry, jitter, askable=job.askable)

    async def _carry_out(self, job: MediaJob, decision: Decision) -> None:
        log.info(
            "media_not_fetched",
            attachment_id=job.attachment_id,
            origin=job.origin,
            reason=decision.reason,
            decision=type(decision).__name__,
        )
        match decision:
            case Postpone(delay, reason):
                await jobs.postpone(self._pool, job, delay, reason)
                metrics.MEDIA_JOBS.labels(job.origin, "postponed").inc()
            case AskEvolution(reason):
                await jobs.ask_evolution(self._pool, job, reason)
                metrics.MEDIA_JOBS.labels(job.origin, "elsewhere").inc()
                self._work.ring()
            case GiveUp():
                await self._give_up(job, decision)

    async def _give_up(self, job: MediaJob, decision: GiveUp) -> None:
        if await record_given_up(self._pool, job, decision.state, decision.reason):
            log.warning("media_given_up", attachment_id=job.attachment_id, origin=job.origin, reason=decision.reason)
            metrics.MEDIA_JOBS.labels(job.origin, decision.state).inc()
            self._committed()
