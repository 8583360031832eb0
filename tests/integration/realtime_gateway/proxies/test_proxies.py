"""Through the proxies of deploy/nginx and deploy/haproxy everything works as it does without them."""

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.frames import Frame, Opcode
from yarl import URL

from tests.integration.realtime_gateway.conftest import Gateway, Publisher, eventually, metric, token_for
from tests.integration.realtime_gateway.gateway_client import Client, dashboard
from tests.integration.realtime_gateway.polling_client import entry, polling_client
from tests.integration.realtime_gateway.proxies.conftest import StartProxy
from tests.integration.realtime_gateway.proxies.running import Proxy, check_command, ended
from tests.integration.realtime_gateway.proxies.upstreams import Upstream

# The first test may have to install the programs.
pytestmark = pytest.mark.timeout(240)


class PingedConnection(ClientConnection):
    """Counts the server's pings."""

    pings = 0

    def process_event(self, event: Any) -> None:
        if isinstance(event, Frame) and event.opcode is Opcode.PING:
            self.pings += 1
        super().process_event(event)


def socket_through(proxy: Proxy) -> Any:
    """Ana's socket."""
    return dashboard(proxy.ws_url, token_for(), ssl=proxy.certificate.trusted(), create_connection=PingedConnection)


def polling_through(proxy: Proxy) -> Any:
    """Ana without a socket."""
    return polling_client(proxy.url, token_for(), connector=aiohttp.TCPConnector(ssl=proxy.certificate.trusted()))


@pytest.fixture
async def http(proxy: Proxy) -> AsyncIterator[aiohttp.ClientSession]:
    """Anybody."""
    connector = aiohttp.TCPConnector(ssl=proxy.certificate.trusted())
    async with aiohttp.ClientSession(proxy.url, connector=connector) as session:
        yield session


async def test_configuration_is_valid(proxy: Proxy, kind: str, tmp_path: Path) -> None:
    """The program itself finds nothing wrong, and nothing to warn of."""
    configuration = tmp_path / ("nginx.conf" if kind == "nginx" else "haproxy.cfg")

    code, said = await ended(check_command(kind, configuration))

    assert code == 0, said
    assert "warn" not in said.lower(), said


async def test_socket_lives_longer_than_its_pings(proxy: Proxy, publisher: Publisher) -> None:
    """A client joins, is idle for some pings, and has the event that comes then."""
    async with socket_through(proxy) as client:
        assert (await client.command("conversation:join", conversation_id="12"))["ok"]

        async def idle() -> bool:
            return bool(client.socket.pings >= 5)

        await eventually(idle)
        await publisher.publish()

        assert await client.sequence("conversa:12", 1) == [1]


async def test_polls_go_to_any_gateway(proxy: Proxy, publisher: Publisher) -> None:
    """A poll waits and is answered at once when something happens; the sequence has no gap, whoever answers."""
    async with polling_through(proxy) as client:
        await client.poll("conversa:12")
        for number in range(1, 9):
            poll = asyncio.create_task(client.poll())
            await one_poll_waits()
            await publisher.publish()
            await poll
            assert [event["seq"] for event in client.events["conversa:12"]] == list(range(1, number + 1))


async def one_poll_waits() -> None:
    """Wait until a gateway has the poll."""

    async def waiting() -> bool:
        return metric("polls_waiting") == 1

    await eventually(waiting)


async def test_command_is_posted(proxy: Proxy) -> None:
    """And answered as without a proxy."""
    async with polling_through(proxy) as client:
        assert (await client.command("ping"))["data"]["server_time"]
        refused = await client.command("conversation:join", conversation_id="4711")
        assert refused["error"]["code"] == "not_found"


async def test_longest_poll_passes(proxy: Proxy) -> None:
    """200 channels with their positions, percent-encoded."""
    names = ["empresa:1", *(f"conversa:{number:09}@1234567.0123456789ab" for number in range(199))]
    async with polling_through(proxy) as client:
        encoded = "%2C".join(name.replace(":", "%3A").replace("@", "%40") for name in names)
        url = f"{proxy.url}/realtime/poll?wait=0&channels={encoded}"
        async with client.http.get(URL(url, encoded=True)) as response:
            assert response.status == 200
            assert entry(await response.json(), "empresa:1")["seq"] == 0


async def test_client_that_goes_away_ends_its_poll(proxy: Proxy) -> None:
    """The proxy tells the gateway."""
    async with polling_through(proxy) as client:
        await client.poll("conversa:12")
        position = client.next
    gone = metric("polls_total", outcome="gone")
    _, writer = await asyncio.open_connection("localhost", proxy.ports.https, ssl=proxy.certificate.trusted())
    head = f"GET /realtime/poll?channels={position} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token_for()}"
    writer.write(f"{head}\r\n\r\n".encode())
    await one_poll_waits()
    writer.transport.abort()

    async def noticed() -> bool:
        return metric("polls_total", outcome="gone") == gone + 1

    await eventually(noticed)


async def test_gateway_that_restarts_costs_a_poll_nothing(
    proxy: Proxy, gateways: list[Gateway], publisher: Publisher
) -> None:
    """Polls go on at the other one, from the same positions."""
    async with polling_through(proxy) as client:
        await client.poll("conversa:12")
        await publisher.publish(times=2)
        gateways[0].task.cancel()

        for _ in range(4):
            await client.poll(wait=0)
        await asyncio.wait([gateways[0].task])
        await publisher.publish()

        assert await client.poll_until("conversa:12", 3) == [1, 2, 3]


async def test_socket_survives_a_reload(proxy: Proxy, publisher: Publisher) -> None:
    """A new configuration cuts nobody off, and takes new sockets."""
    async with socket_through(proxy) as client:
        await client.command("conversation:join", conversation_id="12")
        await proxy.reload()
        async with socket_through(proxy) as newcomer:
            await newcomer.command("conversation:join", conversation_id="12")
            pings = client.socket.pings

            async def pinged_on() -> bool:
                return bool(client.socket.pings >= pings + 3)

            await eventually(pinged_on)
            await publisher.publish()

            assert await client.sequence("conversa:12", 1) == [1]
            assert await newcomer.sequence("conversa:12", 1) == [1]


@pytest.mark.parametrize(
    "path", ["metrics", "metrics/", "healthz", "readyz", "%6detrics", "metrics?x=1", "/metrics", "realtime/../metrics"]
)
async def test_what_tells_about_the_inside_stays_inside(
    http: aiohttp.ClientSession, proxy: Proxy, api_upstream: Upstream, path: str
) -> None:
    """404 from the proxy itself, however it is spelled."""
    async with http.get(URL(f"{proxy.url}/{path}", encoded=True)) as response:
        assert response.status == 404
    assert [asked for asked in api_upstream.asked if asked != "/readyz"] == []


async def test_each_path_goes_where_it_belongs(http: aiohttp.ClientSession) -> None:
    """The API and the dashboard share one service; webhooks have theirs. All are told to be asked by TLS only."""
    for path, service in (
        ("/api/conversations-simple", "api"),
        ("/", "api"),
        ("/conversas/12", "api"),
        ("/webhooks/evolution/a-token", "webhook_receiver"),
    ):
        async with http.get(path) as response:
            assert (await response.json())["service"] == service
            assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_clients_do_not_say_where_they_come_from(http: aiohttp.ClientSession) -> None:
    """Their own X-Forwarded-For ends at the proxy."""
    claimed = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}
    async with http.get("/api/health", headers=claimed) as response:
        headers = (await response.json())["headers"]

    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert headers["host"].startswith("localhost")


async def test_large_webhook_passes(http: aiohttp.ClientSession, kind: str) -> None:
    """20 MiB. Larger ones are the receiver's to refuse; nginx spares it those that announce themselves."""
    async with http.post("/webhooks/evolution/a-token", data=BytesIO(b"x" * 20 * 1024**2)) as response:
        assert (await response.json())["bytes"] == 20 * 1024**2
    if kind == "nginx":
        async with http.post("/webhooks/evolution/a-token", data=BytesIO(b"x" * 22 * 1024**2)) as response:
            assert response.status == 413


async def test_log_has_no_token(http: aiohttp.ClientSession, proxy: Proxy, receiver_upstream: Upstream) -> None:
    """Neither a webhook's, which is in the path, nor anything from a query."""
    async with http.post("/webhooks/evolution/secret-webhook-token/messages-upsert", data=b"{}"):
        pass
    async with http.get("/realtime/poll?channels=secret-channel&token=secret-query"):
        pass

    async def logged() -> bool:
        return {"/realtime/poll", "/webhooks/evolution/***"} <= logged_paths(proxy)

    await eventually(logged)
    assert "secret" not in proxy.log.read_text("utf-8")
    assert receiver_upstream.asked[-1] == "/webhooks/evolution/secret-webhook-token/messages-upsert"


def logged_paths(proxy: Proxy) -> set[str]:
    """The paths in the access log, of which every line is JSON."""
    lines = proxy.log.read_text("utf-8").splitlines()
    return {json.loads(line)["path"] for line in lines if line.startswith("{")}


async def test_attempts_to_sign_in_are_limited_by_address(http: aiohttp.ClientSession) -> None:
    """The API sees one address for everybody; the proxy sees each."""
    statuses = []
    for _ in range(70):
        async with http.post("/api/auth/login", json={}) as response:
            statuses.append(response.status)
    assert statuses[:20] == [200] * 20
    assert 429 in statuses[20:]


async def test_plain_http_is_sent_to_tls(proxy: Proxy) -> None:
    """With a 308, which keeps the method."""
    async with aiohttp.ClientSession() as http:
        url = f"http://localhost:{proxy.ports.http}/conversas/12?x=1"
        async with http.get(url, allow_redirects=False) as response:
            assert response.status == 308
            assert response.headers["Location"].startswith("https://localhost")
            assert response.headers["Location"].endswith("/conversas/12?x=1")


async def test_full_gateway_hands_over_to_the_other(start_proxy: StartProxy, start_gateway: Any) -> None:
    """A socket that one gateway has no room for is opened at the other one."""
    async with start_gateway(WEBSOCKET_MAX_CONNECTIONS=1) as small, start_gateway() as large:
        async with start_proxy([small, large]) as proxy:
            clients: list[Client] = []
            async with (
                socket_through(proxy) as one,
                socket_through(proxy) as two,
                socket_through(proxy) as three,
                socket_through(proxy) as four,
            ):
                clients += [one, two, three, four]
                for client in clients:
                    await client.connected()
