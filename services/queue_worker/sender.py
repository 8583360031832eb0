"""Agents' replies to Evolution: in order within a conversation, and never twice knowingly.

Evolution (before 2.4) has no idempotency key, so a call without an answer is not repeated: its echo, `send.message`, settles
whether it arrived. Where no echo comes, an operator decides.
"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from services.queue_worker import metrics, queue
from services.queue_worker.evolution_client import EvolutionClient, OutcomeUnknownError
from services.queue_worker.processor import UNAVAILABLE, UNAVAILABLE_DELAY_SECONDS
from services.queue_worker.queue import ClaimedMessage, LeaseLostError
from services.queue_worker.retry import DeadLetter, ErrorClass, Retry, decide
from services.queue_worker.send_store import Outgoing, find_outgoing, mark_posted, record_failed, record_sent
from services.queue_worker.sends import NotSent, Sent
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction

log = structlog.get_logger(__name__)

CONCURRENT_SENDS = 8
UNKNOWN_OUTCOME = "Evolution did not answer and no echo came: it is not known whether the patient got this message"


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """Times in seconds. A lease must outlast a call."""

    lease: float
    longest_sleep: float
    max_attempts: int
    dead_letters: bool
    echo_wait: float


class Sender:
    """One loop that sends the oldest reply of several conversations at once."""

    def __init__(
        self,
        pool: Pool,
        evolution: EvolutionClient,
        settings: SenderSettings,
        work: Wakeup,
        committed: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._evolution = evolution
        self._settings = settings
        self._work = work
        self._committed = committed

    async def run(self) -> None:
        """Send what there is and wait for more, until cancelled."""
        while True:
            try:
                claimed = await queue.claim_heads(self._pool, CONCURRENT_SENDS, self._settings.lease)
            except UNAVAILABLE as error:
                log.warning("queue_unavailable", error=repr(error))
                await asyncio.sleep(UNAVAILABLE_DELAY_SECONDS)
                continue
            await asyncio.gather(*(self.send(message) for message in claimed))
            if not claimed:
                await self._work.wait(self._settings.longest_sleep)

    async def send(self, message: ClaimedMessage) -> None:
        """Bring one claimed reply a step further: sent, to be tried again, or dead."""
        try:
            outgoing = await self._outgoing(message)
            if outgoing is None:
                await self._finish(message, NotSent("the message to be sent does not exist", "permanent"), None)
            elif outgoing.provider_id is not None:
                await self._finish(message, Sent(outgoing.provider_id, None), outgoing)
            elif outgoing.posted:
                await self._await_echo(message, outgoing)
            else:
                await self._post(message, outgoing)
        except LeaseLostError:
            metrics.LEASES_LOST.inc()
        except UNAVAILABLE as error:
            # The lease ends by itself; what was noted before the call says then whether it was made.
            log.warning("send_interrupted", message_id=str(message.id), error=repr(error))

    async def _outgoing(self, message: ClaimedMessage) -> Outgoing | None:
        if message.clinic_id is None:
            return None
        async with tenant_transaction(self._pool, message.clinic_id) as connection:
            return await find_outgoing(connection, message.clinic_id, int(message.payload["message_id"]))

    async def _await_echo(self, message: ClaimedMessage, outgoing: Outgoing) -> None:
        """An earlier call's outcome is unknown: give its echo time, once, then give up."""
        if message.metadata.get("awaited_echo"):
            await self._finish(message, NotSent(UNKNOWN_OUTCOME, "permanent"), outgoing)
            return
        metrics.SENDS.labels("unknown").inc()
        await queue.remember(self._pool, message, "awaited_echo", True)
        await queue.retry_later(self._pool, [message], self._settings.echo_wait, counts=False)

    async def _post(self, message: ClaimedMessage, outgoing: Outgoing) -> None:
        if outgoing.number is None or message.source_name is None:
            await self._finish(message, NotSent("the contact has no address on this instance", "permanent"), outgoing)
            return
        await self._mark(message, outgoing, posted=True)
        started = time.perf_counter()
        try:
            answer = await self._evolution.send_text(message.source_name, outgoing.number, outgoing.content)
        except OutcomeUnknownError as error:
            log.warning("send_outcome_unknown", message_id=outgoing.message_id, error=str(error))
            await self._await_echo(message, outgoing)
            return
        metrics.SEND_SECONDS.observe(time.perf_counter() - started)
        if isinstance(answer, NotSent):
            await self._mark(message, outgoing, posted=False)
        await self._finish(message, answer, outgoing)

    async def _mark(self, message: ClaimedMessage, outgoing: Outgoing, *, posted: bool) -> None:
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self._pool, clinic_id) as connection:
            await mark_posted(connection, clinic_id, outgoing.message_id, posted=posted)

    async def _finish(self, message: ClaimedMessage, answer: Sent | NotSent, outgoing: Outgoing | None) -> None:
        match answer:
            case Sent():
                await self._succeed(message, answer, outgoing)
            case NotSent(reason, unsent):
                await self._fail(message, reason, unsent, outgoing)

    async def _succeed(self, message: ClaimedMessage, sent: Sent, outgoing: Outgoing | None) -> None:
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self._pool, clinic_id) as connection:
            if outgoing is not None and message.source_id is not None:
                zone = message.timezone or "UTC"
                await record_sent(connection, clinic_id, zone, message.source_id, outgoing, sent)
            await queue.complete(connection, [message])
        metrics.SENDS.labels("sent").inc()
        self._committed()

    async def _fail(self, message: ClaimedMessage, reason: str, unsent: ErrorClass, outgoing: Outgoing | None) -> None:
        metrics.SENDS.labels(unsent).inc()
        decision = decide(
            unsent,
            message.attempt,
            self._settings.max_attempts,
            dead_letters=self._settings.dead_letters,
            jitter=random.uniform(0.5, 1.0),  # noqa: S311 - jitter, not a secret
        )
        log.warning("send_failed", message_id=str(message.id), reason=reason, decision=type(decision).__name__)
        match decision:
            case Retry(delay, counts):
                await queue.retry_later(self._pool, [message], delay, counts=counts)
            case DeadLetter():
                await self._bury(message, reason, unsent, outgoing)

    async def _bury(self, message: ClaimedMessage, reason: str, unsent: ErrorClass, outgoing: Outgoing | None) -> None:
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self._pool, clinic_id) as connection:
            await queue.bury(connection, message, reason, unsent)
            await self._show_failure(connection, message, outgoing)
        metrics.DEAD.labels(unsent).inc()
        self._committed()

    async def _show_failure(self, connection: Connection, message: ClaimedMessage, outgoing: Outgoing | None) -> None:
        if outgoing is not None and message.clinic_id is not None:
            zone = message.timezone or "UTC"
            await record_failed(connection, message.clinic_id, zone, outgoing.message_id)
