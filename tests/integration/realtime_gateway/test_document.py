"""The protocol's description, where clients' authors look for it."""

import aiohttp

from services.realtime_gateway.document import COMMITTED
from services.realtime_gateway.examples import command_example
from services.realtime_gateway.protocol.commands import COMMANDS
from tests.integration.realtime_gateway.conftest import Gateway, token_for
from tests.integration.realtime_gateway.stand_ins import AccessApi


async def test_whoever_asks_is_told_the_protocol(gateway: Gateway) -> None:
    """The AsyncAPI document needs no token: it says what every client may know."""
    async with aiohttp.ClientSession() as http, http.get(f"{gateway.http}/realtime/asyncapi.json") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert await response.read() == COMMITTED.read_bytes()


async def test_every_command_of_the_document_is_carried_out(gateway: Gateway, api: AccessApi) -> None:
    """Its example, sent as it stands there, gets the reply that stands there, as does what is refused."""
    api.conversations[1]["1"] = "1"
    async with gateway.dashboard() as client:
        examples = [command_example(name).get("data", {}) for name in COMMANDS]
        asked = [data | ({"token": token_for()} if "token" in data else {}) for data in examples]
        replies = [await client.command(name, **data) for name, data in zip(COMMANDS, asked, strict=True)]
        refused = await client.command("conversation:join", conversation_id="404404")

    assert [reply["ok"] for reply in replies] == [True] * len(COMMANDS)
    assert not refused["ok"]
