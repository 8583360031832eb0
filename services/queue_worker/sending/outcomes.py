"""What became of an order: sent, refused, waiting for its source, to be tried again, or dead."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from services.queue_worker import burials, metrics, queue
from services.queue_worker.burials import FailedAttempt
from services.queue_worker.claims import ClaimedMessage
from services.queue_worker.retry import DeadLetter, Decision, Retry, decide
from services.queue_worker.send_kinds import CHANGES
from services.queue_worker.sending.answers import NotSent, Sent
from services.queue_worker.sending.line_store import Turn
from services.queue_worker.sending.outgoing import Outgoing
from services.queue_worker.sending.store import record_change_failed, record_failed, record_sent
from services.queue_worker.sending.tasks import Task
from services.queue_worker.sending.turns import Turns
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction

log = structlog.get_logger(__name__)

NOT_FOUND = NotSent("not_found", "permanent")
NO_ADDRESS = NotSent("no_address", "permanent")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Writes down what became of orders. `committed` is called where agents are to be told."""

    pool: Pool
    turns: Turns
    committed: Callable[[], None]
    max_attempts: int
    dead_letters: bool

    async def sent(self, task: Task, sent: Sent, turn: Turn | None) -> None:
        """Record it whoever holds the row by now: what was sent stays sent."""
        async with tenant_transaction(self.pool, task.clinic_id) as connection:
            await record_sent(connection, task.clinic_id, task.zone, task.source_id, task.outgoing, sent)
            await self.complete(connection, task, turn)
        self.announce(task)

    async def complete(self, connection: Connection, task: Task, turn: Turn | None) -> None:
        """Take a done order out of the queue, in the transaction of its effects."""
        await queue.remove(connection, task.row)
        await self.turns.succeeded(connection, task.source_id, turn)

    def announce(self, task: Task) -> None:
        """A done order's transaction is committed."""
        metrics.SENDS.labels(task.order.kind, "sent").inc()
        metrics.count_replay(task.row.metadata, "replayed")
        self.committed()

    async def refused(self, task: Task, turn: Turn, failure: NotSent) -> None:
        """The message's fault is the message's; any other makes the line rest, and the message waits for it."""
        if failure.unsent == "unavailable":
            metrics.SENDS.labels(task.order.kind, "unavailable").inc()
            await self.turns.failed(task.row, turn, failure.code, of_line=True)
            await queue.retry_later(self.pool, [task.row], 0.0, counts=False)
            return
        if failure.unsent == "transient":
            await self.turns.failed(task.row, turn, "failing", of_line=False)
        else:
            async with tenant_transaction(self.pool, task.clinic_id) as connection:
                await self.turns.succeeded(connection, task.source_id, turn)  # Evolution answered, and WhatsApp did
        await self.failed(task.row, task.outgoing, failure)

    async def rest(self, message: ClaimedMessage, source_id: int, reason: str, detail: str) -> None:
        """Nothing can leave through this source; its messages wait."""
        log.warning("source_cannot_send", source_id=source_id, reason=reason, detail=detail)
        await self.turns.close(message, source_id, reason)
        await queue.retry_later(self.pool, [message], 0.0, counts=False)

    async def failed(self, message: ClaimedMessage, outgoing: Outgoing | None, failure: NotSent) -> None:
        """Try it again later, or bury it. `outgoing` is None where the order names no message."""
        metrics.SENDS.labels(metrics.send_label(message.message_type), failure.unsent).inc()
        decision = self._decide(message, failure)
        log.warning("send_failed", message_id=str(message.id), reason=failure.error, decision=type(decision).__name__)
        match decision:
            case Retry(delay, counts):
                failed = FailedAttempt(failure.error, failure.unsent)
                await queue.retry_later(self.pool, [message], delay, counts=counts, failed=failed)
            case DeadLetter():
                await self._bury(message, outgoing, failure)

    def _decide(self, message: ClaimedMessage, failure: NotSent) -> Decision:
        return decide(
            failure.unsent,
            message.attempt,
            message.claims,
            self.max_attempts,
            dead_letters=self.dead_letters,
            jitter=random.uniform(0.5, 1.0),  # noqa: S311 - jitter, not a secret
        )

    async def _bury(self, message: ClaimedMessage, outgoing: Outgoing | None, failure: NotSent) -> None:
        async with tenant_transaction(self.pool, message.clinic_id or 0) as connection:
            if outgoing is not None:
                await _tell_agents(connection, message, outgoing.message_id, failure)
            await burials.bury(connection, message, failure.error, failure.unsent)
        metrics.DEAD.labels(failure.unsent).inc()
        metrics.count_replay(message.metadata, "dead")
        self.committed()


async def _tell_agents(connection: Connection, message: ClaimedMessage, message_id: int, failure: NotSent) -> None:
    clinic_id, zone = message.clinic_id or 0, message.timezone or "UTC"
    change = next((name for kind, name in CHANGES.items() if kind == message.message_type), None)
    if change is None:
        await record_failed(connection, clinic_id, zone, message_id, failure, message.id)
    else:
        await record_change_failed(connection, clinic_id, zone, message_id, change, failure, message.id)
