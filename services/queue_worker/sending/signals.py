"""Signs of typing and reading: worth a call, not a dead letter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.queue_worker import metrics, queue
from services.queue_worker.claims import ClaimedMessage
from services.queue_worker.sending.answers import Answer, Done, NotSent
from services.queue_worker.sending.asking import ask
from services.queue_worker.sending.calls import Call, read_call, typing_call
from services.queue_worker.sending.evolution_client import EvolutionClient
from services.queue_worker.sending.line_store import rests
from services.queue_worker.sending.orders import TYPING_SECONDS, Order
from services.queue_worker.sending.way_out import Chat, Way, find_chat, find_way
from shared.auth.seal import UnsealError
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction

SIGNAL_RETRY_SECONDS = 30.0
# Evolution holds a call of typing for as long as it shows it; what is wanted has happened before.
TYPING_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class SignalSender:
    """Sends signals; what cannot be told now is dropped, or told a little later."""

    pool: Pool
    evolution: EvolutionClient
    max_attempts: int
    secrets_keys: Sequence[str]

    async def send(self, message: ClaimedMessage, order: Order) -> None:
        """Tell of typing or reading, where that is worth it still."""
        clinic_id, source_id = message.clinic_id or 0, message.source_id or 0
        if order.kind == "send.typing" and _age(message) > TYPING_SECONDS:
            await self._drop(message, order, "expired")
            return
        try:
            async with tenant_transaction(self.pool, clinic_id) as connection:
                chat = await find_chat(connection, clinic_id, order.conversation_id)
                way = await find_way(connection, clinic_id, source_id, self.evolution, self.secrets_keys)
                resting = await rests(connection, source_id)
        except UnsealError:
            await self._drop(message, order, "dropped")
            return
        call = None if chat is None or way is None else _call(order, chat, way)
        if call is None or way is None or (resting and order.kind == "send.typing"):
            await self._drop(message, order, "dropped")
        elif resting:
            await queue.retry_later(self.pool, [message], SIGNAL_RETRY_SECONDS, counts=False)
        else:
            timeout = TYPING_TIMEOUT_SECONDS if order.kind == "send.typing" else None
            await self._settle(message, order, await ask(self.evolution, way, call, order.kind, timeout))

    async def _settle(self, message: ClaimedMessage, order: Order, answer: Answer) -> None:
        if isinstance(answer, Done):
            await self._drop(message, order, "sent")
        elif _may_succeed(order, answer) and message.attempt < self.max_attempts:
            await queue.retry_later(self.pool, [message], SIGNAL_RETRY_SECONDS, counts=True)
        else:
            await self._drop(message, order, "dropped")

    async def _drop(self, message: ClaimedMessage, order: Order, outcome: str) -> None:
        metrics.SENDS.labels(order.kind, outcome).inc()
        async with self.pool.connection() as connection:
            await queue.remove(connection, message)


def _call(order: Order, chat: Chat, way: Way) -> Call | None:
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
