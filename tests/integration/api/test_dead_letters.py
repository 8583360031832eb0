import asyncio
import base64
import csv
import io
import json
from typing import Any

import pytest

from services.api.models.dead_letters import Count, DetailAnswer, EditAnswer, EntryAnswer, EntryList, Revealed, Summary
from services.api.models.operations import AuditList
from tests.dead_letters import add_dead_letter, add_dead_letters, the_dead_letter
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner

DLQ = "/api/dlq"
SOME_ID = "01890000-0000-7000-8000-000000000000"
PATIENT = {
    "event": "messages.upsert",
    "instance": "demo-wa",
    "data": {
        "key": {"id": "3EB0AA", "remoteJid": "5511965860124@s.whatsapp.net", "fromMe": False},
        "pushName": "Maria da Silva",
        "message": {"conversation": "Estou com dor no peito"},
    },
}


async def other_operator(owner: Owner) -> None:
    owner.execute("UPDATE users SET role = 'operator' WHERE email = 'carla@outra.test'")


async def test_the_list_shows_the_newest_first(oper: Caller, owner: Owner) -> None:
    """With what an operator needs to tell them apart, and how many there are."""
    first, second = (add_dead_letter(owner, provider_id=f"M{n}") for n in range(2))
    body = (await oper.get(DLQ)).ok(EntryList)
    assert [entry["id"] for entry in body["entries"]] == [str(second["id"]), str(first["id"])]
    assert (body["total"], body["next_cursor"]) == (2, None)
    assert body["entries"][0]["provider_id"] == "M1"


async def test_pages_neither_skip_nor_repeat_while_others_die(oper: Caller, owner: Owner) -> None:
    """A cursor is a place in the order: what dies meanwhile is before it."""
    ids = [str(add_dead_letter(owner)["id"]) for _ in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        page = (await oper.get(DLQ, limit=3, **({"cursor": cursor} if cursor else {}))).ok(EntryList)
        seen += [entry["id"] for entry in page["entries"]]
        add_dead_letter(owner)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ({"state": "discarded"}, {"state": "discarded"}),
        ({"source": "n8n"}, {"source_kind": "n8n"}),
        ({"source_id": "2"}, {"source_id": 2}),
        ({"event_type": "call"}, {"message_type": "call"}),
        ({"reason": "poison"}, {"reason": "poison"}),
        ({"fingerprint": "b" * 16}, {"fingerprint": "b" * 16}),
        ({"error": "BROKEN%_"}, {"error_message": "it is broken%_ here"}),
        ({"since": "2h"}, {"dead_at": "now"}),
        ({"min_failures": 3}, {"failure_count": 3}),
        ({"contains": '{"event": "x"}'}, {"payload": {"event": "x", "more": 1}}),
        ({"provider_id": "M9"}, {"provider_id": "M9"}),
        ({"conversation_id": "C9"}, {"conversation_ref": "C9"}),
        ({"correlation_id": SOME_ID}, {"correlation_id": SOME_ID}),
    ],
)
async def test_each_filter_finds_its_own(oper: Caller, owner: Owner, query: Any, columns: Any) -> None:
    """Of two dead letters that differ in one thing, the filter on it finds one."""
    add_dead_letter(owner, dead_at="2020-01-01")
    wanted = add_dead_letter(owner, **{"dead_at": "2020-01-01", **columns})
    body = (await oper.get(DLQ, **query)).ok(EntryList)
    assert [entry["id"] for entry in body["entries"]] == [str(wanted["id"])]
    assert body["total"] == 1


async def test_several_states_may_be_asked_for(oper: Caller, owner: Owner) -> None:
    """The parameter is repeated."""
    for state in ("dead", "replayed", "discarded"):
        add_dead_letter(owner, state=state)
    answer = await oper.call("GET", DLQ, params=[("state", "dead"), ("state", "discarded")])
    assert {entry["state"] for entry in answer.ok(EntryList)["entries"]} == {"dead", "discarded"}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "gone"},
        {"since": "yesterday"},
        {"contains": "{"},
        {"contains": '{"a": "\\u0000"}'},
        {"cursor": "x"},
        {"correlation_id": "x"},
        {"source_id": "x"},
        {"min_failures": "x"},
        {"limit": "1000"},
    ],
)
async def test_a_filter_that_makes_no_sense_is_named(oper: Caller, query: Any) -> None:
    """A 400 says which parameter it is."""
    problem = (await oper.get(DLQ, **query)).problem(400)
    assert problem["errors"][0]["path"].split(".")[0] == next(iter(query))


async def test_ten_thousand_are_listed_and_summarised_by_their_indexes(oper: Caller, owner: Owner) -> None:
    """Neither the list nor the summary reads the payloads or another clinic's dead letters."""
    add_dead_letters(owner, 10_000)
    add_dead_letters(owner, 2_000, clinic_id=2)
    owner.execute("VACUUM ANALYZE failed_messages")
    page = (await oper.get(DLQ, state="dead", event_type="contacts.update", limit=50)).ok(EntryList)
    assert (len(page["entries"]), page["total"]) == (50, 2_500)
    summary = (await oper.get(f"{DLQ}/summary")).ok(Summary)
    assert (summary["total"], len(summary["groups"])) == (10_000, 20)
    assert {group["count"] for group in summary["groups"]} == {500}
    assert (await oper.get(f"{DLQ}/summary", group_by="reason", source="evolution")).ok(Summary)["total"] == 10_000


async def test_the_summary_counts_by_what_is_asked(oper: Caller, owner: Owner) -> None:
    """Those that wait, their age, how many came lately, and each group with what people decided about it."""
    add_dead_letter(owner, dead_at="2020-01-01")
    add_dead_letter(owner, fingerprint="b" * 16)
    add_dead_letter(owner, state="discarded")
    (await oper.call("PATCH", f"{DLQ}/issues/{'b' * 16}", json={"state": "acknowledged", "link": "https://t/1"})).ok()
    body = (await oper.get(f"{DLQ}/summary")).ok(Summary)
    assert body["by_state"] == {"dead": 2, "replaying": 0, "replayed": 0, "discarded": 1}
    assert (body["total"], body["last_hour"], body["last_day"]) == (2, 1, 1)
    assert body["oldest_age_seconds"] > 3600 * 24 * 365
    groups = {group["key"]: group for group in body["groups"]}
    assert (groups["b" * 16]["issue_state"], groups["b" * 16]["link"]) == ("acknowledged", "https://t/1")
    assert groups["a" * 16]["error_message"].startswith("ShapeError")


async def test_one_is_shown_whole_but_for_what_people_said(sofia: Caller, owner: Owner) -> None:
    """A supervisor sees its shape, ids, attempts and history; no name, number or word of a patient."""
    attempt = {"at": "2026-11-20T12:00:00+00:00", "duration_ms": 3, "worker": "w:1:1", "error": "x", "error_class": "y"}
    row = add_dead_letter(
        owner,
        payload=PATIENT,
        attempts=[attempt],
        headers={"user-agent": "axios", "x-patient": "Maria"},
        conversation_ref="5511965860124@lid",
    )
    answer = await sofia.get(f"{DLQ}/{row['id']}")
    entry = answer.ok(DetailAnswer)["entry"]
    assert entry["payload"]["data"]["key"] == {"id": "3EB0AA", "remoteJid": "•••@s.whatsapp.net", "fromMe": False}
    assert entry["attempts"] == [attempt | {"at": "2026-11-20T09:00:00.000-03:00"}]
    assert entry["headers"] == {"user-agent": "axios", "x-patient": "•••"}
    for secret in ("Maria", "dor no peito", "965860124"):
        assert secret not in answer.content.decode()


async def test_revealing_needs_the_right_and_a_reason_and_is_written_down(
    oper: Caller, sofia: Caller, owner: Owner
) -> None:
    """Who looked, at what, and why."""
    row = add_dead_letter(owner, payload=PATIENT)
    refused = (await sofia.post(f"{DLQ}/{row['id']}/reveal", {"reason": "x"})).problem(403)
    assert (refused["code"], refused["right"]) == ("right_missing", "view_payload")
    (await oper.post(f"{DLQ}/{row['id']}/reveal", {})).problem(400)
    body = (await oper.post(f"{DLQ}/{row['id']}/reveal", {"reason": "chamado 12"})).ok(Revealed)
    assert body["payload"] == PATIENT
    assert json.loads(base64.b64decode(body["raw"])) == PATIENT
    [entry] = (await oper.get("/api/audit", action="dead_letter.revealed")).ok(AuditList)["entries"]
    assert (entry["actor"]["name"], entry["subject_id"]) == ("Otávio Reis", str(row["id"]))
    assert entry["data"] == {"reason": "chamado 12"}


async def test_a_replay_is_decided_once(oper: Caller, owner: Owner) -> None:
    """Of ten at once one wins; the others hear who and when."""
    row = add_dead_letter(owner)
    answers = await asyncio.gather(*(oper.post(f"{DLQ}/{row['id']}/replay", {}) for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [202] + [409] * 9
    won = next(answer for answer in answers if answer.status == 202)
    assert won.ok(EntryAnswer, 202)["entry"]["state"] == "replaying"
    lost = next(answer for answer in answers if answer.status == 409).problem(409)
    assert (lost["code"], lost["by"]) == ("already_replaying", "Otávio Reis")
    assert lost["at"]
    stored = the_dead_letter(owner, row["id"])
    assert (stored["release_due"], stored["replay_mode"], stored["version"]) == (True, "event", 2)


@pytest.mark.parametrize("state", ["replayed", "discarded"])
async def test_what_is_settled_is_not_replayed(oper: Caller, owner: Owner, state: str) -> None:
    """A 409 says what it is."""
    row = add_dead_letter(owner, state=state)
    assert (await oper.post(f"{DLQ}/{row['id']}/replay", {})).problem(409)["code"] == f"already_{state}"


async def test_what_is_past_its_retention_is_not_replayed(oper: Caller, owner: Owner) -> None:
    """It is there still and about to go."""
    row = add_dead_letter(owner, expires_at="2020-01-01")
    assert (await oper.post(f"{DLQ}/{row['id']}/replay", {})).problem(410)["code"] == "expired"


async def test_a_send_that_may_have_arrived_is_sent_again_only_on_demand(oper: Caller, owner: Owner) -> None:
    """The patient might get it twice: somebody has to say that they know."""
    row = add_dead_letter(owner, message_type="send.text", reason="unknown_outcome", payload={"message_id": "1"})
    assert (await oper.post(f"{DLQ}/{row['id']}/replay", {})).problem(409)["code"] == "outcome_unknown"
    (await oper.post(f"{DLQ}/{row['id']}/replay", {"accept_duplicate": True})).ok(EntryAnswer, 202)


async def test_what_could_not_be_read_is_replayed_from_its_bytes(oper: Caller, owner: Owner) -> None:
    """Unless somebody has written a payload for it."""
    row = add_dead_letter(owner, payload=None, raw=b"\x00")
    assert (await oper.post(f"{DLQ}/{row['id']}/replay", {"mode": "event"})).problem(409)["code"] == "no_payload"
    (await oper.post(f"{DLQ}/{row['id']}/replay", {})).ok(EntryAnswer, 202)
    assert the_dead_letter(owner, row["id"])["replay_mode"] == "raw"


async def test_an_edit_keeps_the_original_and_says_what_changed(oper: Caller, owner: Owner) -> None:
    """With a reason; the diff shows where, not what was said."""
    row = add_dead_letter(owner, payload=PATIENT)
    edited = json.loads(json.dumps(PATIENT))
    edited["data"]["message"]["conversation"] = "Outra coisa qualquer"
    edited["data"]["key"]["id"] = "3EB0BB"
    headers = {"If-Match": '"1"'}
    answer = await oper.call(
        "PATCH", f"{DLQ}/{row['id']}/payload", json={"payload": edited, "reason": "corrigido"}, headers=headers
    )
    body = answer.ok(EditAnswer)
    assert (body["entry"]["edited"], body["entry"]["version"]) == (True, 2)
    assert '-      "id": "3EB0AA",' in body["diff"]
    assert '+      "id": "3EB0BB",' in body["diff"]
    assert "conversation" in body["diff"]
    assert "Outra coisa" not in answer.content.decode()
    stored = the_dead_letter(owner, row["id"])
    assert (stored["payload"], stored["edited_payload"]) == (PATIENT, edited)
    assert stored["history"][-1] | {"at": ""} == {
        "at": "",
        "event": "edited",
        "by": "Otávio Reis",
        "reason": "corrigido",
    }


async def test_an_edit_of_what_changed_meanwhile_is_refused(oper: Caller, owner: Owner) -> None:
    """Without a version 428, with an old one 412, of what is not dead 409."""
    row = add_dead_letter(owner, version=3)
    path, body = f"{DLQ}/{row['id']}/payload", {"payload": {"a": 1}, "reason": "x"}
    (await oper.call("PATCH", path, json=body)).problem(428)
    assert (await oper.call("PATCH", path, json=body, headers={"If-Match": '"2"'})).problem(412)["version"] == 3
    (await oper.call("PATCH", path, json=body, headers={"If-Match": "x"})).problem(400)
    nul = {"payload": {"a": "\0"}, "reason": "x"}
    (await oper.call("PATCH", path, json=nul, headers={"If-Match": '"3"'})).problem(400)
    owner.execute("UPDATE failed_messages SET state = 'replaying'")
    (await oper.call("PATCH", path, json=body, headers={"If-Match": '"3"'})).problem(409)


async def test_a_discard_can_be_undone(oper: Caller, owner: Owner) -> None:
    """Both with who and why in the history."""
    row = add_dead_letter(owner)
    (await oper.post(f"{DLQ}/{row['id']}/discard", {"reason": "ruído"})).ok(EntryAnswer)
    assert (await oper.post(f"{DLQ}/{row['id']}/discard", {"reason": "x"})).problem(409)["by"] == "Otávio Reis"
    restored = (await oper.call("POST", f"{DLQ}/{row['id']}/restore")).ok(EntryAnswer)
    assert restored["entry"]["state"] == "dead"
    (await oper.call("POST", f"{DLQ}/{row['id']}/restore")).problem(409)
    assert [entry["event"] for entry in the_dead_letter(owner, row["id"])["history"]] == ["discarded", "restored"]


async def test_many_are_discarded_after_a_dry_run(oper: Caller, owner: Owner) -> None:
    """What the dry run counted is what may be discarded; when it is another number now, nothing is."""
    for _ in range(3):
        add_dead_letter(owner)
    add_dead_letter(owner, reason="bug")
    asked = {"filter": {"reason": "validation"}, "reason": "ruído"}
    assert (await oper.post(f"{DLQ}/discards", asked)).problem(409)["code"] == "plan_missing"
    plan = (await oper.post(f"{DLQ}/discards", asked | {"dry_run": True})).ok(Count)
    assert plan["count"] == 3
    late = add_dead_letter(owner)
    token = {"plan_token": plan["plan_token"]}
    assert (await oper.post(f"{DLQ}/discards", asked | token)).problem(409)["code"] == "plan_changed"
    owner.execute("DELETE FROM failed_messages WHERE id = %s", [late["id"]])
    assert (await oper.post(f"{DLQ}/discards", asked | token)).ok(Count)["count"] == 3
    assert (await oper.get(DLQ, state="dead")).ok()["total"] == 1


async def test_an_export_has_every_one_and_no_patients_words(oper: Caller, owner: Owner) -> None:
    """As NDJSON with redacted payloads, as CSV without; a cell that begins like a formula is defused."""
    for _ in range(501):
        add_dead_letter(owner, payload=PATIENT, error_message="=1+1")
    lines = (await oper.get(f"{DLQ}/export")).content.decode().splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == 501
    assert "dor no peito" not in "".join(lines)
    rows = list(csv.DictReader(io.StringIO((await oper.get(f"{DLQ}/export", format="csv")).content.decode())))
    assert len(rows) == 501
    assert rows[0]["error_message"] == "'=1+1"
    [first, _] = (await oper.get("/api/audit", action="dead_letter.exported")).ok(AuditList)["entries"]
    assert first["data"]["format"] == "csv"


ACTIONS = [
    ("GET", "", None, "view"),
    ("GET", "/summary", None, "view"),
    ("GET", "/export", None, "view"),
    ("GET", "/issues", None, "view"),
    ("GET", "/replays", None, "view"),
    ("GET", "/{id}", None, "view"),
    ("POST", "/{id}/reveal", {"reason": "x"}, "view_payload"),
    ("POST", "/{id}/replay", {}, "replay"),
    ("POST", "/{id}/discard", {"reason": "x"}, "discard"),
    ("POST", "/{id}/restore", None, "discard"),
    ("POST", "/discards", {"ids": ["1"], "reason": "x"}, "discard"),
    ("POST", "/replays", {"ids": ["1"]}, "bulk_replay"),
    ("POST", "/replays/1/pause", None, "bulk_replay"),
    ("PATCH", "/issues/aaaaaaaaaaaaaaaa", {"state": "muted"}, "discard"),
]


@pytest.mark.parametrize(("method", "path", "body", "right"), ACTIONS)
async def test_who_lacks_the_right_gets_nowhere(
    ana: Caller, sofia: Caller, owner: Owner, method: str, path: str, body: Any, right: str
) -> None:
    """An agent may nothing, a supervisor look; the answer names the right, and nothing changes."""
    row = add_dead_letter(owner)
    address = f"{DLQ}{path.format(id=row['id'])}"
    for caller in (ana, sofia):
        answer = await caller.call(method, address, **({} if body is None else {"json": body}))
        if caller is sofia and right == "view":
            assert answer.status == 200
        else:
            assert answer.problem(403)["right"] == right
    stored = the_dead_letter(owner, row["id"])
    assert (stored["state"], stored["version"]) == ("dead", 1)


async def test_a_role_that_was_taken_away_counts_at_once(oper: Caller, owner: Owner) -> None:
    """Whatever the token says that was issued before."""
    row = add_dead_letter(owner)
    owner.execute("UPDATE users SET role = 'agent' WHERE email = 'oper@demo.test'")
    (await oper.post(f"{DLQ}/{row['id']}/replay", {})).problem(403)
    owner.execute("UPDATE users SET active = false WHERE email = 'oper@demo.test'")
    (await oper.get(DLQ)).problem(401)


async def test_another_clinics_dead_letters_do_not_exist(carla: Caller, owner: Owner) -> None:
    """Not listed, not counted, not found, not changed, not exported, whatever id is named."""
    await other_operator(owner)
    row = add_dead_letter(owner, payload=PATIENT)
    assert (await carla.get(DLQ)).ok(EntryList)["total"] == 0
    assert (await carla.get(f"{DLQ}/summary")).ok(Summary)["total"] == 0
    assert (await carla.get(f"{DLQ}/issues")).ok()["issues"] == []
    assert (await carla.get(f"{DLQ}/export")).content == b""
    for method, path, body, _ in ACTIONS:
        if "{id}" in path:
            options = {} if body is None else {"json": body}
            (await carla.call(method, f"{DLQ}{path.format(id=row['id'])}", **options)).problem(404)
    assert (await carla.post(f"{DLQ}/discards", {"ids": [str(row["id"])], "reason": "x"})).ok(Count)["count"] == 0
    (await carla.post(f"{DLQ}/replays", {"ids": [str(row["id"])]})).problem(409)
    (await carla.call("PATCH", f"{DLQ}/issues/{row['fingerprint']}", json={"state": "muted"})).problem(404)
    assert the_dead_letter(owner, row["id"])["state"] == "dead"
    assert (await carla.get("/api/audit", subject_type="dead_letter", subject_id=str(row["id"]))).ok()["entries"] == []


async def test_the_longest_filter_that_is_documented_gets_through(oper: Caller) -> None:
    """4,096 characters that are 12 bytes each in an address are still a question that can be asked."""
    longest = json.dumps("\N{LEFT-POINTING MAGNIFYING GLASS}" * 4094, ensure_ascii=False)
    assert (await oper.get(DLQ, contains=longest)).ok(EntryList)["entries"] == []
