"""Somebody who remembers what they were told, and notices when they are answered with what was before it.

Each message of a conversation says a number, each one more than the one before. Whoever was told of one, by the answer to
their own request or by a live event, must be shown it, or a later one, by whatever process they ask from then on.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.db.outbox import append_outbox
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.events.live import live_event
from shared.events.message import message_object
from tests.factories import moment
from tests.integration.api.cache.conftest import LIST, Instance

ZONE = "America/Sao_Paulo"


@dataclass
class Witness:
    """Of one conversation. `lies` are answers that showed less than had been told when they were asked for."""

    conversation_id: int
    instances: Sequence[Instance]
    told: int = 0
    answers: int = 0
    lies: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _numbers: int = 0
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def next(self) -> int:
        self._numbers += 1
        return self._numbers

    def tell(self, number: int) -> None:
        """From now on everybody may be expected to know."""
        self.told = max(self.told, number)

    async def look_everywhere(self) -> None:
        """Ask each process for the conversation and for the list."""
        looks = [look(instance) for instance in self.instances for look in (self.look_at_detail, self.look_at_list)]
        await asyncio.gather(*looks)

    async def look_at_detail(self, instance: Instance) -> None:
        told = self.told
        body = await self._ask(instance, f"{LIST}/{self.conversation_id}")
        if body is not None:
            self._judge("detail", max((int(m["content"]) for m in body["messages"]), default=0), told)

    async def look_at_list(self, instance: Instance) -> None:
        told = self.told
        body = await self._ask(instance, LIST)
        if body is not None:
            shown = {entry["id"]: entry["last_message"] for entry in body["conversations"]}
            self._judge("list", int(shown[str(self.conversation_id)] or 0), told)

    async def send(self, instance: Instance) -> None:
        """Send a message and take the answer for what it is."""
        async with self._writing:  # one after the other, so that the last message is the one with the highest number
            number = self.next()
            answer = await instance.as_user().send(self.conversation_id, content=str(number))
            if answer.status == 201:
                self.tell(number)
            else:
                self.failures.append(f"send: {answer.status}")

    async def _ask(self, instance: Instance, path: str) -> Any:
        answer = await instance.as_user().get(path)
        if answer.status != 200:
            self.failures.append(f"{path}: {answer.status}")
            return None
        return answer.body

    def _judge(self, what: str, shown: int, told: int) -> None:
        self.answers += 1
        if shown < told:
            self.lies.append(f"{what} showed {shown} when {told} had been told")


async def effect_of_a_worker(pool: Pool, conversation_id: int, number: int) -> None:
    """A message comes in, as the worker stores it: the row, the list's entry and what is told of them, in one transaction."""
    async with tenant_transaction(pool, 1) as connection:
        cursor = await connection.execute(
            "INSERT INTO messages (clinic_id, conversation_id, sender_type, content) VALUES (1, %s, 'patient', %s)"
            " RETURNING *",
            [conversation_id, str(number)],
        )
        [message] = await cursor.fetchall()
        await connection.execute(
            "UPDATE conversations SET last_message_id = %s, last_message = %s, last_message_at = %s, version = version + 1"
            " WHERE clinic_id = 1 AND id = %s",
            [message["id"], str(number), message["timestamp"], conversation_id],
        )
        told = message_object(message, (), ZONE)
        entry = {"conversationId": str(conversation_id), "clinicId": "1", "eventType": "updated"}
        events = [
            live_event("message:new", "conversa", conversation_id, told, moment()),
            live_event("conversation:list:updated", "empresa", 1, entry, moment()),
        ]
        await append_outbox(connection, 1, events)
