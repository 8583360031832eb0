"""A call whose outcome is unknown: its echo settles it, or Evolution's own list of messages, or nobody knows."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.queue_worker import metrics, queue
from services.queue_worker.sending.answers import NotSent, Sent, Unclear, read_answer
from services.queue_worker.sending.calls import find_call
from services.queue_worker.sending.evolution_client import EvolutionClient, Reply
from services.queue_worker.sending.insisting import insist
from services.queue_worker.sending.outcomes import Outcomes
from services.queue_worker.sending.outgoing import find_outgoing
from services.queue_worker.sending.reconciliation import Candidate, candidates, the_one
from services.queue_worker.sending.store import taken_ids
from services.queue_worker.sending.tasks import Task
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction

LOOK_AGAIN_SECONDS = 5.0

UNKNOWN_OUTCOME = NotSent("outcome_unknown", "permanent")


@dataclass(slots=True)
class UnknownOutcomes:
    """Times in seconds: `echo_wait` for the echo, `look_for` is how long an unreachable Evolution is asked again."""

    pool: Pool
    evolution: EvolutionClient
    work: Wakeup
    outcomes: Outcomes
    echo_wait: float
    look_for: float
    _echo_until: float = field(default=0.0, init=False)

    def awaits_echo(self) -> bool:
        """Whether an echo that is taken in now may be one that a reply waits for."""
        return time.monotonic() < self._echo_until

    async def await_echo(self, task: Task, posted_at: datetime) -> None:
        """Give the echo time, once, then look for the message itself."""
        if task.row.metadata.get("awaited_echo"):
            await self.look(task, posted_at)
            return
        metrics.SENDS.labels(task.order.kind, "unknown").inc()
        self._echo_until = time.monotonic() + self.echo_wait
        await queue.remember(self.pool, task.row, "awaited_echo", True)
        await queue.retry_later(self.pool, [task.row], self.echo_wait, counts=False)
        await self._wake_if_echoed(task)

    async def look(self, task: Task, since: datetime) -> bool:
        """Ask Evolution for its newest messages of ours. What it shows went out; of the rest that is not known.

        True where the reply is to be sent again: never after it was posted for this order.
        """
        found = await self._find(task, since)
        asked = max(since, task.row.created_at)
        match found:
            case Sent():
                metrics.LOOKED_FOR.labels("found").inc()
                await insist(lambda: self.outcomes.sent(task, found, None))
            case None:
                metrics.LOOKED_FOR.labels("missing").inc()
                return await self._not_shown(task)
            case NotSent() | Unclear() if datetime.now(UTC) < asked + timedelta(seconds=self.look_for):
                metrics.LOOKED_FOR.labels("unavailable").inc()
                await queue.retry_later(self.pool, [task.row], LOOK_AGAIN_SECONDS, counts=False)
            case _:
                metrics.LOOKED_FOR.labels("given_up").inc()
                return await self._not_shown(task)
        return False

    async def _wake_if_echoed(self, task: Task) -> None:
        # An echo that was taken in between the call and the wait found nothing to wake.
        async with tenant_transaction(self.pool, task.clinic_id) as connection:
            outgoing = await find_outgoing(connection, task.clinic_id, task.outgoing.message_id)
        if outgoing is not None and outgoing.provider_id is not None:
            await queue.wake(self.pool, task.row.id)
            self.work.ring()

    async def _not_shown(self, task: Task) -> bool:
        """An agent who was told that nobody knows, and sends it again all the same, has decided."""
        if task.outgoing.posted_at is not None or task.row.metadata.get("awaited_echo"):
            await self.outcomes.failed(task.row, task.outgoing, UNKNOWN_OUTCOME)
            return False
        await queue.remember(self.pool, task.row, "looked", True)
        return True

    async def _find(self, task: Task, since: datetime) -> Sent | NotSent | Unclear | None:
        """The message, under whichever name Evolution keeps the chat; None where it is in none of them."""
        for jid in task.outgoing.chat.jids():
            reply = await self.evolution.call(task.way.door, find_call(task.way.version, jid))
            if not isinstance(reply, Reply):
                return reply
            shown = candidates(reply.body)
            if reply.status not in (200, 201) or shown is None:
                return _why_not_shown(reply)
            if one := await self._ours(task, shown, since):
                return Sent(one.provider_id, one.remote_jid)
        return None

    async def _ours(self, task: Task, shown: list[Candidate], since: datetime) -> Candidate | None:
        async with tenant_transaction(self.pool, task.clinic_id) as connection:
            ids = [candidate.provider_id for candidate in shown]
            taken = await taken_ids(connection, task.clinic_id, task.source_id, ids)
        return the_one(shown, task.outgoing.message_type, task.outgoing.content, since, taken)


def _why_not_shown(reply: Reply) -> NotSent | Unclear | None:
    """A server that has no such list shows nothing; one that is in trouble may later."""
    answer = read_answer(reply.status, reply.body, "chat.findMessages")
    match answer:
        case NotSent(unsent="unavailable" | "transient") | Unclear():
            return answer
    return None
