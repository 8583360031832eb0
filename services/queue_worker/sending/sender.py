"""What agents have sent, to Evolution: in order within a conversation, and never twice knowingly. See `docs/sending.md`.

Evolution (before 2.4) has no idempotency key, so a call without an answer is not repeated: its echo, `send.message`, or
Evolution's own list of messages settles whether it arrived. Where neither does, the agent is told that nobody knows.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import structlog
from opentelemetry.trace import SpanKind

from services.queue_worker import claims, metrics
from services.queue_worker.claims import ClaimedMessage, LeaseLostError
from services.queue_worker.finishing import finish
from services.queue_worker.retry import describe
from services.queue_worker.send_kinds import CONTENT, SIGNALS
from services.queue_worker.sending.changes import ChangeSender
from services.queue_worker.sending.content import ContentSender
from services.queue_worker.sending.evolution_client import EvolutionClient
from services.queue_worker.sending.files import MOST_BYTES_IN_HAND, FilesInHand, ReadFile
from services.queue_worker.sending.orders import Order, read_order
from services.queue_worker.sending.outcomes import NO_ADDRESS, NOT_FOUND, Outcomes
from services.queue_worker.sending.outgoing import find_outgoing
from services.queue_worker.sending.signals import SignalSender
from services.queue_worker.sending.tasks import Task
from services.queue_worker.sending.turns import Turns
from services.queue_worker.sending.unknown_outcomes import UnknownOutcomes
from services.queue_worker.sending.way_out import find_way
from services.queue_worker.wakeup import Wakeup
from shared.auth.seal import UnsealError
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.tracing.current import following
from shared.tracing.spans import Attributes, span

log = structlog.get_logger(__name__)

CONCURRENT_SENDS = 8
CONCURRENT_SIGNALS = 2
# A probe whose worker died keeps the line closed for no longer than a call may take, and this.
PROBE_SLACK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """Times in seconds. A lease must outlast a call. `look_for`: how long an unreachable Evolution is asked again.
    `most_file_bytes`: of files that are in hand at once.
    """

    lease: float
    longest_sleep: float
    max_attempts: int
    dead_letters: bool
    echo_wait: float
    look_for: float = 600.0
    sends_per_second: float = 20.0
    secrets_keys: tuple[str, ...] = ()
    most_file_bytes: int = MOST_BYTES_IN_HAND


class Sender:
    """Sends the oldest order of several conversations at once; a slow call delays nobody but its own conversation."""

    def __init__(
        self,
        pool: Pool,
        evolution: EvolutionClient,
        settings: SenderSettings,
        work: Wakeup,
        committed: Callable[[], None],
        read_file: ReadFile,
    ) -> None:
        self._pool = pool
        self._evolution = evolution
        self._settings = settings
        self._work = work
        turns = Turns(pool, work, settings.sends_per_second, evolution.timeout + PROBE_SLACK_SECONDS)
        outcomes = Outcomes(pool, turns, committed, settings.max_attempts, settings.dead_letters)
        unknown = UnknownOutcomes(pool, evolution, work, outcomes, settings.echo_wait, settings.look_for)
        self._outcomes = outcomes
        self._unknown = unknown
        self._content = ContentSender(
            pool,
            evolution,
            read_file,
            turns,
            outcomes,
            unknown,
            FilesInHand(settings.most_file_bytes),
            settings.lease,
            settings.max_attempts,
        )
        self._changes = ChangeSender(pool, evolution, turns, outcomes)
        self._signals = SignalSender(pool, evolution, settings.max_attempts, settings.secrets_keys)

    async def run(self) -> None:
        """Send what there is and wait for more, until cancelled. A call that was begun is brought to its end."""
        async with asyncio.TaskGroup() as slots:
            for _ in range(CONCURRENT_SENDS):
                slots.create_task(self._send_one_after_another(claims.claim_heads))
            for _ in range(CONCURRENT_SIGNALS):
                slots.create_task(self._send_one_after_another(claims.claim_signals))

    def awaits_echo(self) -> bool:
        """Whether an echo that is taken in now may be one that a reply waits for."""
        return self._unknown.awaits_echo()

    async def _send_one_after_another(self, claim: claims.Claim) -> None:
        while True:
            if not await finish(self._send_next(claim), within=self._settings.lease):
                await self._work.wait(self._settings.longest_sleep)

    async def _send_next(self, claim: claims.Claim) -> bool:
        """Claim an order and carry it out; False where there was none."""
        try:
            claimed = await claim(self._pool, 1, self._settings.lease)
        except psycopg.Error as error:
            log.warning("queue_unavailable", error=describe(error))
            return False
        for message in claimed:
            self._work.ring()  # where there is one there may be more, and somebody idle
            await self.send(message)
        return bool(claimed)

    async def send(self, message: ClaimedMessage) -> None:
        """Bring one claimed order a step further: done, to be tried again, or dead.

        Where that fails the lease ends by itself, and what was noted before the call says then whether it was made.
        """
        told: Attributes = {"prosa.message_type": message.message_type, "prosa.attempt": message.attempt}
        with (
            span("send", SpanKind.CLIENT, message.correlation_id, message.trace, message.clinic_id, told) as trace,
            following(message.correlation_id, trace),
        ):
            try:
                await self._send(message)
            except LeaseLostError:
                metrics.LEASES_LOST.inc()
            except Exception as error:
                unexpected = not isinstance(error, psycopg.Error)
                log.warning("send_interrupted", message_id=str(message.id), error=describe(error), exc_info=unexpected)

    async def _send(self, message: ClaimedMessage) -> None:
        order = read_order(message)
        if order is None or message.clinic_id is None or message.source_id is None:
            await self._outcomes.failed(message, None, NOT_FOUND)
        elif order.kind in SIGNALS:
            await self._signals.send(message, order)
        else:
            await self._send_order(message, order, message.clinic_id, message.source_id)

    async def _send_order(self, message: ClaimedMessage, order: Order, clinic_id: int, source_id: int) -> None:
        try:
            async with tenant_transaction(self._pool, clinic_id) as connection:
                outgoing = await find_outgoing(connection, clinic_id, order.message_id)
                way = await find_way(connection, clinic_id, source_id, self._evolution, self._settings.secrets_keys)
        except UnsealError as error:
            await self._outcomes.rest(message, source_id, "bad_key", str(error))
            return
        if outgoing is None:
            await self._outcomes.failed(message, None, NOT_FOUND)
        elif way is None or outgoing.chat.number is None:
            await self._outcomes.failed(message, outgoing, NO_ADDRESS)
        elif order.kind in CONTENT:
            await self._content.send(Task(message, order, outgoing, way))
        else:
            await self._changes.send(Task(message, order, outgoing, way))
