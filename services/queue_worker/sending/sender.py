"""What agents have sent, to Evolution: in order within a conversation, and never twice knowingly. See `docs/sending.md`.

Evolution (before 2.4) has no idempotency key, so a call without an answer is not repeated: its echo, `send.message`, or
Evolution's own list of messages settles whether it arrived. Where neither does, the agent is told that nobody knows.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import structlog

from services.queue_worker import metrics, queue
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from services.queue_worker.effects.changes import keep_changes
from services.queue_worker.facts import ChangeFact
from services.queue_worker.finishing import finish
from services.queue_worker.interpretation.changes import deletion, edit
from services.queue_worker.interpretation.message_text import bounded
from services.queue_worker.queue import ClaimedMessage, FailedAttempt, LeaseLostError
from services.queue_worker.retry import UNAVAILABLE_DELAY_SECONDS, DeadLetter, Retry, decide, describe, error_class
from services.queue_worker.send_kinds import CHANGES, CONTENT, SIGNALS
from services.queue_worker.sending.answers import Answer, Done, NotSent, Sent, Unclear, read_answer
from services.queue_worker.sending.calls import (
    Call,
    audio_call,
    delete_call,
    edit_call,
    find_call,
    media_call,
    reaction_call,
    read_call,
    text_call,
    typing_call,
)
from services.queue_worker.sending.evolution_client import EvolutionClient, Reply
from services.queue_worker.sending.files import FileMissingError, FileUnavailableError, ReadFile, find_file, open_file
from services.queue_worker.sending.line_store import Turn, note_failure, note_success, rests, take_turn
from services.queue_worker.sending.orders import TYPING_SECONDS, Order, read_order
from services.queue_worker.sending.reconciliation import candidates, the_one
from services.queue_worker.sending.store import (
    Outgoing,
    find_outgoing,
    forget_change_failure,
    mark_posted,
    record_change_failed,
    record_failed,
    record_sent,
    taken_ids,
    unmark_posted,
)
from services.queue_worker.sending.way_out import Chat, Way, find_chat, find_way
from services.queue_worker.wakeup import Wakeup
from shared.auth.seal import UnsealError
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction

log = structlog.get_logger(__name__)

CONCURRENT_SENDS = 8
CONCURRENT_SIGNALS = 2
WRITE_ATTEMPTS = 5
SIGNAL_RETRY_SECONDS = 30.0
# Evolution holds a call of typing for as long as it shows it; what is wanted has happened before.
TYPING_TIMEOUT_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 5.0
# A probe whose worker died keeps the line closed for no longer than a call may take, and this.
PROBE_SLACK_SECONDS = 5.0

NOT_FOUND = NotSent("not_found", "permanent")
NO_ADDRESS = NotSent("no_address", "permanent")
UNKNOWN_OUTCOME = NotSent("outcome_unknown", "permanent")


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """Times in seconds. A lease must outlast a call. `look_for`: how long an unreachable Evolution is asked again."""

    lease: float
    longest_sleep: float
    max_attempts: int
    dead_letters: bool
    echo_wait: float
    look_for: float = 600.0
    sends_per_second: float = 20.0
    secrets_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A claimed order with what belongs to it."""

    row: ClaimedMessage
    order: Order
    outgoing: Outgoing
    way: Way

    @property
    def clinic_id(self) -> int:
        return self.row.clinic_id or 0

    @property
    def source_id(self) -> int:
        return self.row.source_id or 0

    @property
    def zone(self) -> str:
        return self.row.timezone or "UTC"


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
        self._committed = committed
        self._read_file = read_file
        self._echo_until = 0.0

    async def run(self) -> None:
        """Send what there is and wait for more, until cancelled. A call that was begun is brought to its end."""
        async with asyncio.TaskGroup() as slots:
            for _ in range(CONCURRENT_SENDS):
                slots.create_task(self._send_one_after_another(queue.claim_heads))
            for _ in range(CONCURRENT_SIGNALS):
                slots.create_task(self._send_one_after_another(queue.claim_signals))

    def awaits_echo(self) -> bool:
        """Whether an echo that is taken in now may be one that a reply waits for."""
        return time.monotonic() < self._echo_until

    async def _send_one_after_another(self, claim: queue.Claim) -> None:
        while True:
            if not await finish(self._send_next(claim), within=self._settings.lease):
                await self._work.wait(self._settings.longest_sleep)

    async def _send_next(self, claim: queue.Claim) -> bool:
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
            await self._fail(message, None, NOT_FOUND)
        elif order.kind in SIGNALS:
            await self._signal(message, order)
        else:
            await self._send_order(message, order, message.clinic_id, message.source_id)

    async def _send_order(self, message: ClaimedMessage, order: Order, clinic_id: int, source_id: int) -> None:
        try:
            async with tenant_transaction(self._pool, clinic_id) as connection:
                outgoing = await find_outgoing(connection, clinic_id, order.message_id)
                way = await find_way(connection, clinic_id, source_id, self._evolution, self._settings.secrets_keys)
        except UnsealError as error:
            await self._rest(message, source_id, "bad_key", str(error))
            return
        if outgoing is None:
            await self._fail(message, None, NOT_FOUND)
        elif way is None or outgoing.chat.number is None:
            await self._fail(message, outgoing, NO_ADDRESS)
        elif order.kind in CONTENT:
            await self._say(Task(message, order, outgoing, way))
        else:
            await self._change(Task(message, order, outgoing, way))

    # What becomes a message at the patient ------------------------------------------------------------------------

    async def _say(self, task: Task) -> None:
        row, outgoing = task.row, task.outgoing
        if outgoing.provider_id is not None:
            await self._succeed(task, Sent(outgoing.provider_id, None), None)
        elif outgoing.posted_at is not None:
            await self._await_echo(task, outgoing.posted_at)
        elif row.suspect and row.attempt > self._settings.max_attempts:
            await self._fail(row, outgoing, NotSent("gave_up", "permanent", KILLED_ITS_WORKERS))
        elif task.order.unclear_since is not None and not row.metadata.get("looked"):
            await self._look(task, task.order.unclear_since)
        else:
            await self._post(task)

    async def _post(self, task: Task) -> None:
        try:
            call = await self._content_call(task)
        except FileMissingError:
            await self._fail(task.row, task.outgoing, NotSent("file_missing", "permanent"))
            return
        except FileUnavailableError as error:
            await self._fail(task.row, task.outgoing, NotSent("gave_up", "transient", str(error)))
            return
        turn = await self._take_over(task)
        if turn.wait:
            await queue.retry_later(self._pool, [task.row], turn.wait, counts=False)
            return
        answer = await self._call(task.way, call, task.order.kind)
        await self._insist(lambda: self._settle(task, turn, answer))

    async def _content_call(self, task: Task) -> Call:
        outgoing, version = task.outgoing, task.way.version
        number = outgoing.chat.number or ""
        if task.order.kind == "send.text":
            return text_call(version, number, outgoing.content, outgoing.quoted)
        async with tenant_transaction(self._pool, task.clinic_id) as connection:
            stored = await find_file(connection, task.clinic_id, outgoing.message_id)
        file = await open_file(stored, task.clinic_id, outgoing.message_type, self._read_file)
        if task.order.kind == "send.audio":
            return audio_call(version, number, file, outgoing.quoted)
        return media_call(version, number, file, outgoing.content, outgoing.quoted)

    async def _take_over(self, task: Task) -> Turn:
        """Make sure that nobody else hands this reply over, now or later. Raises LeaseLostError where somebody does.

        Where the line has no turn for it nothing is noted.
        """
        async with tenant_transaction(self._pool, task.clinic_id) as connection:
            if not await mark_posted(connection, task.clinic_id, task.outgoing.message_id):
                raise LeaseLostError
            await queue.renew(connection, task.row, self._settings.lease)
            turn = await self._take_turn(connection, task)
            if turn.wait:
                await unmark_posted(connection, task.clinic_id, task.outgoing.message_id)
        return turn

    async def _take_turn(self, connection: Connection, task: Task) -> Turn:
        probe = self._evolution.timeout + PROBE_SLACK_SECONDS
        return await take_turn(connection, task.clinic_id, task.source_id, self._settings.sends_per_second, probe)

    async def _settle(self, task: Task, turn: Turn, answer: Answer) -> None:
        match answer:
            case Sent():
                await self._succeed(task, answer, turn)
            case NotSent():
                await self._release(task)
                await self._refused(task, turn, answer)
            case Unclear(reason):
                log.warning("send_outcome_unknown", message_id=str(task.row.id), reason=reason)
                await self._note_failure(task.row, turn, "failing", of_line=False)
                await self._await_echo(task, turn.began)
            case Done():
                raise TypeError("content is answered with an id")

    async def _release(self, task: Task) -> None:
        async with tenant_transaction(self._pool, task.clinic_id) as connection:
            await unmark_posted(connection, task.clinic_id, task.outgoing.message_id)

    async def _succeed(self, task: Task, sent: Sent, turn: Turn | None) -> None:
        """Record it whoever holds the row by now: what was sent stays sent."""
        async with tenant_transaction(self._pool, task.clinic_id) as connection:
            await record_sent(connection, task.clinic_id, task.zone, task.source_id, task.outgoing, sent)
            await queue.remove(connection, task.row)
            await self._note_success(connection, task, turn)
        metrics.SENDS.labels(task.order.kind, "sent").inc()
        metrics.count_replay(task.row.metadata, "replayed")
        self._committed()

    # A call whose outcome is unknown ------------------------------------------------------------------------------

    async def _await_echo(self, task: Task, posted_at: datetime) -> None:
        """Give the echo time, once, then look for the message itself."""
        if task.row.metadata.get("awaited_echo"):
            await self._look(task, posted_at)
            return
        metrics.SENDS.labels(task.order.kind, "unknown").inc()
        self._echo_until = time.monotonic() + self._settings.echo_wait
        await queue.remember(self._pool, task.row, "awaited_echo", True)
        await queue.retry_later(self._pool, [task.row], self._settings.echo_wait, counts=False)
        # An echo that was taken in between the call and the wait found nothing to wake.
        async with tenant_transaction(self._pool, task.clinic_id) as connection:
            outgoing = await find_outgoing(connection, task.clinic_id, task.outgoing.message_id)
        if outgoing is not None and outgoing.provider_id is not None:
            await queue.wake(self._pool, task.row.id)
            self._work.ring()

    async def _look(self, task: Task, since: datetime) -> None:
        """Ask Evolution for its newest messages of ours. What it shows went out; of the rest that is not known."""
        found = await self._find(task, since)
        asked = max(since, task.row.created_at)
        match found:
            case Sent():
                metrics.LOOKED_FOR.labels("found").inc()
                await self._insist(lambda: self._succeed(task, found, None))
            case None:
                metrics.LOOKED_FOR.labels("missing").inc()
                await self._not_shown(task)
            case NotSent() | Unclear() if datetime.now(UTC) < asked + timedelta(seconds=self._settings.look_for):
                metrics.LOOKED_FOR.labels("unavailable").inc()
                await queue.retry_later(self._pool, [task.row], LOOK_AGAIN_SECONDS, counts=False)
            case _:
                metrics.LOOKED_FOR.labels("given_up").inc()
                await self._not_shown(task)

    async def _not_shown(self, task: Task) -> None:
        """An agent who was told that nobody knows, and sends it again all the same, has decided."""
        if task.outgoing.posted_at is not None or task.row.metadata.get("awaited_echo"):
            await self._fail(task.row, task.outgoing, UNKNOWN_OUTCOME)
            return
        await queue.remember(self._pool, task.row, "looked", True)
        await self._post(task)

    async def _find(self, task: Task, since: datetime) -> Sent | NotSent | Unclear | None:
        """The message, under whichever name Evolution keeps the chat; None where it is in none of them."""
        outgoing = task.outgoing
        for jid in outgoing.chat.jids():
            reply = await self._evolution.call(task.way.door, find_call(task.way.version, jid))
            if not isinstance(reply, Reply):
                return reply
            shown = candidates(reply.body)
            if reply.status not in (200, 201) or shown is None:
                return _why_not_shown(reply)
            async with tenant_transaction(self._pool, task.clinic_id) as connection:
                ids = [candidate.provider_id for candidate in shown]
                taken = await taken_ids(connection, task.clinic_id, task.source_id, ids)
            if one := the_one(shown, outgoing.message_type, outgoing.content, since, taken):
                return Sent(one.provider_id, one.remote_jid)
        return None

    # What changes a message that is there: harmless to repeat -----------------------------------------------------

    async def _change(self, task: Task) -> None:
        if task.outgoing.provider_id is None or task.outgoing.source_id is None:
            await self._fail(task.row, task.outgoing, NOT_FOUND)
            return
        async with tenant_transaction(self._pool, task.clinic_id) as connection:
            turn = await self._take_turn(connection, task)
        if turn.wait:
            await queue.retry_later(self._pool, [task.row], turn.wait, counts=False)
            return
        answer = await self._call(task.way, _change_call(task), task.order.kind)
        await self._insist(lambda: self._settle_change(task, turn, answer))

    async def _settle_change(self, task: Task, turn: Turn, answer: Answer) -> None:
        match answer:
            case Done(at):
                await self._changed(task, turn, at)
            case NotSent():
                await self._refused(task, turn, answer)
            case Unclear(reason):
                await self._note_failure(task.row, turn, "failing", of_line=False)
                await self._fail(task.row, task.outgoing, NotSent("gave_up", "transient", reason))
            case Sent():
                raise TypeError("a change is answered without an id")

    async def _changed(self, task: Task, turn: Turn, at: datetime | None) -> None:
        change = _change_fact(task, at or turn.began)
        async with tenant_transaction(self._pool, task.clinic_id) as connection:
            await forget_change_failure(connection, task.clinic_id, task.zone, task.outgoing.message_id)
            await keep_changes(connection, task.clinic_id, [(task.outgoing.source_id or task.source_id, change)])
            await queue.remove(connection, task.row)
            await self._note_success(connection, task, turn)
        metrics.SENDS.labels(task.order.kind, "sent").inc()
        metrics.count_replay(task.row.metadata, "replayed")
        self._committed()

    # Signals: worth a call, not a dead letter ---------------------------------------------------------------------

    async def _signal(self, message: ClaimedMessage, order: Order) -> None:
        clinic_id, source_id = message.clinic_id or 0, message.source_id or 0
        if order.kind == "send.typing" and _age(message) > TYPING_SECONDS:
            await self._drop(message, order, "expired")
            return
        try:
            async with tenant_transaction(self._pool, clinic_id) as connection:
                chat = await find_chat(connection, clinic_id, order.conversation_id)
                way = await find_way(connection, clinic_id, source_id, self._evolution, self._settings.secrets_keys)
                resting = await rests(connection, source_id)
        except UnsealError:
            await self._drop(message, order, "dropped")
            return
        call = None if chat is None or way is None else _signal_call(order, chat, way)
        if call is None or way is None or (resting and order.kind == "send.typing"):
            await self._drop(message, order, "dropped")
        elif resting:
            await queue.retry_later(self._pool, [message], SIGNAL_RETRY_SECONDS, counts=False)
        else:
            timeout = TYPING_TIMEOUT_SECONDS if order.kind == "send.typing" else None
            await self._settle_signal(message, order, await self._call(way, call, order.kind, timeout))

    async def _settle_signal(self, message: ClaimedMessage, order: Order, answer: Answer) -> None:
        if isinstance(answer, Done):
            await self._drop(message, order, "sent")
        elif _may_succeed(order, answer) and message.attempt < self._settings.max_attempts:
            await queue.retry_later(self._pool, [message], SIGNAL_RETRY_SECONDS, counts=True)
        else:
            await self._drop(message, order, "dropped")

    async def _drop(self, message: ClaimedMessage, order: Order, outcome: str) -> None:
        metrics.SENDS.labels(order.kind, outcome).inc()
        async with self._pool.connection() as connection:
            await queue.remove(connection, message)

    # What all have in common --------------------------------------------------------------------------------------

    async def _call(self, way: Way, call: Call, kind: str, timeout: float | None = None) -> Answer:
        started = time.perf_counter()
        reply = await self._evolution.call(way.door, call, timeout)
        metrics.SEND_SECONDS.observe(time.perf_counter() - started)
        return read_answer(reply.status, reply.body, kind) if isinstance(reply, Reply) else reply

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

    async def _refused(self, task: Task, turn: Turn, failure: NotSent) -> None:
        """The message's fault is the message's; any other makes the line rest, and the message waits for it."""
        if failure.unsent == "unavailable":
            metrics.SENDS.labels(task.order.kind, "unavailable").inc()
            await self._note_failure(task.row, turn, failure.code, of_line=True)
            await queue.retry_later(self._pool, [task.row], 0.0, counts=False)
            return
        if failure.unsent == "transient":
            await self._note_failure(task.row, turn, "failing", of_line=False)
        else:
            async with tenant_transaction(self._pool, task.clinic_id) as connection:
                await self._note_success(connection, task, turn)  # Evolution answered, and WhatsApp did
        await self._fail(task.row, task.outgoing, failure)

    async def _rest(self, message: ClaimedMessage, source_id: int, reason: str, detail: str) -> None:
        """Nothing can leave through this source; its messages wait."""
        log.warning("source_cannot_send", source_id=source_id, reason=reason, detail=detail)
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self._pool, clinic_id) as connection:
            turn = await take_turn(connection, clinic_id, source_id, self._settings.sends_per_second, 0.0)
        await self._note_failure(message, turn, reason, of_line=True)
        await queue.retry_later(self._pool, [message], 0.0, counts=False)

    async def _note_failure(self, message: ClaimedMessage, turn: Turn, reason: str, *, of_line: bool) -> None:
        source_id = message.source_id or 0
        async with tenant_transaction(self._pool, message.clinic_id or 0) as connection:
            rests_now = await note_failure(connection, source_id, turn.began, reason, of_line=of_line)
        if rests_now:
            metrics.PAUSES.labels(reason).inc()
            log.warning("source_paused", source_id=source_id, reason=reason)

    async def _note_success(self, connection: Connection, task: Task, turn: Turn | None) -> None:
        if turn is not None and await note_success(connection, task.source_id, turn.began):
            log.info("source_resumed", source_id=task.source_id)
            self._work.ring()

    async def _fail(self, message: ClaimedMessage, outgoing: Outgoing | None, failure: NotSent) -> None:
        metrics.SENDS.labels(metrics.send_label(message.message_type), failure.unsent).inc()
        decision = decide(
            failure.unsent,
            message.attempt,
            message.claims,
            self._settings.max_attempts,
            dead_letters=self._settings.dead_letters,
            jitter=random.uniform(0.5, 1.0),  # noqa: S311 - jitter, not a secret
        )
        log.warning("send_failed", message_id=str(message.id), reason=failure.error, decision=type(decision).__name__)
        match decision:
            case Retry(delay, counts):
                failed = FailedAttempt(failure.error, failure.unsent)
                await queue.retry_later(self._pool, [message], delay, counts=counts, failed=failed)
            case DeadLetter():
                await self._bury(message, outgoing, failure)

    async def _bury(self, message: ClaimedMessage, outgoing: Outgoing | None, failure: NotSent) -> None:
        clinic_id, zone = message.clinic_id or 0, message.timezone or "UTC"
        change = next((name for kind, name in CHANGES.items() if kind == message.message_type), None)
        async with tenant_transaction(self._pool, clinic_id) as connection:
            if outgoing is not None and change is None:
                await record_failed(connection, clinic_id, zone, outgoing.message_id, failure, message.id)
            elif outgoing is not None and change is not None:
                message_id = outgoing.message_id
                await record_change_failed(connection, clinic_id, zone, message_id, change, failure, message.id)
            await queue.bury(connection, message, failure.error, failure.unsent)
        metrics.DEAD.labels(failure.unsent).inc()
        metrics.count_replay(message.metadata, "dead")
        self._committed()


def _why_not_shown(reply: Reply) -> NotSent | Unclear | None:
    """A server that has no such list shows nothing; one that is in trouble may later."""
    answer = read_answer(reply.status, reply.body, "chat.findMessages")
    match answer:
        case NotSent(unsent="unavailable" | "transient") | Unclear():
            return answer
    return None


def _change_call(task: Task) -> Call:
    outgoing, order, version = task.outgoing, task.order, task.way.version
    key = outgoing.chat.key(outgoing.provider_id or "", from_me=outgoing.ours, participant=outgoing.participant)
    match order.kind:
        case "send.reaction":
            return reaction_call(version, key, order.text)
        case "send.edit":
            return edit_call(version, outgoing.chat.number or "", key, order.text)
    return delete_call(version, key)


def _change_fact(task: Task, at: datetime) -> ChangeFact:
    """The change as Evolution's own webhook would tell of it."""
    target, text = task.outgoing.provider_id or "", task.order.text
    match task.order.kind:
        case "send.reaction":
            return ChangeFact(target, "reaction", "me", at, text)
        case "send.edit":
            return edit(target, bounded(text), at, at)
    return deletion(target, at, at)


def _signal_call(order: Order, chat: Chat, way: Way) -> Call | None:
    if chat.number is None:
        return None
    if order.kind == "send.typing":
        return typing_call(way.version, chat.number, typing=order.typing)
    keys = [chat.key(read.provider_id, from_me=False, participant=read.participant) for read in order.read]
    return read_call(way.version, keys) if keys else None


def _may_succeed(order: Order, answer: Answer) -> bool:
    return order.kind != "send.typing" and not (isinstance(answer, NotSent) and answer.unsent == "permanent")


def _age(message: ClaimedMessage) -> float:
    return (datetime.now(UTC) - message.created_at).total_seconds()
