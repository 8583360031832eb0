"""What a client is answered, above all when it does not keep to the rules."""

import time

import pytest

from services.realtime_gateway.connections import rate_limit
from services.realtime_gateway.connections.socket import MOST_CONTROLS
from tests.integration.realtime_gateway.conftest import Gateway, metric


@pytest.mark.parametrize(
    "nonsense", ["", "{", "nonsense", "[]", "7", "null", '{"id":{}}', "[" * 5000, b'{"type":"ping"}']
)
async def test_nonsense_is_answered_and_the_socket_lives(gateway: Gateway, nonsense: str | bytes) -> None:
    """What is no JSON object in a text frame gets an error without an id; the next command is carried out."""
    async with gateway.dashboard() as client:
        await client.socket.send(nonsense)

        answer = await client.first(lambda frame: frame["type"] == "reply")
        assert answer["id"] is None
        assert answer["ok"] is False
        assert answer["error"]["code"] == "bad_frame"
        assert (await client.command("ping"))["ok"]


async def test_oversized_message_ends_the_socket(gateway: Gateway) -> None:
    """A message beyond the limit is not read to its end: 1009."""
    async with gateway.dashboard() as client:
        await client.connected()
        await client.socket.send("x" * 33 * 1024)

        assert await client.closed() == 1009


async def test_unknown_command_is_named_as_such(gateway: Gateway) -> None:
    """A newer client learns that this gateway does not know its command, and that trying again is no use."""
    async with gateway.dashboard() as client:
        answer = await client.command("conversation:levitate", conversation_id="12")

        assert answer["error"]["code"] == "unknown_command"
        assert answer["error"]["temporary"] is False
        assert answer["error"]["message"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"conversation_id": ""},
        {"conversation_id": "a b"},
        {"conversation_id": "../13"},
        {"conversation_id": "x" * 256},
        {"conversation_id": ".."},
        {"conversation_id": True},
        {"conversation_id": 1.5},
        {"conversation_id": ["12"]},
        {"conversation_id": "12", "since": {"seq": -1, "epoch": "e"}},
        {"conversation_id": "12", "since": {"seq": 2**63, "epoch": "e"}},
        {"conversation_id": "12", "since": {"seq": 1}},
        {"conversation_id": "12", "since": "yesterday"},
    ],
)
async def test_malformed_data_is_a_bad_request(gateway: Gateway, data: dict[str, object]) -> None:
    """Data that does not fit the command is refused with the field's name, before anybody is asked anything."""
    async with gateway.dashboard() as client:
        answer = await client.command("conversation:join", **data)

        assert answer["error"]["code"] == "bad_request"
        assert answer["error"]["message"].startswith("data")


async def test_ping_is_answered_with_the_time(gateway: Gateway) -> None:
    """A browser, which cannot see protocol pings, hears that the gateway lives; unknown fields do no harm."""
    async with gateway.dashboard() as client:
        answer = await client.command("ping", colour="blue")

        assert answer["ok"] is True
        assert answer["data"]["server_time"].endswith("+00:00")


async def test_numeric_id_comes_back_as_it_was(gateway: Gateway) -> None:
    """A client that numbers its commands gets its numbers back."""
    async with gateway.dashboard() as client:
        await client.send({"id": 7, "type": "ping"})

        answer = await client.first(lambda frame: frame["type"] == "reply")
        assert answer["id"] == 7


async def test_flood_is_slowed_then_ended(gateway: Gateway) -> None:
    """Beyond the minute's allowance events are refused with a time to wait; who goes on and on is closed with 4429."""
    most = rate_limit.EVENTS_PER_MINUTE + rate_limit.REFUSALS
    began = time.monotonic()
    async with gateway.dashboard() as client:
        for number in range(most + 20):
            await client.send({"id": str(number), "type": "ping"})

        assert await client.closed() == 4429

        replies = [frame for frame in client.received if frame["type"] == "reply"]
        refused = [frame for frame in replies if not frame["ok"]]
        again = (time.monotonic() - began) * rate_limit.EVENTS_PER_MINUTE / 60
        assert 0 <= len(replies) - len(refused) - rate_limit.EVENTS_PER_MINUTE <= again + 1
        assert {frame["error"]["code"] for frame in refused} == {"rate_limited"}
        assert all(frame["error"]["temporary"] and frame["error"]["retry_ms"] > 0 for frame in refused)


async def test_flood_of_one_does_not_slow_another(gateway: Gateway) -> None:
    """The allowance is each connection's own."""
    async with gateway.dashboard() as noisy, gateway.dashboard() as quiet:
        for number in range(rate_limit.EVENTS_PER_MINUTE + 5):
            await noisy.send({"id": str(number), "type": "ping"})
        await noisy.first(lambda frame: frame.get("error", {}).get("code") == "rate_limited")

        assert (await quiet.command("ping"))["ok"]


async def test_flood_of_pongs_ends_its_connection_alone(gateway: Gateway) -> None:
    """Answering, or even reading, unasked pongs without end would leave nobody else any time."""
    ended = metric("connections_closed_total", reason="abuse")
    async with gateway.dashboard() as noisy, gateway.dashboard() as quiet:
        await noisy.connected()
        await quiet.connected()
        for _ in range(MOST_CONTROLS + 1):
            await noisy.socket.pong()

        assert await noisy.closed() == 1006
        assert (await quiet.command("ping"))["ok"]
    assert metric("connections_closed_total", reason="abuse") == ended + 1
