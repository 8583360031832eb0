"""What becomes a message at the patient: handed over once, and noted before it is."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from services.queue_worker import queue
from services.queue_worker.claims import LeaseLostError
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from services.queue_worker.sending.answers import Answer, Done, NotSent, Sent, Unclear
from services.queue_worker.sending.asking import ask
from services.queue_worker.sending.calls import Call, audio_call, media_call, text_call
from services.queue_worker.sending.evolution_client import EvolutionClient
from services.queue_worker.sending.files import (
    FileMissingError,
    FilesInHand,
    FileUnavailableError,
    ReadFile,
    StoredFile,
    find_file,
    open_file,
)
from services.queue_worker.sending.insisting import insist
from services.queue_worker.sending.line_store import Turn
from services.queue_worker.sending.outcomes import Outcomes
from services.queue_worker.sending.store import mark_posted, unmark_posted
from services.queue_worker.sending.tasks import Task
from services.queue_worker.sending.turns import Turns
from services.queue_worker.sending.unknown_outcomes import UnknownOutcomes
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction

log = structlog.get_logger(__name__)

# After it a file that found no room is looked at again.
ROOM_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ContentSender:
    """Sends texts and files. `lease` in seconds, from the moment of the call."""

    pool: Pool
    evolution: EvolutionClient
    read_file: ReadFile
    turns: Turns
    outcomes: Outcomes
    unknown: UnknownOutcomes
    in_hand: FilesInHand
    lease: float
    max_attempts: int

    async def send(self, task: Task) -> None:
        """Post it, unless it was posted before: then learn what became of it."""
        row, outgoing = task.row, task.outgoing
        if outgoing.provider_id is not None:
            await self.outcomes.sent(task, Sent(outgoing.provider_id, None), None)
        elif outgoing.posted_at is not None:
            await self.unknown.await_echo(task, outgoing.posted_at)
        elif row.suspect and row.attempt > self.max_attempts:
            await self.outcomes.failed(row, outgoing, NotSent("gave_up", "permanent", KILLED_ITS_WORKERS))
        elif task.order.unclear_since is not None and not row.metadata.get("looked"):
            if await self.unknown.look(task, task.order.unclear_since):
                await self._post(task)
        else:
            await self._post(task)

    async def _post(self, task: Task) -> None:
        stored = None if task.order.kind == "send.text" else await self._stored_file(task)
        with self.in_hand.room(stored.size if stored else 0) as fits:
            if fits:
                await self._hand_over(task, stored)
            else:
                await queue.retry_later(self.pool, [task.row], ROOM_SECONDS, counts=False)

    async def _hand_over(self, task: Task, stored: StoredFile | None) -> None:
        try:
            call = await self._call(task, stored)
        except FileMissingError:
            await self.outcomes.failed(task.row, task.outgoing, NotSent("file_missing", "permanent"))
            return
        except FileUnavailableError as error:
            await self.outcomes.failed(task.row, task.outgoing, NotSent("gave_up", "transient", str(error)))
            return
        posted_at, turn = await self._take_over(task)
        if turn.wait:
            await queue.retry_later(self.pool, [task.row], turn.wait, counts=False)
            return
        answer = await ask(self.evolution, task.way, call, task.order.kind)
        await insist(lambda: self._settle(task, posted_at, turn, answer))

    async def _stored_file(self, task: Task) -> StoredFile | None:
        async with tenant_transaction(self.pool, task.clinic_id) as connection:
            return await find_file(connection, task.clinic_id, task.outgoing.message_id)

    async def _call(self, task: Task, stored: StoredFile | None) -> Call:
        outgoing, version = task.outgoing, task.way.version
        number = outgoing.chat.number or ""
        if task.order.kind == "send.text":
            return text_call(version, number, outgoing.content, outgoing.quoted)
        file = await open_file(stored, task.clinic_id, outgoing.message_type, self.read_file)
        if task.order.kind == "send.audio":
            return audio_call(version, number, file, outgoing.quoted)
        return media_call(version, number, file, outgoing.content, outgoing.quoted)

    async def _take_over(self, task: Task) -> tuple[datetime, Turn]:
        """Make sure that nobody else hands this reply over, now or later: the note of it. Raises LeaseLostError where
        somebody does.

        Where the line has no turn for it nothing is noted.
        """
        async with tenant_transaction(self.pool, task.clinic_id) as connection:
            posted_at = await mark_posted(connection, task.clinic_id, task.outgoing.message_id)
            if posted_at is None:
                raise LeaseLostError
            await queue.renew(connection, task.row, self.lease)
            turn = await self.turns.take(connection, task.clinic_id, task.source_id)
            if turn.wait:
                await unmark_posted(connection, task.clinic_id, task.outgoing.message_id, posted_at)
        return posted_at, turn

    async def _settle(self, task: Task, posted_at: datetime, turn: Turn, answer: Answer) -> None:
        match answer:
            case Sent():
                await self.outcomes.sent(task, answer, turn)
            case NotSent():
                await self._release(task, posted_at)
                await self.outcomes.refused(task, turn, answer)
            case Unclear(reason):
                log.warning("send_outcome_unknown", message_id=str(task.row.id), reason=reason)
                await self.turns.failed(task.row, turn, "failing", of_line=False)
                await self.unknown.await_echo(task, turn.began)
            case Done():
                raise TypeError("content is answered with an id")

    async def _release(self, task: Task, posted_at: datetime) -> None:
        async with tenant_transaction(self.pool, task.clinic_id) as connection:
            await unmark_posted(connection, task.clinic_id, task.outgoing.message_id, posted_at)
