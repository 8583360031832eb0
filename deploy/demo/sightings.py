"""What has been seen of messages, for those who wait for them."""

import asyncio
from typing import Any

Json = dict[str, Any]

_ON_ITS_WAY = "pending"


class Sightings:
    """Message objects as they come, from the socket or the API."""

    def __init__(self) -> None:
        self._places: dict[str, asyncio.Future[str]] = {}
        self._departures: dict[str, asyncio.Future[str]] = {}

    def note(self, message: Json) -> None:
        """A message was seen as it is now."""
        provider_id = message["external_id"]
        if provider_id is None:
            return
        _settle(_promise(self._places, provider_id), message["conversation_id"])
        if message["status"] != _ON_ITS_WAY:
            _settle(_promise(self._departures, message["id"]), provider_id)

    async def conversation_of(self, provider_id: str, within: float) -> str:
        """The conversation a message stands in, once it was seen there. Raises TimeoutError."""
        return await asyncio.wait_for(asyncio.shield(_promise(self._places, provider_id)), within)

    async def provider_id_of(self, message_id: str, within: float) -> str:
        """WhatsApp's id of a reply, once it is out. Raises TimeoutError."""
        return await asyncio.wait_for(asyncio.shield(_promise(self._departures, message_id)), within)


def _promise(promises: dict[str, asyncio.Future[str]], key: str) -> asyncio.Future[str]:
    if key not in promises:
        promises[key] = asyncio.get_running_loop().create_future()
    return promises[key]


def _settle(promise: asyncio.Future[str], value: str) -> None:
    if not promise.done():
        promise.set_result(value)
