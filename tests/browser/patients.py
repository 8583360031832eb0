"""Patients: what they write reaches the product as a webhook, as n8n sends it."""

import itertools
import os
import time
import uuid
from types import TracebackType
from typing import Any, Self

import aiohttp

DEMO = "/webhooks/n8n/demo-n8n-token"
WHATSAPP = "/webhooks/evolution/demo-evolution-token"
INSTANCE = "demo-wa"


class Patients:
    """Each has a telephone of their own."""

    _numbers = itertools.count(os.getpid() * 100 % 80_000_000)

    def __init__(self, receiver: str) -> None:
        self._receiver = receiver

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    def new_phone(self) -> str:
        """A number that nobody has written from."""
        return f"55119{10_000_000 + next(self._numbers):08d}"

    async def write(self, phone: str, name: str, text: str, **fields: Any) -> None:
        """A message from a patient; it is accepted when this returns, and shown soon after."""
        body = {
            "event": "message.created",
            "phone": phone,
            "contact_name": name,
            "sender_type": "patient",
            "content": text,
            "message_type": "text",
            **fields,
        }
        await self.post(body)

    async def text(self, phone: str, name: str, message: dict[str, Any], *, ago: float = 0) -> str:
        """What a patient's WhatsApp says, or said so many seconds ago, as Evolution tells it; the message's id there."""
        key: dict[str, Any] = {"remoteJid": f"{phone}@s.whatsapp.net", "fromMe": False, "id": uuid.uuid4().hex.upper()}
        await self.tell(
            "messages.upsert",
            {
                "key": key,
                "pushName": name,
                "message": message,
                "messageType": next(iter(message)),
                "messageTimestamp": int(time.time() - ago),
                "source": "android",
            },
        )
        return str(key["id"])

    async def tell(self, event: str, data: Any) -> None:
        """An event of the demo clinic's instance."""
        await self.post({"event": event, "instance": INSTANCE, "data": data}, WHATSAPP)

    async def post(self, body: Any, door: str = DEMO) -> None:
        """Anything, at a source's door: n8n's where nothing else is said."""
        async with self._http.post(self._receiver + door, json=body) as answer:
            assert answer.status == 200, await answer.text()
