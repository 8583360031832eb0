"""Evolution instances and integrations: who may see and change them, and that nothing secret is told."""

import hashlib
from typing import Any

import pytest

from services.api.models.sources import ChangedSource, CreatedSource, SourceActivity, SourceAnswer, SourceList
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, source_id
from tests.integration.api.test_transferring import NOTHING, effects

PATH = "/api/sources"


async def change(caller: Caller, source: Any, version: int | None = None, **body: Any) -> Answer:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await caller.call("PATCH", f"{PATH}/{source}", json=body, headers=headers)


async def test_only_admins_change_sources(ana: Caller, sofia: Caller, oper: Caller, owner: Owner) -> None:
    """Everybody else is told which right they lack; agents do not see how a source is set up either."""
    demo = source_id(owner, "demo-wa")
    for caller in (ana, sofia, oper):
        created = await caller.post(PATH, {"kind": "n8n", "name": "agenda"})
        for refused in (created, await change(caller, demo, active=False)):
            assert refused.problem(403)["right"] == "administer"
        assert (await caller.get(f"{PATH}/{demo}")).status == (403 if caller == ana else 200)
    assert effects(owner) == NOTHING


async def test_a_new_source_shows_its_token_once(adm: Caller, owner: Owner) -> None:
    """Stored is its hash, the audit log has neither, and nobody is told again."""
    body = {"kind": "evolution", "name": " sala 2 ", "accepts": ["groups", "groups", "statuses"], "rate_per_second": 9}
    made = (await adm.post(PATH, body)).ok(CreatedSource, 201)
    token, source = made["token"], made["source"]
    assert made["webhook_url"].endswith(f"/webhooks/evolution/{token}")
    assert (source["name"], source["accepts"], source["rate_per_second"]) == ("sala 2", ["groups", "statuses"], 9)
    [row] = owner.execute("SELECT token_hash, own_key_only FROM sources WHERE id = %s", [source["id"]]).fetchall()
    assert row == {"token_hash": hashlib.sha256(token.encode()).digest(), "own_key_only": True}
    [audit] = owner.execute("SELECT action, subject_id, data::text FROM audit_log").fetchall()
    assert (audit["action"], audit["subject_id"]) == ("source.created", source["id"])
    later = await adm.get(f"{PATH}/{source['id']}")
    assert later.ok(SourceAnswer)["source"] == source
    for told in (later.content.decode(), (await adm.get(PATH)).content.decode(), audit["data"]):
        assert token not in told
        assert "token_hash" not in told


async def test_a_name_is_taken_once_for_each_kind(adm: Caller, owner: Owner) -> None:
    """Also when one is renamed; another clinic's names are free."""
    assert (await adm.post(PATH, {"kind": "evolution", "name": "demo-wa"})).problem(409)["code"] == "exists"
    (await adm.post(PATH, {"kind": "n8n", "name": "demo-wa"})).ok(CreatedSource, 201)
    made = (await adm.post(PATH, {"kind": "evolution", "name": "outra-wa"})).ok(CreatedSource, 201)
    taken = await change(adm, made["source"]["id"], name="demo-wa")
    assert taken.problem(409)["code"] == "exists"
    [row] = owner.execute("SELECT name FROM sources WHERE id = %s", [made["source"]["id"]]).fetchall()
    assert row["name"] == "outra-wa"


async def test_a_change_counts_and_is_written_down(adm: Caller, sofia: Caller, owner: Owner) -> None:
    """Off and on again; what is so already changes nothing, and null gives a rate back."""
    demo = source_id(owner, "demo-wa")
    off = await change(adm, demo, 1, active=False, sends_per_second=0.1)
    done = off.ok(ChangedSource)
    assert (done["changed"], done["source"]["active"], off.headers["ETag"]) == (True, False, '"2"')
    again = (await change(adm, demo, 2, active=False, sends_per_second=0.1)).ok(ChangedSource)
    assert (again["changed"], again["source"]["version"]) == (False, 2)
    on = (await change(adm, demo, active=True, sends_per_second=None)).ok(ChangedSource)
    assert (on["source"]["sends_per_second"], on["source"]["version"]) == (None, 3)
    assert (await sofia.get(f"{PATH}/{demo}")).ok(SourceAnswer)["source"] == on["source"]
    audits = owner.execute("SELECT action, data FROM audit_log ORDER BY id").fetchall()
    assert [audit["action"] for audit in audits] == ["source.changed"] * 2
    assert audits[0]["data"]["before"] == {"active": True, "sends_per_second": None}


async def test_who_has_not_seen_a_source_changes_nothing(adm: Caller, owner: Owner) -> None:
    """They are shown it as it is; what a worker learns of the line makes no new version."""
    demo = source_id(owner, "demo-wa")
    (await change(adm, demo, 1, rate_per_second=5)).ok(ChangedSource)
    owner.execute("UPDATE sources SET state = 'open', state_at = now()")
    stale = (await change(adm, demo, 1, active=False)).problem(412)
    assert (stale["code"], stale["version"], stale["source"]["rate_per_second"]) == ("stale", 2, 5)
    assert stale["source"]["state"] == "open"
    assert (await change(adm, demo, 2, active=False)).ok(ChangedSource)["source"]["version"] == 3


@pytest.mark.parametrize(
    ("change_of", "own"),
    [({"name": "outra-wa"}, True), ({"api_url": "https://e.test"}, True), ({"active": False}, False)],
)
async def test_whoever_chooses_an_instance_needs_its_key(
    adm: Caller, owner: Owner, change_of: dict[str, Any], own: bool
) -> None:
    """The installation's key opens every clinic's instance, and must not go to a server that an admin names."""
    demo = source_id(owner, "demo-wa")
    (await change(adm, demo, **change_of)).ok(ChangedSource)
    [row] = owner.execute("SELECT own_key_only FROM sources WHERE id = %s", [demo]).fetchall()
    assert row["own_key_only"] is own


async def test_pages_have_every_source_once(adm: Caller, ana: Caller) -> None:
    """While they are renamed."""
    for number in range(3):
        (await adm.post(PATH, {"kind": "n8n", "name": f"z{number}"})).ok(CreatedSource, 201)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ana.get(PATH, limit=2, **cursor)).ok(SourceList)
        seen += [source["id"] for source in page["sources"]]
        (await change(adm, page["sources"][0]["id"], name=f"a{len(seen)}")).ok(ChangedSource)
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == len(set(seen)) == 5
    [error] = (await ana.get(PATH, cursor="x")).problem(400)["errors"]
    assert error["path"] == "cursor"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": None}, "name"),
        ({"active": None}, "active"),
        ({"active": "yes"}, "active"),
        ({"accepts": ["everything"]}, "accepts.0"),
        ({"rate_per_second": 0}, "rate_per_second"),
        ({"sends_per_second": -1}, "sends_per_second"),
        ({"api_version": "v3"}, "api_version"),
        ({"api_url": "ftp://e.test"}, "api_url"),
        ({"api_url": "https://user:secret@e.test"}, "api_url"),
        ({"api_url": "https://e.test?x"}, "api_url"),
        ({"api_url": "https://e.test:99999"}, "api_url"),
        ({"token_hash": "x"}, "token_hash"),
    ],
)
async def test_an_unusable_source_names_what_is_wrong(
    adm: Caller, owner: Owner, body: dict[str, Any], path: str
) -> None:
    """A 400 with the field's path."""
    [error] = (await change(adm, source_id(owner, "demo-wa"), **body)).problem(400)["errors"]
    assert error["path"] == path


async def test_an_integration_has_no_server(adm: Caller, owner: Owner) -> None:
    """Neither when it is made nor later."""
    made = await adm.post(PATH, {"kind": "n8n", "name": "x", "api_url": "https://e.test"})
    changed = await change(adm, source_id(owner, "demo-n8n"), sends_per_second=3.0)
    for answer, path in ((made, "api_url"), (changed, "sends_per_second")):
        [error] = answer.problem(400)["errors"]
        assert error["path"] == path
    assert effects(owner) == NOTHING


async def test_another_token_lets_the_one_before_go_on(adm: Caller, owner: Owner) -> None:
    """For as long as was said; a second change does not end what the first one left, and 0 leaves nothing."""
    demo = source_id(owner, "demo-wa")
    [first] = owner.execute("SELECT token_hash FROM sources WHERE id = %s", [demo]).fetchall()
    tokens = []
    for overlap in (3600, 60, 0):
        made = (await adm.post(f"{PATH}/{demo}/token", {"overlap_seconds": overlap})).ok(CreatedSource)
        tokens.append(made["token"])
    hashes = [hashlib.sha256(token.encode()).digest() for token in tokens]
    [now] = owner.execute("SELECT token_hash FROM sources WHERE id = %s", [demo]).fetchall()
    assert now["token_hash"] == hashes[2]
    former = owner.execute("SELECT token_hash FROM source_former_tokens ORDER BY expires_at DESC").fetchall()
    assert [row["token_hash"] for row in former] == [first["token_hash"], hashes[0]]
    assert made["source"]["former_token_until"] is not None
    audits = owner.execute("SELECT action, data::text FROM audit_log").fetchall()
    assert [audit["action"] for audit in audits] == ["source.token_rotated"] * 3
    assert not [token for token in tokens for audit in audits if token in audit["data"]]


async def test_a_token_is_changed_by_admins_who_saw_the_source(adm: Caller, sofia: Caller, owner: Owner) -> None:
    """Everybody else, and whoever is late, leaves it as it is; an ended token is forgotten with the next change."""
    demo = source_id(owner, "demo-wa")
    path = f"{PATH}/{demo}/token"
    assert (await sofia.post(path, {})).problem(403)["right"] == "administer"
    assert (await adm.post(path, {}, headers={"If-Match": '"7"'})).problem(412)["code"] == "stale"
    [error] = (await adm.post(path, {"overlap_seconds": 604_801})).problem(400)["errors"]
    assert error["path"] == "overlap_seconds"
    assert effects(owner) == NOTHING
    (await adm.post(path, {})).ok(CreatedSource)
    owner.execute("UPDATE source_former_tokens SET expires_at = now()")
    assert (await adm.get(f"{PATH}/{demo}")).ok(SourceAnswer)["source"]["former_token_until"] is None
    (await adm.post(path, {})).ok(CreatedSource)
    [left] = owner.execute("SELECT count(*) AS former FROM source_former_tokens").fetchall()
    assert left["former"] == 1


async def test_what_a_source_was_heard_of_is_told_by_kind(oper: Caller, ana: Caller, owner: Owner) -> None:
    """The latest first, in the clinic's zone; nothing of another source, and nothing of another clinic's."""
    demo, n8n, other = (source_id(owner, name) for name in ("demo-wa", "demo-n8n", "outra-wa"))
    for source, event, at in (
        (demo, "messages.upsert", "2026-11-20T12:00:00.250Z"),
        (demo, "connection.update", "2026-11-20T13:00:00Z"),
        (n8n, "message.created", "2026-11-20T14:00:00Z"),
    ):
        owner.execute("INSERT INTO source_activity VALUES (1, %s, %s, %s, 7)", [source, event, at])
    assert (await oper.get(f"{PATH}/{demo}/activity")).ok(SourceActivity)["activity"] == [
        {"event_type": "connection.update", "last_at": "2026-11-20T10:00:00.000-03:00", "events": 7},
        {"event_type": "messages.upsert", "last_at": "2026-11-20T09:00:00.250-03:00", "events": 7},
    ]
    (await oper.get(f"{PATH}/{other}/activity")).problem(404)
    (await oper.get(f"{PATH}/none/activity")).problem(404)
    assert (await ana.get(f"{PATH}/{demo}/activity")).problem(403)["right"] == "view"
