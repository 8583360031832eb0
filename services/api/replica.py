"""A replica of the database, as far as it may be believed."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import psycopg
import structlog
from psycopg_pool import PoolTimeout, TooManyRequests

from services.api import metrics
from services.api.breaker import Breaker
from services.api.positions import Position, read_position, route
from services.api.problems import ProblemError
from shared.db.pool import Connection, Pool

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

LOOK_AGAIN_SECONDS = 0.002
# Beside the patience for what it has not applied yet: one that is frozen, or far away, gives no answer at all.
ANSWERS_WITHIN_SECONDS = 0.5

log = structlog.get_logger(__name__)


class UnfitError(Exception):
    """The replica cannot be read from now; the primary can."""


class Replica:
    """Reads what is committed up to a position, or says within `patience` seconds that it cannot.

    After some failures in a row it is left alone for a while, and reads lose no time on it.
    """

    def __init__(self, pool: Pool, patience: float) -> None:
        self._pool = pool
        self._patience = patience
        self._breaker = Breaker()
        self._ending: set[asyncio.Task[None]] = set()

    def admits(self) -> bool:
        """Whether it may be tried now; who is told so tries."""
        admitted = self._breaker.admits(time.monotonic())
        if not admitted:
            metrics.REPLICA_READS.labels("left_alone").inc()
        return admitted

    async def read(self, wanted: Position, clinic_id: int, work: Work[T]) -> T:
        """What the work finds for a clinic in everything up to a position. Raises UnfitError, and what the work raises."""
        try:
            async with self._transaction(wanted, clinic_id) as connection:
                found = await work(connection)
        except ProblemError:  # an answer: what was asked for is not there
            self._succeeded()
            raise
        except (psycopg.errors.QueryCanceled, psycopg.errors.ReadOnlySqlTransaction):
            raise  # it would be no better on the primary
        except (psycopg.OperationalError, psycopg.InternalError, PoolTimeout, TooManyRequests, TimeoutError) as error:
            self._failed("failed", error)
            raise UnfitError from error
        self._succeeded()
        return found

    def _succeeded(self) -> None:
        self._breaker.succeeded()
        metrics.REPLICA_READS.labels("replica").inc()

    def _failed(self, outcome: str, error: BaseException | None = None) -> None:
        """Count a read that has to be done elsewhere."""
        metrics.REPLICA_READS.labels(outcome).inc()
        before = self._breaker.state(time.monotonic())
        self._breaker.failed(time.monotonic())
        if before == "closed" and self._breaker.state(time.monotonic()) != "closed":
            log.warning("replica_left_alone", outcome=outcome, error=type(error).__name__ if error else None)

    @asynccontextmanager
    async def _transaction(self, wanted: Position, clinic_id: int) -> AsyncIterator[Connection]:
        connection = await self._in_time(wanted, clinic_id)
        try:
            yield connection
        finally:
            with suppress(psycopg.Error):
                await connection.rollback()
            await self._pool.putconn(connection)

    async def _in_time(self, wanted: Position, clinic_id: int) -> Connection:
        """A transaction that shows everything up to a position. What is too late for that is not waited for: ending a
        statement of a server that does not answer takes seconds.
        """
        beginning = asyncio.create_task(self._begun(wanted, clinic_id))
        try:
            await asyncio.wait({beginning}, timeout=self._patience + ANSWERS_WITHIN_SECONDS)
        except asyncio.CancelledError:
            self._abandon(beginning)
            raise
        if not beginning.done():
            self._abandon(beginning)
            raise TimeoutError
        return beginning.result()

    def _abandon(self, beginning: "asyncio.Task[Connection]") -> None:
        ending = asyncio.create_task(self._ended(beginning))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _ended(self, beginning: "asyncio.Task[Connection]") -> None:
        beginning.cancel()
        await asyncio.wait({beginning})
        if not beginning.cancelled() and beginning.exception() is None:
            await self._pool.putconn(beginning.result())

    async def _begun(self, wanted: Position, clinic_id: int) -> Connection:
        connection = await self._pool.getconn(timeout=self._patience)
        try:
            # Each statement sees what is applied when it begins: so the position that is asked for first is seen by all that
            # come after. In one transaction, because of poolers: they might ask one server and read from another.
            await connection.execute(
                f"BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SET LOCAL prosa.clinic_id = '{clinic_id:d}'".encode()
            )
            await self._wait_for(wanted, connection)
        except BaseException:
            with suppress(psycopg.Error):
                await connection.rollback()
            await self._pool.putconn(connection)
            raise
        return connection

    async def _wait_for(self, wanted: Position, connection: Connection) -> None:
        began = time.monotonic()
        while True:
            match route(wanted, await read_position(connection), time.monotonic() - began, self._patience):
                case "replica":
                    return
                case "primary":
                    self._failed("behind")
                    raise UnfitError
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
