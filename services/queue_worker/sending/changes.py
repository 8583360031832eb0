"""What changes a message that is there: harmless to repeat."""

from dataclasses import dataclass
from datetime import datetime

from services.queue_worker import queue
from services.queue_worker.effects.changes import keep_changes
from services.queue_worker.facts import ChangeFact
from services.queue_worker.interpretation.changes import deletion, edit
from services.queue_worker.interpretation.message_text import bounded
from services.queue_worker.sending.answers import Answer, Done, NotSent, Sent, Unclear
from services.queue_worker.sending.asking import ask
from services.queue_worker.sending.calls import Call, delete_call, edit_call, reaction_call
from services.queue_worker.sending.evolution_client import EvolutionClient
from services.queue_worker.sending.insisting import insist
from services.queue_worker.sending.line_store import Turn
from services.queue_worker.sending.outcomes import NOT_FOUND, Outcomes
from services.queue_worker.sending.store import forget_change_failure
from services.queue_worker.sending.tasks import Task
from services.queue_worker.sending.turns import Turns
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction


@dataclass(frozen=True, slots=True)
class ChangeSender:
    """Sends reactions, edits and deletions."""

    pool: Pool
    evolution: EvolutionClient
    turns: Turns
    outcomes: Outcomes

    async def send(self, task: Task) -> None:
        """Change a message at the patient, then here."""
        if task.outgoing.provider_id is None or task.outgoing.source_id is None:
            await self.outcomes.failed(task.row, task.outgoing, NOT_FOUND)
            return
        async with tenant_transaction(self.pool, task.clinic_id) as connection:
            turn = await self.turns.take(connection, task.clinic_id, task.source_id)
        if turn.wait:
            await queue.retry_later(self.pool, [task.row], turn.wait, counts=False)
            return
        answer = await ask(self.evolution, task.way, _call(task), task.order.kind)
        await insist(lambda: self._settle(task, turn, answer))

    async def _settle(self, task: Task, turn: Turn, answer: Answer) -> None:
        match answer:
            case Done(at):
                await self._changed(task, turn, at)
            case NotSent():
                await self.outcomes.refused(task, turn, answer)
            case Unclear(reason):
                await self.turns.failed(task.row, turn, "failing", of_line=False)
                await self.outcomes.failed(task.row, task.outgoing, NotSent("gave_up", "transient", reason))
            case Sent():
                raise TypeError("a change is answered without an id")

    async def _changed(self, task: Task, turn: Turn, at: datetime | None) -> None:
        change = _fact(task, at or turn.began)
        async with tenant_transaction(self.pool, task.clinic_id) as connection:
            await forget_change_failure(connection, task.clinic_id, task.zone, task.outgoing.message_id)
            await keep_changes(connection, [((task.clinic_id, task.outgoing.source_id or task.source_id), change)])
            await self.outcomes.complete(connection, task, turn)
        self.outcomes.announce(task)


def _call(task: Task) -> Call:
    outgoing, order, version = task.outgoing, task.order, task.way.version
    key = outgoing.chat.key(outgoing.provider_id or "", from_me=outgoing.ours, participant=outgoing.participant)
    match order.kind:
        case "send.reaction":
            return reaction_call(version, key, order.text)
        case "send.edit":
            return edit_call(version, outgoing.chat.number or "", key, order.text)
    return delete_call(version, key)


def _fact(task: Task, at: datetime) -> ChangeFact:
    """The change as Evolution's own webhook would tell of it."""
    target, text = task.outgoing.provider_id or "", task.order.text
    match task.order.kind:
        case "send.reaction":
            return ChangeFact(target, "reaction", "me", at, text)
        case "send.edit":
            return edit(target, bounded(text), at, at)
    return deletion(target, at, at)
