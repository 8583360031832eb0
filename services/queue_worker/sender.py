"""Agents' replies to Evolution: in order within a conversation, and never twice knowingly.

Evolution (before 2.4) has no idempotency key, so a call without an answer is not repeated: its echo, `send.message`, settles
whether it arrived. Where no echo comes, an operator decides.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psycopg
import structlog

from services.queue_worker import metrics, queue
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from services.queue_worker.evolution_client import EvolutionClient
from services.queue_worker.finishing import finish
from services.queue_worker.processor import UNAVAILABLE_DELAY_SECONDS
from services.queue_worker.queue import ClaimedMessage, FailedAttempt, LeaseLostError
from services.queue_worker.retry import DeadLetter, Retry, decide, describe, error_class
from services.queue_worker.send_store import (
    Outgoing,
    find_outgoing,
    mark_posted,
    record_failed,
    record_sent,
    unmark_posted,
)
from services.queue_worker.sends import Answer, NotSent, Sent, Unclear
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction

log = structlog.get_logger(__name__)

CONCURRENT_SENDS = 8
WRITE_ATTEMPTS = 5
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
    """Sends the oldest reply of several conversations at once; a slow call delays nobody but its own conversation."""

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
        """Send what there is and wait for more, until cancelled. A call that was begun is brought to its end."""
        async with asyncio.TaskGroup() as slots:
            for _ in range(CONCURRENT_SENDS):
                slots.create_task(self._send_one_after_another())

    async def _send_one_after_another(self) -> None:
        while True:
            if not await finish(self._send_next(), within=self._settings.lease):
                await self._work.wait(self._settings.longest_sleep)

    async def _send_next(self) -> bool:
        """Claim a reply and send it; False where there was none."""
        try:
            claimed = await queue.claim_heads(self._pool, 1, self._settings.lease)
        except psycopg.Error as error:
            log.warning("queue_unavailable", error=describe(error))
            return False
        for message in claimed:
            self._work.ring()  # where there is one there may be more, and somebody idle
            await self.send(message)
        return bool(claimed)

    async def send(self, message: ClaimedMessage) -> None:
        """Bring one claimed reply a step further: sent, to be tried again, or dead.

        Where that fails the lease ends by itself, and what was noted before the call says then whether it was made.
        """
        try:
            await self._send(message)
        except LeaseLostError:
            metrics.LEASES_LOST.inc()
        except Exception as error:
            unexpected = not isinstance(error, psycopg.Error)
            log.warning("send_interrupted", message_id=str(message.id), error=describe(error), exc_info=unexpected)

    async def _send(self, message: ClaimedMessage) -> None:
        outgoing = await self._outgoing(message)
        if outgoing is None:
            await self._fail(message, NotSent("the message to be sent does not exist", "permanent"), None)
        elif outgoing.provider_id is not None:
            await self._succeed(message, Sent(outgoing.provider_id, None), outgoing)
        elif outgoing.posted:
            await self._await_echo(message, outgoing)
        elif message.suspect and message.attempt > self._settings.max_attempts:
            await self._fail(message, NotSent(KILLED_ITS_WORKERS, "permanent"), outgoing)
        else:
            await self._post(message, outgoing)

    async def _outgoing(self, message: ClaimedMessage) -> Outgoing | None:
        message_id = _message_id(message)
        if message.clinic_id is None or message_id is None:
            return None
        async with tenant_transaction(self._pool, message.clinic_id) as connection:
            return await find_outgoing(connection, message.clinic_id, message_id)

    async def _await_echo(self, message: ClaimedMessage, outgoing: Outgoing) -> None:
        """A call's outcome is unknown: give its echo time, once, then give up."""
        if message.metadata.get("awaited_echo"):
            await self._fail(message, NotSent(UNKNOWN_OUTCOME, "permanent"), outgoing)
            return
        metrics.SENDS.labels("unknown").inc()
        await queue.remember(self._pool, message, "awaited_echo", True)
        await queue.retry_later(self._pool, [message], self._settings.echo_wait, counts=False)

    async def _post(self, message: ClaimedMessage, outgoing: Outgoing) -> None:
        if outgoing.number is None or message.source_name is None:
            nowhere = NotSent("the contact has no address on this instance", "permanent")
            await self._fail(message, nowhere, outgoing)
            return
        await self._take_over(message, outgoing)
        started = time.perf_counter()
        answer = await self._evolution.send_text(message.source_name, outgoing.number, outgoing.content)
        metrics.SEND_SECONDS.observe(time.perf_counter() - started)
        await self._insist(lambda: self._settle(message, outgoing, answer))

    async def _take_over(self, message: ClaimedMessage, outgoing: Outgoing) -> None:
        """Make sure that nobody else hands this reply over, now or later. Raises LeaseLostError where somebody does."""
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self._pool, clinic_id) as connection:
            if not await mark_posted(connection, clinic_id, outgoing.message_id):
                raise LeaseLostError
            await queue.renew(connection, message, self._settings.lease)

    async def _insist(self, step: Callable[[], Awaitable[None]]) -> None:
        """Write down what Evolution answered, also where Postgres is away for a while: nobody else knows it."""
        failures = 0
        while True:
            try:
                await step()
            except psycopg.Error as error:
                failures += error_class(error) != "unavailable"
                if failures == WRITE_ATTEMPTS:
                    raise
                log.warning("answer_not_recorded", error=describe(error))
                await asyncio.sleep(UNAVAILABLE_DELAY_SECONDS)
            else:
                return

    async def _settle(self, message: ClaimedMessage, outgoing: Outgoing, answer: Answer) -> None:
        match answer:
            case Sent():
                await self._succeed(message, answer, outgoing)
            case NotSent():
                await self._release(message, outgoing)
                await self._fail(message, answer, outgoing)
            case Unclear(reason):
                log.warning("send_outcome_unknown", message_id=str(message.id), reason=reason)
                await self._await_echo(message, outgoing)

    async def _release(self, message: ClaimedMessage, outgoing: Outgoing) -> None:
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self._pool, clinic_id) as connection:
            await unmark_posted(connection, clinic_id, outgoing.message_id)

    async def _succeed(self, message: ClaimedMessage, sent: Sent, outgoing: Outgoing) -> None:
        """Record it whoever holds the message by now: what was sent stays sent."""
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self._pool, clinic_id) as connection:
            if message.source_id is not None:
                zone = message.timezone or "UTC"
                await record_sent(connection, clinic_id, zone, message.source_id, outgoing, sent)
            await queue.remove(connection, message)
        metrics.SENDS.labels("sent").inc()
        metrics.count_replay(message.metadata, "replayed")
        self._committed()

    async def _fail(self, message: ClaimedMessage, failure: NotSent, outgoing: Outgoing | None) -> None:
        metrics.SENDS.labels(failure.unsent).inc()
        decision = decide(
            failure.unsent,
            message.attempt,
            message.claims,
            self._settings.max_attempts,
            dead_letters=self._settings.dead_letters,
            jitter=random.uniform(0.5, 1.0),  # noqa: S311 - jitter, not a secret
        )
        log.warning("send_failed", message_id=str(message.id), reason=failure.reason, decision=type(decision).__name__)
        match decision:
            case Retry(delay, counts):
                failed = FailedAttempt(failure.reason, failure.unsent)
                await queue.retry_later(self._pool, [message], delay, counts=counts, failed=failed)
            case DeadLetter():
                await self._bury(message, failure, outgoing)

    async def _bury(self, message: ClaimedMessage, failure: NotSent, outgoing: Outgoing | None) -> None:
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self._pool, clinic_id) as connection:
            if outgoing is not None:
                await record_failed(connection, clinic_id, message.timezone or "UTC", outgoing.message_id)
            await queue.bury(connection, message, failure.reason, failure.unsent)
        metrics.DEAD.labels(failure.unsent).inc()
        metrics.count_replay(message.metadata, "dead")
        self._committed()


def _message_id(message: ClaimedMessage) -> int | None:
    try:
        return int(json.loads(message.payload)["message_id"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
