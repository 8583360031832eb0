"""What happens, to clinics' own systems: at least once, under one id, to whoever answers. See `docs/webhooks-out.md`."""

import asyncio
import time
from dataclasses import dataclass

import psycopg
import structlog
from opentelemetry.trace import SpanKind

from services.queue_worker import metrics
from services.queue_worker.causes import Cause
from services.queue_worker.claims import ClaimedMessage, LeaseLostError, killed_its_workers
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from services.queue_worker.delivering.answers import Answer, NotDelivered
from services.queue_worker.delivering.calls import HookClient
from services.queue_worker.delivering.causes import find_cause
from services.queue_worker.delivering.claiming import claim_deliveries, claim_overdue
from services.queue_worker.delivering.destinations import Destination, find_destination
from services.queue_worker.delivering.outcomes import Outcomes
from services.queue_worker.delivering.rests import Turn, take_turn
from services.queue_worker.delivery_kinds import PING
from services.queue_worker.finishing import finish
from services.queue_worker.retry import describe
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.tracing.current import entered, following
from shared.tracing.spans import Attributes, span

log = structlog.get_logger(__name__)

CONCURRENT_DELIVERIES = 8
# Every commit may have something to deliver, and most have nothing: the queue is looked at no more often than this.
BETWEEN_LOOKS_SECONDS = 0.05
# A probe whose worker died keeps the destination at rest for no longer than a call may take, and this.
PROBE_SLACK_SECONDS = 5.0
OVERDUE_AT_ONCE = 100

DELETED = NotDelivered("deleted", "permanent", "the destination was deleted")
DISABLED = NotDelivered("disabled", "permanent", "the destination is switched off")
UNSIGNED = NotDelivered("unsigned", "unavailable", "the destination has no secret that can be read")
POISON = NotDelivered("poison", "permanent", KILLED_ITS_WORKERS)


@dataclass(frozen=True, slots=True)
class DelivererSettings:
    """Times in seconds. A lease must outlast a call."""

    lease: float
    longest_sleep: float
    secrets_keys: tuple[str, ...]


class Deliverer:
    """Calls several destinations at once; a slow one delays nobody but itself."""

    def __init__(
        self, pool: Pool, client: HookClient, settings: DelivererSettings, work: Wakeup, outcomes: Outcomes
    ) -> None:
        self._pool = pool
        self._client = client
        self._settings = settings
        self._work = work
        self._more = Wakeup()
        self._outcomes = outcomes

    async def run(self) -> None:
        """Deliver what there is and wait for more, until cancelled. A call that was begun is brought to its end."""
        async with asyncio.TaskGroup() as slots:
            slots.create_task(self._deliver_one_after_another(self._work))
            for _ in range(CONCURRENT_DELIVERIES - 1):
                slots.create_task(self._deliver_one_after_another(self._more))

    async def _deliver_one_after_another(self, bell: Wakeup) -> None:
        while True:
            if not await finish(self._deliver_next(), within=self._settings.lease):
                await asyncio.sleep(BETWEEN_LOOKS_SECONDS)
                await bell.wait(self._settings.longest_sleep)

    async def _deliver_next(self) -> bool:
        """Claim a delivery and make it; False where there was none."""
        try:
            claimed = await claim_deliveries(self._pool, 1, self._settings.lease)
        except psycopg.Error as error:
            log.warning("queue_unavailable", error=describe(error))
            return False
        for message in claimed:
            self._more.ring()  # where there is one there may be more, and somebody idle
            await self.deliver(message)
        return bool(claimed)

    async def deliver(self, message: ClaimedMessage) -> None:
        """Bring one claimed delivery a step further: made, to be tried again, or dead.

        Where that fails the lease ends by itself, and it is made again: the destination knows it by its id.
        """
        try:
            await self._deliver(message)
        except LeaseLostError:
            metrics.LEASES_LOST.inc()
        except Exception as error:
            unexpected = not isinstance(error, psycopg.Error)
            log.warning("delivery_interrupted", message_id=str(message.id), error=describe(error), exc_info=unexpected)

    async def _deliver(self, message: ClaimedMessage) -> None:
        destination_id = _destination_id(message)
        async with tenant_transaction(self._pool, message.clinic_id or 0) as connection:
            destination = await find_destination(
                connection, message.clinic_id or 0, destination_id, self._settings.secrets_keys
            )
            obstacle = _obstacle(message, destination)
            turn = None
            if destination is not None and obstacle is None:
                probe_seconds = self._client.timeout + PROBE_SLACK_SECONDS
                turn = await take_turn(connection, message.clinic_id or 0, destination_id, probe_seconds)
            cause = await find_cause(connection, message)
        with following(cause.correlation_id, cause.trace):
            if destination is None or turn is None:
                await self._outcomes.given_up(message, destination, obstacle or DELETED)
            elif turn.wait > 0:
                await self._outcomes.wait(message, turn.wait)
            else:
                await self._settle(message, destination, turn, await self._call(message, destination, cause))

    async def _call(self, message: ClaimedMessage, destination: Destination, cause: Cause) -> Answer:
        started = time.perf_counter()
        body = message.payload.encode()
        told: Attributes = {"prosa.message_type": message.message_type, "prosa.attempt": message.attempt}
        with (
            span("deliver", SpanKind.CLIENT, cause.correlation_id, cause.trace, message.clinic_id, told) as trace,
            entered(trace),
        ):
            answer = await self._client.post(destination.url, destination.secrets, str(message.id), body)
        metrics.DELIVERY_SECONDS.observe(time.perf_counter() - started)
        return answer

    async def _settle(self, message: ClaimedMessage, destination: Destination, turn: Turn, answer: Answer) -> None:
        if isinstance(answer, NotDelivered):
            await self._outcomes.refused(message, destination, turn, answer)
        else:
            await self._outcomes.delivered(message, destination, turn, answer)

    async def give_up_overdue(self, hours: int) -> None:
        """Bury what no destination has taken for that long. It can be replayed."""
        error = NotDelivered("overdue", "permanent", "not delivered for too long")
        while overdue := await claim_overdue(self._pool, OVERDUE_AT_ONCE, self._settings.lease, hours):
            for message in overdue:
                await self._outcomes.given_up(message, None, error)


def _obstacle(message: ClaimedMessage, destination: Destination | None) -> NotDelivered | None:
    """Why a delivery is not even tried."""
    if destination is None:
        return DELETED
    if killed_its_workers(message):
        return POISON
    if not destination.enabled and message.message_type != PING:
        return DISABLED
    return None if destination.secrets else UNSIGNED


def _destination_id(message: ClaimedMessage) -> int:
    """The destination that a delivery's row names; 0, which is none, where it names none."""
    named = str(message.metadata.get("destination", ""))
    return int(named) if named.isascii() and named.isdecimal() else 0
