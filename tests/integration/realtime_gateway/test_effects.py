"""Commands that change something: the API does it, and what it says is what the client hears."""

from typing import Any

import pytest

from services.realtime_gateway import api_client
from tests.integration.realtime_gateway.conftest import Gateway, StartGateway, metric
from tests.integration.realtime_gateway.stand_ins import AccessApi, done

BIG = "5511965860124551150391104"


async def test_reading_is_done_by_the_api(gateway: Gateway, api: AccessApi) -> None:
    """With the user's own token, up to a message or all; its answer is the reply's data."""
    async with gateway.dashboard() as client:
        all_of_them = await client.command("message:read", conversation_id="12")
        up_to_one = await client.command("message:read", conversation_id=12, message_id=7)

    assert all_of_them["data"] == done("read", "12")
    assert up_to_one["ok"]
    assert api.done == [("12", "read", {}), ("12", "read", {"message_id": "7"})]
    assert len(api.request_ids) == 2


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ({"to_user_id": "8"}, {"to_user_id": "8"}),
        ({"to_user_id": 8, "note": "urgente"}, {"to_user_id": "8", "note": "urgente"}),
        ({"to_user_id": "8", "expected_assigned_to": None}, {"to_user_id": "8", "expected_assigned_to": None}),
        ({"to_user_id": "8", "expected_assigned_to": "9"}, {"to_user_id": "8", "expected_assigned_to": "9"}),
    ],
)
async def test_a_transfer_says_what_the_client_said(
    gateway: Gateway, api: AccessApi, said: dict[str, Any], asked: dict[str, Any]
) -> None:
    """To expect nobody is not to expect nothing; a conversation goes by any of its names."""
    async with gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id=BIG)
        answer = await client.command("conversation:transfer", conversation_id=BIG, **said)

    assert answer["data"]["conversation"]["id"] == "12"
    assert api.done == [(BIG, "transfer", asked)]


STALE = {
    "type": "about:blank",
    "status": 409,
    "code": "stale_assignment",
    "detail": "The conversation belongs to Bruno Lima now.",
    "assigned_to": {"id": "2", "name": "Bruno Lima"},
    "version": 9,
}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ((401, {"code": "session_over", "detail": "Over."}, {}), "unauthorized"),
        ((403, {"code": "right_missing", "detail": "No."}, {}), "forbidden"),
        ((404, {"detail": "There is no such conversation."}, {}), "not_found"),
        ((404, {"code": "user_not_found", "detail": "There is no such active user."}, {}), "user_not_found"),
        ((409, STALE, {}), "stale_assignment"),
        ((409, {"detail": "No."}, {}), "conflict"),
        ((400, {"errors": [{"path": "note", "message": "Too long"}], "detail": "See errors."}, {}), "bad_request"),
    ],
)
async def test_what_the_api_refuses_is_refused_for_good(
    gateway: Gateway, api: AccessApi, refusal: tuple[int, dict[str, Any], dict[str, str]], code: str
) -> None:
    """With the API's own words; asking again is no use."""
    api.refusal = refusal
    async with gateway.dashboard() as client:
        error = (await client.command("conversation:transfer", conversation_id="12", to_user_id="8"))["error"]

    assert (error["code"], error["temporary"]) == (code, False)
    assert "retry_ms" not in error
    if code == "stale_assignment":
        assert error["details"] == {"assigned_to": STALE["assigned_to"], "version": 9}
        assert error["message"] == STALE["detail"]
    if code == "bad_request":
        assert error["message"] == "data.note: Too long"


async def test_what_may_succeed_later_says_when(gateway: Gateway, api: AccessApi) -> None:
    """Too many requests, and an API that does not know whether it is done."""
    async with gateway.dashboard() as client:
        api.refusal = (429, {"detail": "Too many."}, {"Retry-After": "4"})
        limited = (await client.command("message:read", conversation_id="12"))["error"]
        api.refusal = (503, {"detail": "The database does not answer now."}, {"Retry-After": "2"})
        away = (await client.command("message:read", conversation_id="12"))["error"]
        api.refusal = (500, {}, {})
        broken = (await client.command("message:read", conversation_id="12"))["error"]

    assert (limited["code"], limited["temporary"]) == ("rate_limited", True)
    assert 4000 <= limited["retry_ms"] <= 6000
    assert (away["code"], broken["code"]) == ("unavailable", "unavailable")
    assert 2000 <= away["retry_ms"] <= 3000
    assert "not known" in away["message"]


async def test_an_answer_that_does_not_come_is_an_unknown_outcome(
    gateway: Gateway, api: AccessApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client hears that it may ask again, and the socket lives."""
    api.answering.clear()
    async with gateway.dashboard() as client:
        with monkeypatch.context() as impatient:
            impatient.setattr(api_client.ApiClient.post, "__defaults__", (0.2,))
            error = (await client.command("conversation:transfer", conversation_id="12", to_user_id="8"))["error"]
        api.answering.set()
        again = await client.command("conversation:transfer", conversation_id="12", to_user_id="8")

    assert (error["code"], error["temporary"]) == ("unavailable", True)
    assert "not known" in error["message"]
    assert again["ok"]


async def test_without_the_api_nothing_is_confirmed(start_gateway: StartGateway) -> None:
    """Nobody listens there: temporary, as for rights."""
    async with start_gateway(PROSA_API_URL="http://127.0.0.1:9") as gateway, gateway.dashboard() as client:
        error = (await client.command("message:read", conversation_id="12"))["error"]
    assert (error["code"], error["temporary"]) == ("unavailable", True)


async def test_another_clinics_conversation_is_not_found(gateway: Gateway, api: AccessApi) -> None:
    """The same answer as for one that is nowhere."""
    async with gateway.dashboard() as client:
        theirs = await client.command("message:read", conversation_id="90")
        nowhere = await client.command("message:read", conversation_id="999")
    assert theirs["error"] == nowhere["error"]
    assert theirs["error"]["code"] == "not_found"


async def test_a_transfer_drops_what_is_remembered_of_rights(gateway: Gateway, api: AccessApi) -> None:
    """Who may follow the conversation is asked anew, under whatever name it was remembered."""
    async with gateway.dashboard() as client:
        for reference in ("12", BIG, "13"):
            await client.command("conversation:join", conversation_id=reference)
        api.asked.clear()
        await client.command("conversation:transfer", conversation_id=BIG, to_user_id="8")
        for reference in ("12", BIG, "13"):
            await client.command("conversation:join", conversation_id=reference)
    assert api.asked == ["12", BIG]


async def test_a_session_that_is_over_is_remembered_no_right(gateway: Gateway, api: AccessApi) -> None:
    """Once the API says so, a join is asked for anew, and refused with the reason."""
    async with gateway.dashboard() as client:
        await client.command("conversation:join", conversation_id="12")
        api.refusal = (401, {"code": "session_over", "detail": "Over."}, {})
        await client.command("message:read", conversation_id="12")
        api.status = 401
        refused = await client.command("conversation:join", conversation_id="12")
    assert refused["error"]["code"] == "unauthorized"


async def test_effects_are_measured(gateway: Gateway, api: AccessApi) -> None:
    """By outcome, and how long the API took."""
    took = metric("effect_seconds_count")
    done = metric("commands_total", type="message:read", outcome="ok")
    async with gateway.dashboard() as client:
        await client.command("message:read", conversation_id="12")
    assert metric("effect_seconds_count") == took + 1
    assert metric("commands_total", type="message:read", outcome="ok") == done + 1
