"""Where a clinic's webhooks go: its administrators decide, and see how it goes."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from services.api.models.destinations import (
    ChangedDestination,
    DestinationAnswer,
    DestinationList,
    NewSecret,
    QueuedPing,
)
from services.api.views.destinations import MOST_DESTINATIONS
from shared.auth.seal import DEVELOPMENT_KEY, open_sealed
from shared.auth.standard_webhooks import OUTGOING
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation, count, insert, source_id

PATH = "/api/webhook-destinations"
BODY = {"name": "n8n", "url": "https://n8n.example/webhook/a", "events": ["message.created"]}


async def create(adm: Caller, **changes: Any) -> tuple[dict[str, Any], str]:
    """A destination and its secret."""
    body = (await adm.post(PATH, {**BODY, **changes})).ok(NewSecret, 201)
    return body["destination"], body["secret"]


def opened(owner: Owner) -> list[tuple[str, bool]]:
    """The stored secrets that have not expired, the oldest first, and whether they will."""
    rows = owner.execute(
        "SELECT * FROM webhook_destination_secrets WHERE expires_at IS NULL OR expires_at > now() ORDER BY id"
    ).fetchall()
    return [
        (open_sealed((DEVELOPMENT_KEY,), row["destination_id"], OUTGOING, row["sealed"]), row["expires_at"] is not None)
        for row in rows
    ]


async def test_a_destination_is_made_and_its_secret_shown_once(adm: Caller, owner: Owner) -> None:
    """Sealed in the database, and in no other answer; the audit log has the host and not the address."""
    destination, secret = await create(adm)
    assert (destination["enabled"], destination["version"], destination["state"]["waiting"]) == (True, 1, 0)
    assert opened(owner) == [(secret, False)]
    for answer in (await adm.get(PATH), await adm.get(f"{PATH}/{destination['id']}")):
        assert secret not in answer.content.decode()
    [listed] = (await adm.get(PATH)).ok(DestinationList)["destinations"]
    detail = await adm.get(f"{PATH}/{destination['id']}")
    assert detail.ok(DestinationAnswer)["destination"] == listed == destination
    assert detail.headers["ETag"] == '"1"'
    [noted] = owner.execute("SELECT * FROM audit_log").fetchall()
    assert (noted["action"], noted["data"]["url"]) == ("webhook_destination.created", "n8n.example")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"url": "http://n8n.example/a"}, "url"),
        ({"url": "https://127.0.0.1/a"}, "url"),
        ({"url": "https://[::ffff:10.0.0.1]/a"}, "url"),
        ({"url": "https://169.254.169.254/a"}, "url"),
        ({"url": "https://a:b@n8n.example/a"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "n8n.example"}, "url"),
        ({"url": "https://n8n.example:99999999/a"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["message.deleted"]}, "events.0"),
        ({"name": " "}, "name"),
        ({"more": 1}, "more"),
    ],
)
async def test_what_cannot_be_a_destination_is_refused(
    adm: Caller, owner: Owner, changes: dict[str, Any], path: str
) -> None:
    """With the field that is wrong."""
    problem = (await adm.post(PATH, {**BODY, **changes})).problem(400)
    assert [error["path"] for error in problem["errors"]] == [path]
    assert count(owner, "webhook_destinations") == 0


async def test_an_allowed_host_may_be_inside(serve: Serve, owner: Owner, token_of: Callable[..., str]) -> None:
    """As the installation's setting says, with or without the port."""
    token = token_of("adm@demo.test")
    async with serve(outgoing_webhook_allowed_hosts=("127.0.0.1:5678", "n8n")) as api:
        adm = Caller(api, token)
        await create(adm, url="http://127.0.0.1:5678/webhook/a")
        await create(adm, url="http://n8n:5678/webhook/a")
        (await adm.post(PATH, {**BODY, "url": "http://127.0.0.1:5679/a"})).problem(400)


async def test_there_is_a_bound(adm: Caller) -> None:
    """Every event is queued for each of them."""
    for _ in range(MOST_DESTINATIONS - 1):
        await create(adm)
    # Of several that are asked for at once, the last that there is room for and not one more.
    answers = await asyncio.gather(*(adm.post(PATH, BODY) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert (await adm.post(PATH, BODY)).problem(409)["code"] == "too_many"


async def test_a_destination_is_changed_by_whoever_saw_it(adm: Caller, owner: Owner) -> None:
    """What is not named stays, what is so already is no change, an old version is a 412 with how it is now."""
    destination, _ = await create(adm)
    path = f"{PATH}/{destination['id']}"
    answer = await adm.call("PATCH", path, json={"enabled": False}, headers={"If-Match": '"1"'})
    body = answer.ok(ChangedDestination)
    changed = body["destination"]
    assert (body["changed"], changed["enabled"], changed["disabled_reason"], changed["version"]) == (
        True,
        False,
        "user",
        2,
    )
    assert (changed["name"], changed["url"]) == (BODY["name"], BODY["url"])
    stale = (await adm.call("PATCH", path, json={"name": "x"}, headers={"If-Match": '"1"'})).problem(412)
    assert stale["destination"]["version"] == 2
    same = (await adm.call("PATCH", path, json={"enabled": False})).ok(ChangedDestination)
    assert (same["changed"], same["destination"]["version"]) == (False, 2)
    for refused in ({}, {"name": None}, {"enabled": None}, {"events": None}, {"url": "http://10.0.0.1/"}):
        (await adm.call("PATCH", path, json=refused)).problem(400)
    assert count(owner, "audit_log") == 2


async def test_a_change_ends_a_rest(adm: Caller, owner: Owner) -> None:
    """Somebody corrected it: it is called at once. What is shown of it before."""
    destination, _ = await create(adm)
    insert(
        owner,
        "webhook_destination_states",
        destination_id=destination["id"],
        clinic_id=1,
        failures=4,
        reason="unreachable",
        last_outcome="unreachable",
        last_event="message.created",
    )
    owner.execute(
        "UPDATE webhook_destination_states SET paused_at = now(), paused_until = now() + interval '1 h', last_at = now()"
    )
    shown = (await adm.get(f"{PATH}/{destination['id']}")).ok(DestinationAnswer)["destination"]["state"]
    assert (shown["rest"]["reason"], shown["rest"]["failures"], shown["last_outcome"]) == (
        "unreachable",
        4,
        "unreachable",
    )
    body = (await adm.call("PATCH", f"{PATH}/{destination['id']}", json={"url": "https://other.example/a"})).ok(
        ChangedDestination
    )
    assert body["destination"]["state"]["rest"] is None


async def test_a_secret_is_replaced_with_an_overlap(adm: Caller, owner: Owner) -> None:
    """The new one and the one before it sign, those before that one do not; without an overlap the new one alone."""
    destination, first = await create(adm)
    path = f"{PATH}/{destination['id']}/secret"
    second = (await adm.post(path, {})).ok(NewSecret)["secret"]
    assert opened(owner) == [(first, True), (second, False)]
    body = (await adm.post(path, {"overlap_hours": 1})).ok(NewSecret)
    assert opened(owner) == [(second, True), (body["secret"], False)]
    assert [secret["expires_at"] is None for secret in body["destination"]["secrets"]] == [True, False]
    last = (await adm.post(path, {"overlap_hours": 0})).ok(NewSecret)["secret"]
    assert opened(owner) == [(last, False)]
    (await adm.post(path, {"overlap_hours": 169})).problem(400)


async def test_a_deleted_destination_is_gone_with_its_secrets(adm: Caller, owner: Owner) -> None:
    """And is a 404 from then on."""
    destination, _ = await create(adm)
    insert(owner, "webhook_destination_states", destination_id=destination["id"], clinic_id=1)
    path = f"{PATH}/{destination['id']}"
    assert (await adm.call("DELETE", path)).status == 204
    for table in ("webhook_destinations", "webhook_destination_secrets", "webhook_destination_states"):
        assert count(owner, table) == 0
    (await adm.call("DELETE", path)).problem(404)
    (await adm.get(path)).problem(404)
    (await adm.get(f"{PATH}/none")).problem(404)


async def test_a_try_is_queued_once(adm: Caller, owner: Owner) -> None:
    """Also of one that is switched off; asked again while it waits it is the same one."""
    destination, _ = await create(adm, enabled=False)
    first = (await adm.call("POST", f"{PATH}/{destination['id']}/test")).ok(QueuedPing, 202)
    assert (await adm.call("POST", f"{PATH}/{destination['id']}/test")).ok(QueuedPing, 202) == first
    [row] = owner.execute("SELECT * FROM message_queue").fetchall()
    assert (str(row["id"]), row["message_type"]) == (first["webhook_id"], "deliver.ping")
    assert row["ordering_key"] == f"destination:{destination['id']}"
    assert row["payload"]["data"] == {"destination_id": destination["id"]}


async def test_nobody_else_may(ana: Caller, sofia: Caller, oper: Caller) -> None:
    """What leaves the house is an administrator's to say."""
    for caller in (ana, sofia, oper):
        assert (await caller.get(PATH)).problem(403)["right"] == "webhooks"
        assert (await caller.post(PATH, BODY)).problem(403)["right"] == "webhooks"


async def test_what_people_do_is_queued_for_the_destination(
    adm: Caller, sofia: Caller, owner: Owner, id_of: Callable[[str], str]
) -> None:
    """A message, a change and a transfer, each once, as agents are told of them; a repeated request tells nothing again."""
    await create(adm, events=["conversation.transferred", "message.created", "conversation.updated"])
    conversation = add_conversation(owner, source_id=source_id(owner, "demo-wa"))
    path = f"/api/conversations-simple/{conversation['id']}"
    for _ in range(2):
        await sofia.send(conversation["id"], content="Bom dia", client_message_id="c-1")
    for _ in range(2):
        (await sofia.call("PATCH", path, json={"priority": "high", "status": "archived"})).ok()
    for _ in range(2):
        (await sofia.post(f"{path}/transfer", {"to_user_id": id_of("bruno"), "note": "cuidado com ela"})).ok()
    rows = owner.execute(
        "SELECT message_type, payload FROM message_queue WHERE ordering_key LIKE 'destination:%' ORDER BY created_at"
    ).fetchall()
    assert [row["message_type"] for row in rows] == [
        "deliver.message.created",
        "deliver.conversation.updated",
        "deliver.conversation.updated",
        "deliver.conversation.transferred",
        "deliver.conversation.updated",
    ]
    frames = [
        entry["frame"]
        for entry in owner.execute(
            "SELECT event::jsonb AS frame FROM outbox WHERE channel LIKE 'conversa:%' ORDER BY id"
        )
    ]
    told = [frame["data"] for frame in frames if frame["type"] != "message:updated"]
    [handed] = [
        data["action"]["action_data"] for data in told if "note" in data.get("action", {}).get("action_data", ())
    ]
    assert handed.pop("note") == "cuidado com ela"
    assert sorted(map(str, (row["payload"]["data"] for row in rows))) == sorted(map(str, told))


async def test_a_delivery_cannot_be_edited(oper: Caller, owner: Owner) -> None:
    """It says what happened."""
    [row] = owner.execute(
        "INSERT INTO failed_messages (original_message_id, correlation_id, clinic_id, message_type, payload, error_message,"
        " error_class) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 'deliver.message.created', '{}', 'x', 'permanent')"
        " RETURNING id"
    ).fetchall()
    answer = await oper.call(
        "PATCH",
        f"/api/dlq/{row['id']}/payload",
        json={"payload": {}, "reason": "uma razão"},
        headers={"If-Match": '"1"'},
    )
    assert answer.problem(409)["code"] == "not_editable"
