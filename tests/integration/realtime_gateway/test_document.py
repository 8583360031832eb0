"""The protocol's description, where clients' authors look for it."""

import aiohttp

from services.realtime_gateway.document import COMMITTED
from tests.integration.realtime_gateway.conftest import Gateway


async def test_whoever_asks_is_told_the_protocol(gateway: Gateway) -> None:
    """The AsyncAPI document needs no token: it says what every client may know."""
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.http}/realtime/asyncapi.json") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert await response.read() == COMMITTED.read_bytes()
