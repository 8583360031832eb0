from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.api.models.dead_letters import Entry, Preflight, ReplayAnswer, ReplayList
from services.api.models.issues import IssueAnswer, IssueList
from services.api.models.operations import (
    AuditList,
    PauseAnswer,
    PauseList,
    QueueMessageAnswer,
    QueueMessageList,
)
from services.api.models.sources import SourceList
from tests.dead_letters import add_dead_letter
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, insert, source_id

REPLAYS = "/api/dlq/replays"
QUEUE = "/api/queue"


async def planned(oper: Caller, **asked: Any) -> Any:
    """A replay, made after its dry run."""
    plan = (await oper.post(REPLAYS, asked | {"dry_run": True})).ok()
    return (await oper.post(REPLAYS, asked | {"plan_token": plan["plan_token"]})).ok(ReplayAnswer, 202)["replay"]


async def test_a_dry_run_tells_what_would_be_replayed(oper: Caller, owner: Owner) -> None:
    """How many, of what, a sample, what is in the way; and changes nothing."""
    for number in range(6):
        add_dead_letter(owner, message_type="call" if number else "messages.upsert")
    add_dead_letter(owner, state="discarded")
    (await oper.post(f"{QUEUE}/pauses", {"kind": "events", "reason": "x"})).ok(PauseAnswer, 201)
    owner.execute("UPDATE sources SET state = 'closed' WHERE name = 'demo-wa'")
    plan = (await oper.post(REPLAYS, {"filter": {}, "dry_run": True})).ok()
    assert (plan["count"], plan["by_source"]) == (6, {"demo-wa": 6})
    assert plan["by_event_type"] == {"call": 5, "messages.upsert": 1}
    assert len(plan["sample"]) == 5
    Entry.model_validate(plan["sample"][0])
    preflight = Preflight.model_validate(plan["preflight"])
    assert (preflight.redis, preflight.paused_sources, preflight.closed_sources) == ("ok", ["*"], ["demo-wa"])
    assert (await oper.get(REPLAYS)).ok(ReplayList)["replays"] == []


async def test_a_replay_freezes_what_matched_oldest_first(oper: Caller, owner: Owner) -> None:
    """What dies later is none of its business."""
    newer = add_dead_letter(owner, first_seen_at="2026-02-01")
    older = add_dead_letter(owner, first_seen_at="2026-01-01")
    replay = await planned(oper, filter={"reason": "validation"}, rate=5, max_failures=7)
    add_dead_letter(owner)
    assert (replay["total"], replay["state"], replay["rate"], replay["max_failures"]) == (2, "running", 5, 7)
    assert (replay["created_by"], replay["filter"]) == ("Otávio Reis", {"reason": "validation"})
    rows = owner.execute("SELECT failed_id FROM replay_items ORDER BY position").fetchall()
    assert [row["failed_id"] for row in rows] == [older["id"], newer["id"]]
    [entry] = (await oper.get("/api/audit", subject_type="replay")).ok(AuditList)["entries"]
    assert (entry["action"], entry["data"]["total"]) == ("replay.made", 2)


async def test_a_filter_needs_the_dry_run_that_it_matches(oper: Caller, owner: Owner) -> None:
    """Another number, another filter, no token: nothing is made."""
    add_dead_letter(owner)
    plan = (await oper.post(REPLAYS, {"filter": {}, "dry_run": True})).ok()
    assert (await oper.post(REPLAYS, {"filter": {}})).problem(409)["code"] == "plan_missing"
    other = {"filter": {"reason": "validation"}, "plan_token": plan["plan_token"]}
    assert (await oper.post(REPLAYS, other)).problem(409)["code"] == "plan_changed"
    add_dead_letter(owner)
    same = {"filter": {}, "plan_token": plan["plan_token"]}
    assert (await oper.post(REPLAYS, same)).problem(409)["count"] == 2
    assert (await oper.get(REPLAYS)).ok(ReplayList)["replays"] == []


async def test_ids_need_no_dry_run(oper: Caller, owner: Owner) -> None:
    """Whoever names them knows how many they are; those that are not dead are left out."""
    first, settled = add_dead_letter(owner), add_dead_letter(owner, state="replayed")
    asked = {"ids": [str(first["id"]), str(settled["id"]), "999999"]}
    assert (await oper.post(REPLAYS, asked)).ok(ReplayAnswer, 202)["replay"]["total"] == 1
    assert (await oper.post(REPLAYS, {"ids": [str(settled["id"])]})).problem(409)["code"] == "nothing_to_replay"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": ["1"], "filter": {}},
        {"ids": []},
        {"ids": ["x"]},
        {"ids": ["1"], "rate": 0},
        {"ids": ["1"], "rate": 501},
        {"ids": ["1"], "max_failures": 0},
        {"filter": {"colour": "red"}},
        {"ids": ["1"], "later": True},
    ],
)
async def test_a_replay_that_makes_no_sense_is_refused(oper: Caller, body: Any) -> None:
    """A 400, before anything is asked of Postgres."""
    (await oper.post(REPLAYS, body)).problem(400)


async def test_a_replay_is_paused_resumed_and_cancelled(oper: Caller, owner: Owner) -> None:
    """What is over is a 409."""
    add_dead_letter(owner)
    replay = await planned(oper, filter={})
    path = f"{REPLAYS}/{replay['id']}"
    states = [
        (await oper.call("POST", f"{path}/{verb}")).ok(ReplayAnswer)["replay"]["state"]
        for verb in ("pause", "resume", "pause", "cancel")
    ]
    assert states == ["paused", "running", "paused", "cancelled"]
    for verb in ("pause", "resume", "cancel"):
        assert (await oper.call("POST", f"{path}/{verb}")).problem(409)["code"] == "replay_cancelled"
    assert (await oper.get(path)).ok(ReplayAnswer)["replay"]["finished_at"]
    (await oper.get(f"{REPLAYS}/999999")).problem(404)
    (await oper.get(f"{REPLAYS}/x")).problem(404)


async def test_another_clinics_replay_does_not_exist(oper: Caller, carla: Caller, owner: Owner) -> None:
    """It is neither seen nor stopped."""
    owner.execute("UPDATE users SET role = 'admin' WHERE email = 'carla@outra.test'")
    add_dead_letter(owner)
    replay = await planned(oper, filter={})
    (await carla.get(f"{REPLAYS}/{replay['id']}")).problem(404)
    (await carla.call("POST", f"{REPLAYS}/{replay['id']}/cancel")).problem(404)
    assert (await carla.get(REPLAYS)).ok(ReplayList)["replays"] == []
    assert (await oper.get(f"{REPLAYS}/{replay['id']}")).ok(ReplayAnswer)["replay"]["state"] == "running"


async def test_kinds_of_dead_letters_are_decided_about(oper: Caller, owner: Owner) -> None:
    """A field that is left out stays, null clears it."""
    row = add_dead_letter(owner)
    path = f"/api/dlq/issues/{row['fingerprint']}"
    first = {"state": "muted", "link": "https://t/1", "discard_until": "2030-01-01T00:00:00-03:00"}
    issue = (await oper.call("PATCH", path, json=first)).ok(IssueAnswer)["issue"]
    assert (issue["state"], issue["changed_by"], issue["count"]) == ("muted", "Otávio Reis", 1)
    assert issue["discard_until"] == "2030-01-01T00:00:00.000-03:00"
    issue = (await oper.call("PATCH", path, json={"note": "conhecido", "link": None})).ok(IssueAnswer)["issue"]
    assert (issue["state"], issue["link"], issue["note"]) == ("muted", None, "conhecido")
    assert len((await oper.get("/api/dlq/issues", state="muted")).ok(IssueList)["issues"]) == 1
    assert (await oper.get("/api/dlq/issues", state="open")).ok(IssueList)["issues"] == []
    (await oper.call("PATCH", path, json={})).problem(400)
    (await oper.call("PATCH", path, json={"state": "gone"})).problem(400)


# The queue -------------------------------------------------------------------------------------------------------------


def enqueue(owner: Owner, **columns: Any) -> Any:
    return insert(
        owner, "message_queue", **{"clinic_id": 1, "message_type": "messages.upsert", "payload": {}, **columns}
    )


async def test_the_queues_messages_are_listed_page_by_page(oper: Caller, owner: Owner) -> None:
    """The oldest first, with why the last attempt failed; payloads are not shown."""
    for number in range(5):
        enqueue(owner, payload={"secret": number}, metadata={"attempts": [{"error": f"E{number}"}]})
    enqueue(owner, clinic_id=2)
    first = (await oper.get(f"{QUEUE}/messages", limit=3)).ok(QueueMessageList)
    second = (await oper.get(f"{QUEUE}/messages", limit=3, cursor=first["next_cursor"])).ok(QueueMessageList)
    assert [row["last_error"] for row in first["messages"] + second["messages"]] == [f"E{n}" for n in range(5)]
    assert second["next_cursor"] is None
    assert (await oper.get(f"{QUEUE}/messages", status="retrying")).ok(QueueMessageList)["messages"] == []
    (await oper.get(f"{QUEUE}/messages", cursor="q1-x")).problem(400)


async def test_a_retry_is_stopped_or_run_at_once(oper: Caller, owner: Owner) -> None:
    """What a worker has in hand is a 409, what is done a 404."""
    waiting = enqueue(owner, status="retrying", scheduled_at="2100-01-01")
    held = enqueue(owner, status="processing")
    path = f"{QUEUE}/messages"
    ran = (await oper.call("POST", f"{path}/{waiting['id']}/run")).ok(QueueMessageAnswer)["message"]
    assert ran["scheduled_at"] is None
    (await oper.post(f"{path}/{waiting['id']}/kill", {"reason": "duplicado"})).ok(QueueMessageAnswer)
    row = owner.execute("SELECT killed FROM message_queue WHERE id = %s", [waiting["id"]]).fetchone()
    assert row == {"killed": {"by": "Otávio Reis", "reason": "duplicado"}}
    assert (await oper.post(f"{path}/{waiting['id']}/kill", {"reason": "x"})).problem(409)["code"] == "already_killed"
    assert (await oper.post(f"{path}/{held['id']}/kill", {"reason": "x"})).problem(409)["code"] == "in_hand"
    assert (await oper.call("POST", f"{path}/{held['id']}/run")).problem(409)["code"] == "in_hand"
    for unknown in ("x", "01890000-0000-7000-8000-000000000000", enqueue(owner, clinic_id=2)["id"]):
        (await oper.call("POST", f"{path}/{unknown}/run")).problem(404)


async def test_sources_are_paused_and_resumed(oper: Caller, owner: Owner) -> None:
    """Once; with who and why; another clinic's source is none."""
    body = {"source_id": "1", "kind": "sends", "reason": "número bloqueado"}
    pause = (await oper.post(f"{QUEUE}/pauses", body)).ok(PauseAnswer, 201)["pause"]
    assert (pause["paused_by"], pause["reason"]) == ("Otávio Reis", "número bloqueado")
    assert (await oper.post(f"{QUEUE}/pauses", body)).problem(409)["code"] == "already_paused"
    (await oper.post(f"{QUEUE}/pauses", body | {"source_id": "3"})).problem(404)
    (await oper.post(f"{QUEUE}/pauses", body | {"kind": "x"})).problem(400)
    assert len((await oper.get(f"{QUEUE}/pauses")).ok(PauseList)["pauses"]) == 1
    gone = await oper.call("DELETE", f"{QUEUE}/pauses", params={"source_id": "1", "kind": "sends"})
    assert gone.ok(PauseList)["pauses"] == []
    (await oper.call("DELETE", f"{QUEUE}/pauses", params={"source_id": "1", "kind": "sends"})).problem(404)
    actions = [
        entry["action"] for entry in (await oper.get("/api/audit", subject_type="source")).ok(AuditList)["entries"]
    ]
    assert actions == ["queue.resumed", "queue.paused"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/messages", None),
        ("POST", "/messages/01890000-0000-7000-8000-000000000000/kill", {"reason": "x"}),
        ("POST", "/messages/01890000-0000-7000-8000-000000000000/run", None),
        ("GET", "/pauses", None),
        ("POST", "/pauses", {"kind": "events", "reason": "x"}),
        ("DELETE", "/pauses?kind=events", None),
    ],
)
async def test_the_queue_is_not_an_agents_business(ana: Caller, method: str, path: str, body: Any) -> None:
    """403, naming the right."""
    options = {} if body is None else {"json": body}
    assert (await ana.call(method, QUEUE + path, **options)).problem(403)["code"] == "right_missing"


async def test_everybody_sees_the_clinics_sources_and_the_rest_is_kept(ana: Caller, owner: Owner) -> None:
    """Names and lines; neither tokens nor another clinic's."""
    owner.execute("UPDATE sources SET state = 'open', state_at = '2026-01-01T12:00:00Z' WHERE name = 'demo-wa'")
    sources = (await ana.get("/api/sources")).ok(SourceList)["sources"]
    assert [source["name"] for source in sources] == ["demo-wa", "demo-n8n"]
    assert (sources[0]["state"], sources[0]["state_at"]) == ("open", "2026-01-01T09:00:00.000-03:00")
    assert sources[1]["state_at"] is None
    assert (await ana.get("/api/audit")).problem(403)["right"] == "view"


async def test_a_source_is_shown_with_when_it_was_last_heard_and_its_rest(ana: Caller, owner: Owner) -> None:
    """Of all events the newest counts; one that may send has no rest."""
    wa, agenda = source_id(owner, "demo-wa"), source_id(owner, "demo-n8n")
    for event_type, at in (("call", "2026-01-01T12:00:00Z"), ("messages.upsert", "2026-01-02T12:00:00Z")):
        owner.execute("INSERT INTO source_activity VALUES (1, %s, %s, %s, 1)", [wa, event_type, at])
    owner.execute(
        "INSERT INTO source_sending (source_id, clinic_id, failures, paused_at, paused_until, reason)"
        " VALUES (%s, 1, 3, '2026-01-03T12:00:00Z', '2026-01-03T12:00:04Z', 'line_down'), (%s, 1, 0, NULL, NULL, NULL)",
        [wa, agenda],
    )
    found = {source["name"]: source for source in (await ana.get("/api/sources")).ok(SourceList)["sources"]}
    assert found["demo-wa"]["last_event_at"] == "2026-01-02T09:00:00.000-03:00"
    assert found["demo-wa"]["sending"] == {
        "paused_until": "2026-01-03T09:00:04.000-03:00",
        "reason": "line_down",
        "failures": 3,
    }
    assert (found["demo-n8n"]["last_event_at"], found["demo-n8n"]["sending"]) == (None, None)


async def test_a_dry_run_tells_which_sources_rest(oper: Caller, owner: Owner) -> None:
    """Also one whose rest is over and that nothing has gone through since; not one that is no longer used."""
    add_dead_letter(owner)
    owner.execute(
        "INSERT INTO source_sending (source_id, clinic_id, failures, paused_at, paused_until, reason)"
        " SELECT id, clinic_id, 3, now(), now(), 'line_down' FROM sources WHERE clinic_id = 1"
    )
    owner.execute("UPDATE sources SET active = false WHERE name = 'demo-n8n'")
    plan = (await oper.post(REPLAYS, {"filter": {}, "dry_run": True})).ok()
    assert Preflight.model_validate(plan["preflight"]).resting_sources == ["demo-wa"]


async def test_a_span_of_time_of_what_is_to_come_is_one_from_now_on(oper: Caller, owner: Owner) -> None:
    """A beginning and an end of discarding lie ahead; where a filter begins lies back."""
    add_dead_letter(owner)
    now = datetime.now(UTC)
    assert (await oper.get("/api/dlq", since="2h")).ok()["total"] == 1
    replay = await planned(oper, filter={"since": "2h"}, start_at="2h")
    assert now + timedelta(hours=2) <= datetime.fromisoformat(replay["start_at"]) + timedelta(milliseconds=1)
    changed = await oper.call("PATCH", f"/api/dlq/issues/{'a' * 16}", json={"discard_until": "7d"})
    until = datetime.fromisoformat(changed.ok()["issue"]["discard_until"])
    assert now + timedelta(days=7) <= until + timedelta(milliseconds=1)


async def test_the_audit_log_is_paged(oper: Caller, owner: Owner) -> None:
    """The newest first, filtered, and of one's own clinic only."""
    for number in range(5):
        insert(owner, "audit_log", clinic_id=1, action="a", subject_type="s", subject_id=str(number))
    insert(owner, "audit_log", clinic_id=2, action="a", subject_type="s", subject_id="theirs")
    first = (await oper.get("/api/audit", action="a", limit=3)).ok(AuditList)
    second = (await oper.get("/api/audit", action="a", limit=3, cursor=first["next_cursor"])).ok(AuditList)
    assert [entry["subject_id"] for entry in first["entries"] + second["entries"]] == ["4", "3", "2", "1", "0"]
    assert first["entries"][0]["actor"] is None
