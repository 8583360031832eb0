"""Who comes in, and what those who do not are told."""

import asyncio
import base64
import json
from datetime import timedelta

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.integration.realtime_gateway.conftest import Gateway, StartGateway, eventually, metric, token_for


async def refusal(url: str, **options: object) -> InvalidStatus:
    """The HTTP answer in place of a socket."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, subprotocols=[Subprotocol("prosa.v1")], **options)  # type: ignore[arg-type]
    return refused.value


async def test_forged_token_is_closed_terminally(gateway: Gateway) -> None:
    """A token signed with another secret is closed with 4501 and a reason, and never sees `connected`."""
    async with gateway.dashboard(token_for(secret="another-secret-of-sufficient-length")) as client:
        assert await client.closed() == 4501

        assert "token" in client.close_reason
        assert client.received == []


async def test_expired_token_is_closed_terminally(gateway: Gateway) -> None:
    """A token that has expired is closed with 4501 and says so."""
    async with gateway.dashboard(token_for(life=timedelta(seconds=-1))) as client:
        assert await client.closed() == 4501

        assert "expired" in client.close_reason


async def test_silent_client_is_closed(start_gateway: StartGateway) -> None:
    """A client that offers no token and sends none is closed terminally when its time is up."""
    async with start_gateway(GATEWAY_AUTH_TIMEOUT=50) as gateway, connect(gateway.url) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4502


@pytest.mark.parametrize("first", ["nonsense", "[]", '{"type":"ping"}', '{"type":"auth","data":{}}', b"\xff\x00"])
async def test_first_frame_must_be_auth(gateway: Gateway, first: str | bytes) -> None:
    """A client without a token that begins with anything but `auth` is closed terminally."""
    async with connect(gateway.url) as socket:
        await socket.send(first)
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4510


async def test_wrong_path_is_not_found(gateway: Gateway) -> None:
    """Sockets are at one path only."""
    refused = await refusal(gateway.url.replace("/ws", "/other"))

    assert refused.response.status_code == 404


async def test_token_in_the_url_is_no_token(start_gateway: StartGateway) -> None:
    """A token in the URL, where logs would keep it, lets nobody in."""
    async with (
        start_gateway(GATEWAY_AUTH_TIMEOUT=50) as gateway,
        connect(f"{gateway.url}?token={token_for()}") as socket,
    ):
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4502


async def test_unknown_subprotocol_is_refused(gateway: Gateway) -> None:
    """A client that offers only what this gateway does not speak gets a 400."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(gateway.url, subprotocols=[Subprotocol("prosa.v9")])

    assert refused.value.response.status_code == 400


async def test_full_gateway_says_when_to_retry(start_gateway: StartGateway) -> None:
    """Over the limit of connections the answer is 503 with Retry-After, and those inside stay."""
    async with start_gateway(WEBSOCKET_MAX_CONNECTIONS=1) as gateway, gateway.dashboard() as inside:
        await inside.connected()

        refused = await refusal(gateway.url)

        assert refused.response.status_code == 503
        assert int(refused.response.headers["Retry-After"]) > 0
        assert (await inside.command("ping"))["ok"]


async def test_strangers_take_nobodys_place(start_gateway: StartGateway) -> None:
    """Where sockets that send no token fill the gateway, who shows one comes in all the same, up to the limit."""
    async with start_gateway(WEBSOCKET_MAX_CONNECTIONS=2, GATEWAY_HANDSHAKES_PER_SECOND=1) as gateway:
        async with connect(gateway.url), connect(gateway.url):
            assert (await refusal(gateway.url)).response.status_code == 503
            async with gateway.dashboard() as one, gateway.dashboard() as two:
                await one.connected()
                await two.connected()
                with pytest.raises(InvalidStatus, match="503"):
                    async with gateway.dashboard():
                        pass


async def test_place_of_a_client_that_left_is_free(start_gateway: StartGateway) -> None:
    """A client that leaves makes room for the next one."""
    async with start_gateway(WEBSOCKET_MAX_CONNECTIONS=1) as gateway:
        for _ in range(3):
            async with gateway.dashboard() as client:
                await client.connected()


async def test_disabled_gateway_refuses_sockets(start_gateway: StartGateway) -> None:
    """REALTIME_GATEWAY_ENABLED=false leaves HTTP at work and refuses sockets."""
    async with start_gateway(REALTIME_GATEWAY_ENABLED=False) as gateway:
        refused = await refusal(gateway.url)

        assert refused.response.status_code == 503
        assert (await gateway.readiness())[0] == 200


async def test_foreign_page_is_refused(start_gateway: StartGateway) -> None:
    """With origins configured, a page of another origin gets no socket; the dashboard and plain clients do."""
    async with start_gateway(PROSA_ALLOWED_ORIGINS="https://desk.test, https://other.test") as gateway:
        refused = await refusal(gateway.url, origin=Origin("https://evil.test"))

        assert refused.response.status_code == 403
        async with gateway.dashboard(origin=Origin("https://other.test")) as page, gateway.dashboard() as tool:
            await page.connected()
            await tool.connected()


async def test_connected_says_where_the_channels_stand(gateway: Gateway) -> None:
    """The first word names the connection, the user, the clock and the three channels that were joined."""
    async with gateway.dashboard(token_for(user_id=7, clinic_id=1)) as client:
        data = await client.connected()

        assert client.socket.subprotocol == "prosa.v1"
    assert (data["user_id"], data["clinic_id"], data["ping_interval"]) == ("7", "1", 25_000)
    assert data["connection_id"]
    assert data["server_time"].endswith("+00:00")
    assert [channel["channel"] for channel in data["channels"]] == ["atendente:7", "empresa:1", "presence:1"]
    assert all(channel["seq"] == 0 and channel["epoch"] for channel in data["channels"])


async def test_token_in_the_first_frame(gateway: Gateway) -> None:
    """A client that cannot offer subprotocols authenticates with its first frame."""
    async with connect(gateway.url) as socket:
        await socket.send(json.dumps({"type": "auth", "data": {"token": token_for()}, "id": "1"}))

        assert json.loads(await socket.recv())["type"] == "connected"


async def test_dropped_sockets_leave_nothing_behind(gateway: Gateway) -> None:
    """Sockets that vanish without a word are forgotten, and their channels with them."""
    clients = [await connect(gateway.url, subprotocols=offer()) for _ in range(50)]
    await asyncio.gather(*(client.recv() for client in clients))
    assert metric("connections") == 50

    for client in clients:
        client.transport.abort()

    async def forgotten() -> bool:
        return metric("connections") == metric("channels") == 0

    await eventually(forgotten)


def offer() -> list[Subprotocol]:
    return [Subprotocol("prosa.v1"), Subprotocol(f"bearer.{token_for()}")]


async def test_token_that_is_odd_in_its_own_words_is_refused_in_ours(gateway: Gateway) -> None:
    """Whatever a forged token says of itself, its socket is closed with the code for bad tokens."""
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "crit": ["é" * 80]}).encode()).rstrip(b"=").decode()
    async with gateway.dashboard(f"{head}.{head}.{head}") as client:
        assert await client.closed() == 4501
