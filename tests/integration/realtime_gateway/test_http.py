"""What the fallback's requests are answered when they do not keep to the rules, and commands over POST."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from services.realtime_gateway.connections import rate_limit
from shared.auth.service_tokens import new_service_token
from tests.ending import end
from tests.integration.realtime_gateway.conftest import (
    Gateway,
    Publisher,
    StartGateway,
    eventually,
    metric,
    token_for,
)
from tests.integration.realtime_gateway.polling_client import PollingClient, polling_client
from tests.integration.realtime_gateway.stand_ins import AccessApi

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[PollingClient]:
    """Ana without a socket."""
    async with polling_client(gateway.http, token_for()) as polling:
        yield polling


async def problem(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """A refusal's body, which has the form that all errors have."""
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = await response.json(content_type=None)
    assert body["status"] == response.status
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    return body


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic YTpi",
        f"Bearer {token_for(secret='another secret of thirty-six bytes!!!')}",
        f"Bearer {new_service_token()}",
    ],
    ids=["none", "no token", "blank", "nonsense", "basic", "forged", "a service's"],
)
async def test_without_a_valid_token_nothing_is_answered(gateway: Gateway, authorization: str) -> None:
    """401 for a poll and for a command, naming the scheme."""
    async with aiohttp.ClientSession(headers={"Authorization": authorization}) as http:
        for request in (
            http.get(f"{gateway.http}/realtime/poll?channels=empresa:1"),
            http.post(f"{gateway.http}/realtime/command", json={"id": "1", "type": "ping"}),
        ):
            async with request as response:
                assert response.status == 401
                assert response.headers["WWW-Authenticate"] == "Bearer"
                await problem(response)


async def test_expired_token_is_refused(gateway: Gateway) -> None:
    """As on a socket."""
    async with polling_client(gateway.http, token_for(life=timedelta(seconds=-1))) as client:
        async with client.polling("empresa:1") as response:
            assert response.status == 401


async def test_token_in_the_url_is_a_mistake_that_is_named(gateway: Gateway) -> None:
    """It does not work even with a valid one, so that nobody builds on it; nor beside a header."""
    for headers in ({}, {"Authorization": f"Bearer {token_for()}"}):
        async with aiohttp.ClientSession(headers=headers) as http:
            async with http.get(f"{gateway.http}/realtime/poll?channels=empresa:1&token={token_for()}") as response:
                assert response.status == 400
                assert "Authorization: Bearer" in (await problem(response))["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "channels=",
        "channels=a%20b",
        "channels=empresa:1&wait=26",
        "channels=empresa:1&connection=x",
        "channels=empresa:1,empresa:1",
    ],
)
async def test_malformed_poll_is_refused_as_a_whole(client: PollingClient, query: str) -> None:
    """400, with what is wrong."""
    async with client.http.get(f"{client.url}/realtime/poll?{query}") as response:
        assert response.status == 400
        assert "`" in (await problem(response))["detail"]


async def test_url_is_bounded(client: PollingClient) -> None:
    """As many channels as are allowed fit in a URL, and not much more."""
    names = [f"conversa:{number:018}" for number in range(200)]
    async with client.polling(",".join(names), wait=0) as response:
        assert response.status == 200
    async with client.http.get(f"{client.url}/realtime/poll?channels={'x' * 17000}") as response:
        assert response.status == 414
        await problem(response)


async def test_disabled_gateway_takes_no_request(start_gateway: StartGateway) -> None:
    """503 with a time to try again, and it is alive."""
    async with start_gateway(REALTIME_GATEWAY_ENABLED="false") as gateway:
        async with polling_client(gateway.http, token_for()) as client:
            async with client.polling("empresa:1") as response:
                assert response.status == 503
                assert int(response.headers["Retry-After"]) > 0


async def test_pages_of_other_origins_are_refused(start_gateway: StartGateway) -> None:
    """The allow-list of sockets holds here too: preflight, answer and refusal, without credentials or wildcard."""
    desk, url = "https://desk.example", "/realtime/poll?channels=empresa:1&wait=0"
    asking = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    async with start_gateway(PROSA_ALLOWED_ORIGINS=desk) as gateway:
        token = {"Authorization": f"Bearer {token_for()}"}
        async with aiohttp.ClientSession(gateway.http) as http:
            async with http.options(url, headers={"Origin": desk, **asking}) as preflight:
                assert preflight.status == 204
                assert preflight.headers["Access-Control-Allow-Origin"] == desk
                assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
                assert "Access-Control-Allow-Credentials" not in preflight.headers
            async with http.get(url, headers={"Origin": desk, **token}) as answer:
                assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, desk)
            async with http.get(url, headers={"Origin": desk}) as refused:
                assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (401, desk)
            for foreign in ("https://evil.example", "null"):
                async with http.options(url, headers={"Origin": foreign, **asking}) as preflight:
                    assert preflight.status == 403
                async with http.get(url, headers={"Origin": foreign, **token}) as refused:
                    assert refused.status == 403
                    assert "Access-Control-Allow-Origin" not in refused.headers
                    await problem(refused)
            async with http.get(url, headers=token) as answer:
                assert answer.status == 200


async def test_unknown_paths_and_methods_are_problems(client: PollingClient) -> None:
    """Errors have one form, also the framework's."""
    for method, path, status in (("GET", "nothing", 404), ("POST", "poll", 405), ("GET", "command", 405)):
        async with client.http.request(method, f"{client.url}/realtime/{path}") as response:
            assert response.status == status
            await problem(response)


async def test_log_has_no_token_and_no_channel(client: PollingClient) -> None:
    """One line a request: the route, the status, the time."""
    with capture_logs() as lines:
        await client.poll("conversa:12,empresa:1")
        await client.command("ping")

    answered = [line for line in lines if line["event"] == "request_answered"]
    assert [(line["route"], line["status"]) for line in answered] == [
        ("/realtime/poll", 200),
        ("/realtime/command", 200),
    ]
    assert not any(word in json.dumps(lines) for word in ("eyJ", "empresa", "conversa", "tab-0001"))


async def test_command_is_answered_as_on_a_socket(client: PollingClient, gateway: Gateway) -> None:
    """The reply is the same object, whether it was carried out or refused."""
    async with gateway.dashboard() as socket:
        for command, data in (
            ("conversation:join", {"conversation_id": "4711"}),
            ("conversation:join", {"conversation_id": "../13"}),
            ("conversation:join", {"conversation_id": "12"}),
            ("conversation:leave", {"conversation_id": "12"}),
            ("clinic:join", {}),
            ("conversation:levitate", {}),
        ):
            assert await client.command(command, **data) == await socket.command(command, **data)
        assert (await client.command("ping"))["data"]["server_time"]


async def test_posted_join_replays_and_joins_nothing(client: PollingClient, publisher: Publisher) -> None:
    """It is a look at the channel: what was missed, where it stands, and nobody left to listen."""
    at = (await client.command("conversation:join", conversation_id="12"))["data"]
    await publisher.publish(times=3)

    data = (
        await client.command("conversation:join", conversation_id="12", since={"seq": at["seq"], "epoch": at["epoch"]})
    )["data"]

    assert [event["seq"] for event in data["events"]] == [1, 2, 3]
    assert (data["recovered"], data["seq"]) == (True, 3)
    assert metric("channels") == 0


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"[]", b"7", b'{"id":{}}', b"[" * 5000, b"\xff\xfe", b"null"])
async def test_nonsense_is_a_400(client: PollingClient, body: bytes) -> None:
    """What cannot be replied to is refused as a request."""
    async with client.http.post(f"{client.url}/realtime/command", data=body, headers=JSON) as response:
        assert response.status == 400
        await problem(response)


async def test_body_is_bounded_and_json(client: PollingClient) -> None:
    """32 KiB whether announced or not, and nothing compressed."""
    url = f"{client.url}/realtime/command"
    large = b'{"id":"1","type":"ping","x":"' + b"x" * 33 * 1024 + b'"}'

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 1000):
            yield large[start : start + 1000]

    for data in (large, chunks()):
        async with client.http.post(url, data=data, headers=JSON) as response:
            assert response.status == 413
            await problem(response)
    for headers in ({"Content-Type": "text/plain"}, {**JSON, "Content-Encoding": "gzip"}):
        async with client.http.post(url, data=b'{"type":"ping"}', headers=headers) as response:
            assert response.status == 415
            await problem(response)


async def test_commands_of_a_user_are_limited_whatever_the_tab(gateway: Gateway, client: PollingClient) -> None:
    """100 a minute, as on a socket; then 429 with a time to wait, for this user alone."""
    async with polling_client(gateway.http, token_for(), "tab-0002") as other_tab:
        answers = []
        # As they are sent a few more are allowed again.
        for tab in (client, other_tab) * rate_limit.EVENTS_PER_MINUTE:
            async with tab.http.post(f"{tab.url}/realtime/command", json={"id": "1", "type": "ping"}) as response:
                answers.append((response.status, response.headers.get("Retry-After")))
            if response.status == 429:
                break
        assert answers[: rate_limit.EVENTS_PER_MINUTE] == [(200, None)] * rate_limit.EVENTS_PER_MINUTE
        assert answers[-1] == (429, "1")
    async with polling_client(gateway.http, token_for(user_id=8)) as other:
        assert (await other.command("ping"))["ok"]


async def test_token_is_not_renewed_over_post(client: PollingClient) -> None:
    """There is no connection whose token it could be."""
    body = {"id": "1", "type": "auth", "data": {"token": token_for()}}
    async with client.http.post(f"{client.url}/realtime/command", json=body) as response:
        assert response.status == 400
        assert "Bearer" in (await problem(response))["detail"]


async def test_command_that_was_begun_is_carried_out_for_who_left(client: PollingClient, api: AccessApi) -> None:
    """The client hangs up while the API is being asked: the command ends as if it were still there."""
    asked, go_on = asyncio.Event(), asyncio.Event()
    api.gate = (asked, go_on)
    done = metric("commands_total", type="conversation:join", outcome="ok")
    command = asyncio.create_task(client.command("conversation:join", conversation_id="12"))
    await asked.wait()
    await end(command)
    go_on.set()

    async def carried_out() -> bool:
        return metric("commands_total", type="conversation:join", outcome="ok") == done + 1

    await eventually(carried_out)
    assert metric("channels") == 0
