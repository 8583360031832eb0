"""From the queue to effects: claim a batch, understand it, apply it, commit effects and removal together.

A batch is only a matter of speed. Where one fails as a whole its halves are worked, and theirs, so that each message gets
the fate it deserves and none its neighbour's.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import orjson
import psycopg
import structlog
from opentelemetry.trace import SpanKind

from services.queue_worker import burials, claims, metrics, queue
from services.queue_worker.burials import FailedAttempt
from services.queue_worker.claims import ClaimedMessage, LeaseLostError
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from services.queue_worker.effects.apply import Clinic, Interpreted, apply_facts
from services.queue_worker.facts import Fact, Ignored, InboundEvent, ShapeError, SourceView
from services.queue_worker.finishing import finish
from services.queue_worker.interpretation.event_names import OWN_EVENTS
from services.queue_worker.interpretation.interpret import interpret
from services.queue_worker.retry import UNAVAILABLE_DELAY_SECONDS, DeadLetter, Retry, decide, describe, error_class
from services.queue_worker.silence.activity import Activity
from services.queue_worker.wakeup import NextIdle, Wakeup
from shared.db.pool import Pool
from shared.db.tenant import batch_transaction
from shared.tracing.context import trace_id_of
from shared.tracing.spans import batch

log = structlog.get_logger(__name__)

FINISH_SECONDS = 5.0
PROCESSED = {"messaging.system": "postgresql", "messaging.operation.type": "process"}
# Of one transaction, and the rest of its last clinic's: what it locks is locked until its end.
MESSAGES_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class ProcessorSettings:
    """Times in seconds."""

    batch_size: int
    lease: float
    longest_sleep: float
    max_attempts: int
    dead_letters: bool


@dataclass(frozen=True, slots=True)
class _Understood:
    message: ClaimedMessage
    event: Interpreted


class Processor:
    """One loop that works messages; several may run, here and elsewhere."""

    def __init__(
        self,
        pool: Pool,
        settings: ProcessorSettings,
        claim: claims.Claim,
        work: NextIdle | Wakeup,
        committed: Callable[[int], None],
        activity: Activity,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._claim = claim
        self._work = work
        self._committed = committed
        self._activity = activity

    async def run(self) -> None:
        """Work what there is and wait for more, until cancelled. A full batch is followed by the next at once."""
        while True:
            claimed = await finish(self._claim_and_work(), within=FINISH_SECONDS)
            if claimed < self._settings.batch_size:
                await self._work.wait(self._settings.longest_sleep)

    async def _claim_and_work(self) -> int:
        try:
            claimed = await self._claim(self._pool, self._settings.batch_size, self._settings.lease)
        except psycopg.Error as error:
            log.warning("queue_unavailable", error=describe(error))
            return 0
        if len(claimed) == self._settings.batch_size:
            self._work.ring()  # where there are so many there may be more, and somebody idle
        await self.work(claimed)
        return len(claimed)

    async def work(self, claimed: Sequence[ClaimedMessage]) -> None:
        """Bring claimed messages to an end: done, to be tried again, or dead."""
        if not claimed:
            return
        metrics.PROCESS_BATCH.observe(len(claimed))
        started = time.perf_counter()
        try:
            for some in _some_clinics(await self._understand(claimed)):
                await self._commit_halving(some)
        except psycopg.Error as error:
            await self._give_back(claimed, error)
        metrics.PROCESS_SECONDS.observe(time.perf_counter() - started)

    async def _give_back(self, claimed: Sequence[ClaimedMessage], error: Exception) -> None:
        """Postgres went away: give back what was not finished, as soon as it is there again, attempts unspent."""
        while True:
            log.warning("queue_unavailable", error=describe(error), messages=len(claimed))
            await asyncio.sleep(UNAVAILABLE_DELAY_SECONDS)
            try:
                await queue.retry_later(self._pool, claimed, 0, counts=False)
            except psycopg.Error as still:
                error = still
            else:
                return

    async def _understand(self, claimed: Sequence[ClaimedMessage]) -> list[_Understood]:
        """What messages say. One that is not understood is set apart, and costs those beside it nothing."""
        understood: list[_Understood] = []
        for message in claimed:
            try:
                understood.append(_Understood(message, _interpreted(message)))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's
                await self._fail(message, error)
        return understood

    async def _commit_halving(self, understood: Sequence[_Understood]) -> None:
        try:
            with batch("process", SpanKind.CONSUMER, (one.message.trace for one in understood), PROCESSED):
                await self._commit(understood)
        except Exception as error:
            if error_class(error) == "unavailable":
                raise
            if len(understood) == 1:
                await self._fail(understood[0].message, error)
                return
            log.info("batch_failed", error=describe(error), messages=len(understood))
            middle = len(understood) // 2
            await self._commit_halving(understood[:middle])
            await self._commit_halving(understood[middle:])

    async def _commit(self, understood: Sequence[_Understood]) -> None:
        try:
            deliveries = await self._apply(understood)
        except psycopg.errors.ForeignKeyViolation:
            # A contact was merged into another between our finding it and our locking it: it is found again now.
            deliveries = await self._apply(understood)
        self._committed(deliveries)
        for one in understood:
            _count(one.message, one.event.facts)
            label = metrics.event_label(one.message.message_type)
            for source_id in _heard_of(one):
                self._activity.note(one.event.clinic.id, source_id, label, one.message.created_at)

    async def _apply(self, understood: Sequence[_Understood]) -> int:
        """All effects in one transaction, which sees the clinics that they are of."""
        clinics = {one.event.clinic.id for one in understood}
        async with batch_transaction(self._pool, clinics) as connection:
            deliveries = await apply_facts(connection, [one.event for one in understood])
            await queue.complete(connection, [one.message for one in understood])
        return deliveries

    async def _fail(self, message: ClaimedMessage, error: Exception) -> None:
        if isinstance(error, LeaseLostError):
            metrics.LEASES_LOST.inc()
            return
        failure = error_class(error)
        metrics.FAILURES.labels(failure).inc()
        decision = decide(
            failure,
            message.attempt,
            message.claims,
            self._settings.max_attempts,
            dead_letters=self._settings.dead_letters,
            jitter=random.random(),  # noqa: S311 - jitter, not a secret
        )
        log.warning(
            "message_failed",
            message_id=str(message.id),
            correlation_id=str(message.correlation_id),
            trace_id=trace_id_of(message.trace),
            message_type=message.message_type,
            attempt=message.attempt,
            error=describe(error),
            decision=type(decision).__name__,
        )
        match decision:
            case Retry(delay, counts):
                failed = FailedAttempt(describe(error), failure)
                await queue.retry_later(self._pool, [message], delay, counts=counts, failed=failed)
            case DeadLetter():
                await self._bury(message, describe(error), failure)

    async def _bury(self, message: ClaimedMessage, error: str, failure: str) -> None:
        try:
            async with self._pool.connection() as connection:
                await burials.bury(connection, message, error, failure)
        except LeaseLostError:
            metrics.LEASES_LOST.inc()
            return
        metrics.DEAD.labels(failure).inc()
        metrics.count_replay(message.metadata, "dead")
        metrics.EVENTS.labels(metrics.event_label(message.message_type), "dead").inc()


def _some_clinics(understood: Sequence[_Understood]) -> Iterator[list[_Understood]]:
    """Messages of some clinics at a time, in one order for all workers: whoever has the same clinics next follows behind
    instead of waiting for all of them."""
    some: list[_Understood] = []
    for _, group in groupby(sorted(understood, key=_clinic_id), key=_clinic_id):
        some.extend(group)
        if len(some) >= MESSAGES_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _clinic_id(one: _Understood) -> int:
    return one.event.clinic.id


def _heard_of(one: _Understood) -> set[int]:
    """Who posted it; and the instance, where an integration passed on what Evolution told. An integration's own words are no
    sign of life of the instance that they are credited to."""
    posted_by = one.message.posted_by or one.event.source_id
    return {posted_by} if one.message.message_type in OWN_EVENTS else {posted_by, one.event.source_id}


def _clinic(message: ClaimedMessage) -> Clinic:
    if message.clinic_id is None or message.timezone is None:
        raise ShapeError("the message names no clinic")
    return Clinic(message.clinic_id, message.timezone)


def _interpreted(message: ClaimedMessage) -> Interpreted:
    clinic = _clinic(message)
    if claims.killed_its_workers(message):
        raise ShapeError(KILLED_ITS_WORKERS)
    if message.source_id is None or message.source_kind is None or message.source_name is None:
        raise ShapeError("the message names no source")
    accepts = frozenset(message.accepts or ())
    source = SourceView(message.source_id, message.source_kind, message.source_name, clinic.zone, accepts)
    digest = str(message.metadata.get("digest") or message.id.hex)
    event = InboundEvent(source, _payload(message), digest, message.created_at)
    return Interpreted(clinic, message.id, message.source_id, message.channel_kind == "evolution", interpret(event))


def _payload(message: ClaimedMessage) -> Any:
    """What an event said. Only in n8n's can there be integers beyond 64 bits, which the faster parser makes floats of."""
    try:
        return json.loads(message.payload) if message.source_kind == "n8n" else orjson.loads(message.payload)
    except (ValueError, RecursionError):
        raise ShapeError("the payload is JSON that cannot be read") from None


def _count(message: ClaimedMessage, facts: Sequence[Fact]) -> None:
    label = metrics.event_label(message.message_type)
    metrics.count_replay(message.metadata, "replayed")
    reasons = [fact.reason for fact in facts if isinstance(fact, Ignored)]
    for reason in reasons:
        metrics.IGNORED.labels(label, reason).inc()
    metrics.EVENTS.labels(label, "ignored" if len(reasons) == len(facts) else "applied").inc()
    metrics.EVENT_AGE.observe((datetime.now(UTC) - message.created_at).total_seconds())
