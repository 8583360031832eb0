"""What became of a delivery: made, waiting for its destination, to be tried again, or dead."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from services.queue_worker import burials, metrics, queue
from services.queue_worker.burials import FailedAttempt
from services.queue_worker.claims import ClaimedMessage, LeaseLostError
from services.queue_worker.delivering.answers import Delivered, NotDelivered
from services.queue_worker.delivering.destinations import Destination, disable_gone
from services.queue_worker.delivering.rests import Last, Turn, note_failure, note_success
from services.queue_worker.delivery_kinds import PING, PREFIX
from services.queue_worker.retry import DeadLetter, Retry, decide
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction
from shared.events.dead_letter import DeathReason

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Writes down what became of deliveries."""

    pool: Pool
    max_attempts: int
    dead_letters: bool

    async def delivered(self, message: ClaimedMessage, destination: Destination, turn: Turn, answer: Delivered) -> None:
        """Record it whoever holds the row by now: what was taken stays taken."""
        async with tenant_transaction(self.pool, message.clinic_id or 0) as connection:
            await queue.remove(connection, message)
            await note_success(connection, destination.id, turn.began, _last(message, "delivered", answer.status))
        _count(message, "delivered")
        metrics.count_replay(message.metadata, "replayed")
        metrics.DELIVERY_AGE.observe((datetime.now(UTC) - message.created_at).total_seconds())

    async def refused(
        self, message: ClaimedMessage, destination: Destination, turn: Turn, failure: NotDelivered
    ) -> None:
        """A delivery's fault is the delivery's; a destination that is away rests, and what it is to get waits for it."""
        async with tenant_transaction(self.pool, message.clinic_id or 0) as connection:
            rests_now = await self._note(connection, message, destination, turn, failure)
        if rests_now:
            log.warning("destination_rests", destination_id=destination.id, reason=failure.outcome)
        if failure.undelivered == "unavailable" and message.message_type != PING:
            _count(message, failure.outcome)
            failed = FailedAttempt(failure.reason, failure.undelivered)
            await queue.retry_later(self.pool, [message], 0.0, counts=False, failed=failed)
        else:
            await self.given_up(message, destination, failure)

    async def _note(
        self,
        connection: Connection,
        message: ClaimedMessage,
        destination: Destination,
        turn: Turn,
        failure: NotDelivered,
    ) -> bool:
        last = _last(message, failure.outcome, failure.status)
        if failure.undelivered == "permanent":
            await note_success(connection, destination.id, turn.began, last)  # it answered
            if failure.outcome == "gone" and await disable_gone(connection, message.clinic_id or 0, destination.id):
                log.warning("destination_disabled", destination_id=destination.id, reason="gone")
            return False
        of_line = failure.undelivered == "unavailable"
        return await note_failure(connection, destination.id, turn.began, last, of_line=of_line, wait=failure.wait)

    async def wait(self, message: ClaimedMessage, seconds: float) -> None:
        """The destination rests, or another delivery tries it."""
        await queue.retry_later(self.pool, [message], seconds, counts=False)

    async def given_up(self, message: ClaimedMessage, destination: Destination | None, failure: NotDelivered) -> None:
        """Try it again later, or bury it."""
        _count(message, failure.outcome)
        if message.message_type == PING:
            async with self.pool.connection() as connection:
                await queue.remove(connection, message)
            return
        decision = decide(
            failure.undelivered,
            message.attempt,
            message.claims,
            self.max_attempts,
            dead_letters=self.dead_letters,
            jitter=random.uniform(0.5, 1.0),  # noqa: S311 - jitter, not a secret
        )
        log.warning(
            "delivery_failed", message_id=str(message.id), reason=failure.reason, decision=type(decision).__name__
        )
        match decision:
            case Retry(delay, counts):
                failed = FailedAttempt(failure.reason, failure.undelivered)
                await queue.retry_later(self.pool, [message], delay, counts=counts, failed=failed)
            case DeadLetter():
                await self._bury(message, destination, failure)

    async def _bury(self, message: ClaimedMessage, destination: Destination | None, failure: NotDelivered) -> None:
        # A dead letter outlives its destination, as it outlives a source.
        named = replace(message, source_kind="webhook", source_name=None if destination is None else destination.name)
        try:
            async with self.pool.connection() as connection:
                await burials.bury(connection, named, failure.reason, failure.undelivered, _reason(failure))
        except LeaseLostError:
            metrics.LEASES_LOST.inc()
            return
        metrics.DEAD.labels(failure.undelivered).inc()
        metrics.count_replay(message.metadata, "dead")


def _reason(failure: NotDelivered) -> DeathReason | None:
    return "exhausted" if failure.outcome == "overdue" else None


def _last(message: ClaimedMessage, outcome: str, status: int | None) -> Last:
    return Last(str(message.id), message.message_type.removeprefix(PREFIX), outcome, status)


def _count(message: ClaimedMessage, outcome: str) -> None:
    metrics.DELIVERIES.labels(metrics.event_label(message.message_type), outcome).inc()
