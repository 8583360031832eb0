"""From the queue to effects: what each kind of event leaves behind, and what becomes of those that fail."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import errors

from services.queue_worker import claims, metrics, queue
from services.queue_worker import processor as processor_module
from services.queue_worker.dead_letters import KILLED_ITS_WORKERS
from shared.db.pool import Pool, open_pool
from tests.factories import (
    CLINIC,
    INSTANCE,
    OTHER_CLINIC,
    OTHER_INSTANCE,
    envelope,
    evolution_echo,
    evolution_message,
    message_fact,
    moment,
    n8n_action,
    n8n_message,
)
from tests.integration.queue_worker.queue_rows import Owner, dead, enqueue, expire_leases, queued, the_row
from tests.integration.queue_worker.working import (
    columns,
    conversation,
    conversations,
    identities,
    message,
    messages,
    outbox,
    process,
    processor,
    take_in,
    take_in_webhooks,
    told,
    work,
    work_to_the_end,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "evolution"
EXTERNAL_ID = "5511965860124551150391104"
GROUP = "120363041234567890@g.us"


def recorded(name: str) -> dict[str, Any]:
    """A recorded webhook, as if the demo clinic's instance had sent it."""
    [path] = FIXTURES.glob(f"{name}*.json")
    body: dict[str, Any] = json.loads(path.read_text())
    return body | {"instance": INSTANCE}


async def test_a_patients_text_becomes_a_message_of_a_conversation(owner: Owner, worker_pool: Pool) -> None:
    """Contact, conversation, message and what agents are told, from one recorded webhook; the queue is empty."""
    await process(worker_pool, recorded("058"))

    said, shown = message(owner), conversation(owner)
    assert (said["sender_type"], said["content"], said["message_type"]) == (
        "patient",
        "Bom dia, quero um orcamento",
        "text",
    )
    assert said["timestamp"] == datetime.fromtimestamp(1795167401, UTC)
    assert (said["provider_id"], said["delivery_status"]) == ("AC00009103D165AE397609A6A20D78F1", "delivered")
    assert (shown["name"], shown["phone"], shown["unread_count"]) == ("Cliente Teste", "5511955550001", 1)
    assert (shown["last_message"], shown["last_message_id"]) == (said["content"], said["id"])
    assert (shown["last_message_at"], shown["source_id"]) == (said["timestamp"], 1)
    assert told(owner) == [
        (f"conversa:{shown['id']}", "message:new"),
        ("empresa:1", "conversation:new"),
        ("empresa:1", "conversation:list:updated"),
    ]
    assert queued(owner) == []


async def test_agents_are_told_what_rest_would_show(owner: Owner, worker_pool: Pool) -> None:
    """A live event carries the whole message, its version, and times in the clinic's zone; lists learn what is new."""
    await process(worker_pool, evolution_message("A", "bom dia", at=0.0))

    new, _, listed = (entry["event"] for entry in outbox(owner))
    assert new["data"]["content"] == "bom dia"
    assert new["data"]["timestamp"] == "2026-11-20T09:00:00.000-03:00"
    assert (new["data"]["version"], new["targetId"]) == (1, str(conversation(owner)["id"]))
    assert listed["data"]["eventType"] == "new"
    assert listed["data"]["version"] == conversation(owner)["version"]


async def test_our_own_message_typed_on_the_phone_is_a_professionals(owner: Owner, worker_pool: Pool) -> None:
    """It is nothing to be read, its status counts, and its author's name is not the contact's."""
    await process(worker_pool, evolution_message("A", from_me=True, name="Dra. Ana", status="SERVER_ACK"))

    said, shown = message(owner), conversation(owner)
    assert (said["sender_type"], said["delivery_status"]) == ("professional", "sent")
    assert (shown["unread_count"], shown["name"]) == (0, "+5511955550001")


async def test_a_reply_names_what_it_answers(owner: Owner, worker_pool: Pool) -> None:
    """The id of the message answered is kept, as recorded from Evolution 2.3.7."""
    await process(worker_pool, recorded("059"))

    assert message(owner)["reply_to"]


async def test_media_is_described_though_nobody_has_it_yet(owner: Owner, worker_pool: Pool) -> None:
    """A document has a name, a type and a size before anyone fetched it, in the database and in the live event."""
    await process(worker_pool, recorded("069"))

    [file] = owner.execute("SELECT * FROM message_attachments").fetchall()
    assert message(owner)["message_type"] == "document"
    assert (file["message_id"], file["file_path"]) == (message(owner)["id"], None)
    assert file["file_size"] > 0
    assert outbox(owner)[0]["event"]["data"]["attachments"][0]["file_name"] == file["file_name"]


async def test_media_that_came_inside_its_event_is_kept_with_it(owner: Owner, worker_pool: Pool) -> None:
    """Base64 in a webhook is nowhere else: the event keeps its payload."""
    await process(worker_pool, recorded("029"))

    [event] = owner.execute("SELECT ignored, payload FROM webhook_events").fetchall()
    assert event["ignored"] is None
    assert "base64" in json.dumps(event["payload"])


async def test_a_groups_members_speak_in_the_groups_conversation(owner: Owner, worker_pool: Pool) -> None:
    """Who speaks is not whom the conversation is with."""

    def said(provider_id: str, name: str) -> dict[str, Any]:
        key = {"remoteJid": GROUP, "fromMe": False, "id": provider_id, "participant": "5511955550002@s.whatsapp.net"}
        return evolution_message(provider_id, name=name, key=key)

    await process(worker_pool, said("A", "Maria"), said("B", "José"))

    assert conversation(owner)["unread_count"] == 2
    assert {row["sender_name"] for row in messages(owner)} == {"Maria", "José"}
    assert list(identities(owner).values()) == [{f"group:{GROUP}"}]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
async def test_a_lid_and_a_phone_number_are_one_person_once_they_were_seen_together(
    owner: Owner, worker_pool: Pool, together: bool
) -> None:
    """Evolution names a person by phone, by LID or both, depending on its version: it stays one conversation."""
    lid, pn = "201122334455667@lid", "5511955550001@s.whatsapp.net"
    bodies = [
        evolution_message("A", key={"remoteJid": pn, "remoteJidAlt": lid, "fromMe": False, "id": "A"}),
        evolution_message("B", key={"remoteJid": lid, "fromMe": False, "id": "B"}, name=None),
        evolution_message("C", key={"remoteJid": lid, "senderPn": pn, "fromMe": False, "id": "C"}),
        evolution_message("D", key={"remoteJid": pn, "previousRemoteJid": lid, "fromMe": False, "id": "D"}),
    ]
    for batch in [bodies] if together else [[body] for body in bodies]:
        await process(worker_pool, *batch)

    assert conversation(owner)["unread_count"] == 4
    assert identities(owner) == {"Maria Teste": {"phone:5511955550001", f"jid:{pn}", f"lid:{lid}"}}


async def test_a_contact_known_by_lid_alone_gets_its_phone_number_when_it_is_learnt(
    owner: Owner, worker_pool: Pool
) -> None:
    """An ad's click brings a LID and no name; the number, learnt later, is what the agents see."""
    lid, pn = "201122334455667@lid", "5511955550001@s.whatsapp.net"
    await process(worker_pool, evolution_message("A", key={"remoteJid": lid, "fromMe": False, "id": "A"}, name=None))
    await process(
        worker_pool,
        evolution_message("B", key={"remoteJid": lid, "senderPn": pn, "fromMe": False, "id": "B"}, name=None),
    )

    shown = conversation(owner)
    assert (shown["name"], shown["phone"]) == ("+5511955550001", "5511955550001")


async def test_the_ninth_digit_makes_nobody_a_second_person(owner: Owner, worker_pool: Pool) -> None:
    """WhatsApp's id may lack the digit that the number has: replies go to the id, the contact is one."""
    await process(
        worker_pool, evolution_message("A", phone="551188887777"), evolution_message("B", phone="5511988887777")
    )

    assert conversation(owner)["phone"] == "5511988887777"


async def test_a_repeated_event_has_one_effect(owner: Owner, worker_pool: Pool) -> None:
    """The same message under other bytes (an echo, a relay, another version's event) is one message and counts once."""
    first = evolution_message("A", at=1)
    for again in (first, first | {"date_time": "later"}, first | {"event": "send.message"}):
        await process(worker_pool, again)
    await process(worker_pool, first | {"n": 1}, first | {"n": 2})

    assert len(messages(owner)) == 1
    assert conversation(owner)["unread_count"] == 1
    assert [kind for _, kind in told(owner)].count("message:new") == 1


async def test_a_status_only_climbs(owner: Owner, worker_pool: Pool) -> None:
    """Events of one message in any order leave its best status; each step up is told, a step down is not."""
    for number, status in enumerate(("SERVER_ACK", "READ", "DELIVERY_ACK", "PENDING", "PLAYED")):
        await process(worker_pool, evolution_message("A", from_me=True, status=status) | {"n": number})

    updates = [e["event"]["data"]["status"] for e in outbox(owner) if e["event"]["type"] == "message:updated"]
    assert message(owner)["delivery_status"] == "played"
    assert updates == ["read", "played"]
    assert message(owner)["version"] == 3


async def test_a_failed_message_is_not_overtaken_by_what_is_reported(owner: Owner, worker_pool: Pool) -> None:
    """`failed` is left only by an explicit retry."""
    await process(worker_pool, evolution_message("A", from_me=True, status="ERROR"))
    await process(worker_pool, evolution_message("A", from_me=True, status="READ"))

    assert message(owner)["delivery_status"] == "failed"


async def test_a_message_that_comes_late_changes_the_count_and_not_the_preview(owner: Owner, worker_pool: Pool) -> None:
    """The list shows what was said last, not what arrived last."""
    await process(worker_pool, evolution_message("B", "depois", at=10))
    await process(worker_pool, evolution_message("A", "antes", at=5))

    shown = conversation(owner)
    assert (shown["last_message"], shown["last_message_at"], shown["unread_count"]) == ("depois", moment(10), 2)


async def test_a_patients_message_opens_an_archived_conversation(owner: Owner, worker_pool: Pool) -> None:
    """Also one that arrives after a newer message of ours: nobody has seen it."""
    await process(worker_pool, evolution_message("A", at=1))
    owner.execute("UPDATE conversations SET status = 'archived', unread_count = 0")
    await process(worker_pool, evolution_message("C", from_me=True, at=9))
    assert conversation(owner)["status"] == "archived"

    await process(worker_pool, evolution_message("B", at=5))

    assert (conversation(owner)["status"], conversation(owner)["unread_count"]) == ("active", 1)


async def test_an_event_without_an_effect_is_kept_and_counted(owner: Owner, worker_pool: Pool) -> None:
    """What this version makes nothing of, a later one still can."""
    before = ignored_labels()

    await process(worker_pool, recorded("116"))

    [event] = owner.execute("SELECT ignored, payload FROM webhook_events").fetchall()
    assert (event["ignored"], event["payload"]["event"]) == ("label_edited", "labels.edit")
    assert ignored_labels() == before + 1
    assert (queued(owner), dead(owner), conversations(owner), outbox(owner)) == ([], [], [], [])


def ignored_labels() -> float:
    return float(metrics.IGNORED.labels("labels.edit", "label_edited")._value.get())


async def test_a_shape_nobody_understands_dies_at_once_with_its_payload(owner: Owner, worker_pool: Pool) -> None:
    """Another try would fail the same way."""
    await process(worker_pool, evolution_message("A") | {"data": "nonsense"})

    [entry] = dead(owner)
    assert (entry["error_class"], entry["failure_count"], entry["payload"]["data"]) == ("permanent", 1, "nonsense")
    assert entry["error_message"].startswith("ShapeError: ")
    assert queued(owner) == []


async def test_an_event_nobody_knows_is_seen_among_the_dead(owner: Owner, worker_pool: Pool) -> None:
    """A name that no version of Evolution sends is somebody's mistake, or news: an operator finds it, whole."""
    await process(worker_pool, {"event": "messages.telepathy", "instance": INSTANCE, "data": {"n": 1}})

    [entry] = dead(owner)
    assert (entry["error_class"], entry["payload"]["data"]) == ("permanent", {"n": 1})


async def test_an_instance_that_does_not_fit_its_token_is_refused(owner: Owner, worker_pool: Pool) -> None:
    """A token speaks for one instance: another clinic's name in the body changes nothing about whose it is."""
    await process(worker_pool, evolution_message("A", instance=OTHER_INSTANCE))

    [entry] = dead(owner)
    assert (entry["clinic_id"], entry["error_message"]) == (1, "ShapeError: instance does not belong to this token")
    assert conversations(owner) == []


async def test_bad_events_among_good_ones_hurt_only_themselves(owner: Owner, worker_pool: Pool) -> None:
    """Three of thirty fail, each in its own way; twenty-seven have their effects, with no attempt spent."""
    good = [evolution_message(f"M{n}", at=n) for n in range(27)]
    bad = [{"event": 7, "instance": INSTANCE}, evolution_message("X", instance="elsewhere"), ["no object"]]

    await process(worker_pool, *good[:5], bad[0], *good[5:20], bad[1], bad[2], *good[20:])

    assert len(messages(owner)) == conversation(owner)["unread_count"] == 27
    assert len(dead(owner)) == 3
    assert queued(owner) == []


async def test_a_payload_that_cannot_be_read_hurts_only_itself(owner: Owner, worker_pool: Pool) -> None:
    """However it came into the queue (an operator's edit, another version's intake)."""
    owner.execute(
        "INSERT INTO message_queue (clinic_id, source_id, message_type, payload) VALUES (1, 1, 'x', %s::jsonb)",
        ["[" * 3_000 + "]" * 3_000],
    )
    await process(worker_pool, evolution_message("A"))

    [entry] = owner.execute("SELECT error_message FROM failed_messages").fetchall()
    assert entry["error_message"] == "ShapeError: the payload is JSON that cannot be read"
    assert len(messages(owner)) == 1


async def test_messages_of_nobody_are_buried(owner: Owner, worker_pool: Pool) -> None:
    """Rows that name no clinic or no source cannot be worked, and must be seen."""
    enqueue(owner, clinic_id=None, source_id=None)
    enqueue(owner, source_id=None)

    await work(worker_pool)

    assert [entry["error_message"] for entry in dead(owner)] == [
        "ShapeError: the message names no clinic",
        "ShapeError: the message names no source",
    ]


async def test_clinics_in_one_batch_stay_apart(owner: Owner, worker_pool: Pool) -> None:
    """The same patient writes to two clinics: two contacts, two conversations, each clinic's agents told of its own."""
    await take_in_webhooks(
        worker_pool,
        [
            envelope(evolution_message("A", "à demo"), source_id=1),
            envelope(evolution_message("A", "à outra", instance=OTHER_INSTANCE), source_id=3, clinic_id=OTHER_CLINIC),
            envelope(evolution_message("B", "à demo de novo"), source_id=1),
        ],
    )

    await work(worker_pool)

    demo, other = conversations(owner)
    assert (demo["clinic_id"], demo["unread_count"]) == (CLINIC, 2)
    assert (other["clinic_id"], other["unread_count"], other["last_message"]) == (OTHER_CLINIC, 1, "à outra")
    assert {(entry["clinic_id"], entry["channel"]) for entry in outbox(owner)} == {
        (1, f"conversa:{demo['id']}"),
        (1, "empresa:1"),
        (2, f"conversa:{other['id']}"),
        (2, "empresa:2"),
    }


async def test_one_clinics_failure_is_not_anothers(owner: Owner, worker_pool: Pool) -> None:
    """A batch of two clinics, one of which fails as a whole."""
    await take_in(worker_pool, *({"event": n, "instance": INSTANCE} for n in range(3)))
    await take_in(worker_pool, evolution_message("A", instance=OTHER_INSTANCE), source_id=3, clinic_id=OTHER_CLINIC)

    await work(worker_pool)

    assert [entry["clinic_id"] for entry in dead(owner)] == [1, 1, 1]
    assert [row["clinic_id"] for row in conversations(owner)] == [2]


async def test_what_kills_its_workers_dies_and_its_neighbours_live(owner: Owner, worker_pool: Pool) -> None:
    """A worker dies with a batch of ten; the nine innocent are done, the killer is tried alone and then buried."""
    await take_in(worker_pool, *(evolution_message(f"M{n}") for n in range(10)))
    batch = await claims.claim_batch(worker_pool, 10, 30.0)
    killer = batch[4]
    deaths = 0
    while True:
        expire_leases(owner)
        await queue.take_back_expired(worker_pool)
        while suspects := await claims.claim_suspects(worker_pool, 1, 30.0):
            [suspect] = suspects
            if suspect.id == killer.id and not claims.killed_its_workers(suspect):
                deaths += 1
                break  # and nobody hears of that worker again
            await processor(worker_pool, claims.claim_suspects).work(suspects)
        if not queued(owner):
            break

    [entry] = dead(owner)
    assert (entry["original_message_id"], entry["payload"]) == (killer.id, json.loads(killer.payload))
    assert entry["error_message"] == f"ShapeError: {KILLED_ITS_WORKERS}"
    assert deaths == 2  # alone; the one in its batch proved nothing
    assert len(messages(owner)) == 9


async def test_nobody_is_told_of_effects_that_were_rolled_back(
    owner: Owner, worker_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What agents are told stands and falls with what it tells of."""

    async def fail(*_: object) -> None:
        raise LookupError

    await take_in(worker_pool, evolution_message("A"))
    with monkeypatch.context() as patched:
        patched.setattr(queue, "complete", fail)
        await work(worker_pool)

    assert (conversations(owner), messages(owner), outbox(owner)) == ([], [], [])
    [row] = queued(owner)
    assert (row["status"], row["retry_count"]) == ("retrying", 1)


async def test_a_transient_failure_is_retried_until_its_attempts_are_spent(
    owner: Owner, worker_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three attempts, then a dead letter that says what failed and never quotes a patient."""

    async def fail(*_: object) -> None:
        raise KeyError("Dona Maria")

    await take_in(worker_pool, evolution_message("A"))
    monkeypatch.setattr(processor_module, "apply_facts", fail)
    await work_to_the_end(worker_pool, owner)

    [entry] = dead(owner)
    assert (entry["error_message"], entry["error_class"], entry["failure_count"]) == ("KeyError", "transient", 3)


async def test_without_dead_letters_it_goes_on_being_tried(
    owner: Owner, worker_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DLQ_ENABLED=false drops nothing: past its attempts a message is still worked, and succeeds when it can."""
    message_id = enqueue(owner, evolution_message("A"), retry_count=7)

    async def fail(*_: object) -> None:
        raise LookupError

    with monkeypatch.context() as patched:
        patched.setattr(processor_module, "apply_facts", fail)
        await work(worker_pool, dead_letters=False)

    assert (the_row(owner, message_id)["status"], dead(owner)) == ("retrying", [])
    await work_to_the_end(worker_pool, owner, dead_letters=False)
    owner.execute("UPDATE message_queue SET scheduled_at = NULL")
    await work(worker_pool, dead_letters=False)
    assert len(messages(owner)) == 1


@pytest.mark.parametrize(
    "error", [errors.AdminShutdown("gone"), errors.ReadOnlySqlTransaction("a standby"), errors.DiskFull("full")]
)
async def test_an_absent_postgres_spends_no_attempts(
    owner: Owner, worker_pool: Pool, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The whole batch is given back as it was, and worked when Postgres is there again."""

    async def fail(*_: object) -> None:
        raise error

    await take_in(worker_pool, evolution_message("A"), evolution_message("B"))
    monkeypatch.setattr(processor_module, "UNAVAILABLE_DELAY_SECONDS", 0.01)
    claimed = await claims.claim_batch(worker_pool, 10, 30.0)
    with monkeypatch.context() as patched:
        patched.setattr(processor_module, "apply_facts", fail)
        await processor(worker_pool).work(claimed)

    assert {(row["status"], row["retry_count"], row["scheduled_at"]) for row in queued(owner)} == {
        ("retrying", 0, None)
    }
    await work(worker_pool)
    assert len(messages(owner)) == 2


async def test_a_worker_that_was_too_slow_changes_nothing(owner: Owner, worker_pool: Pool) -> None:
    """Its lease ran out and another did the work: the late one's effects are refused, nothing is doubled."""
    await take_in(worker_pool, evolution_message("A"))
    late = await claims.claim_batch(worker_pool, 10, 30.0)
    expire_leases(owner)
    await queue.take_back_expired(worker_pool)
    await work(worker_pool)
    before = (conversation(owner), messages(owner), outbox(owner))

    await processor(worker_pool).work(late)

    assert (conversation(owner), messages(owner), outbox(owner)) == before
    assert dead(owner) == []


async def test_an_n8n_message_without_a_whatsapp_id_opens_a_conversation_by_its_reference(
    owner: Owner, worker_pool: Pool
) -> None:
    """An external id beyond 64 bits stays exact, and the same reference finds the same conversation again."""
    body = n8n_message("oi", conversation_id=EXTERNAL_ID, phone=None, contact_name="Dona Maria")

    await process(worker_pool, body, source_id=2, kind="n8n")
    await process(
        worker_pool, body | {"content": "de novo", "conversation_id": int(EXTERNAL_ID)}, source_id=2, kind="n8n"
    )

    shown = conversation(owner)
    assert (shown["external_id"], shown["name"], shown["unread_count"]) == (EXTERNAL_ID, "Dona Maria", 2)
    assert shown["source_id"] == 1  # the clinic's only instance


async def test_an_integration_is_no_way_out_of_a_clinic_with_two_instances(owner: Owner, worker_pool: Pool) -> None:
    """It tells of messages but does not send them, and which instance it means nobody knows."""
    owner.execute(
        "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (1, 'evolution', 'demo-wa-2', sha256('2'))"
    )

    await process(worker_pool, n8n_message(), source_id=2, kind="n8n")

    assert (message(owner)["source_id"], conversation(owner)["source_id"]) == (2, None)


@pytest.mark.parametrize("machine_first", [True, False])
async def test_what_a_machine_wrote_is_shown_as_its_own_whoever_tells_first(
    owner: Owner, worker_pool: Pool, machine_first: bool
) -> None:
    """Evolution only knows that a message was ours; n8n knows that its agent wrote it. The list says the same."""
    ours = (evolution_message("A", "às ordens", from_me=True), {"source_id": 1, "kind": "evolution"})
    machines = (n8n_message("às ordens", external_id="A", sender_type="ai"), {"source_id": 2, "kind": "n8n"})
    for body, source in (machines, ours) if machine_first else (ours, machines):
        await process(worker_pool, body, **source)

    assert (message(owner)["sender_type"], conversation(owner)["last_message_sender"]) == ("ai", "ai")
    assert outbox(owner)[-1]["event"]["data"].get("version", 0) <= conversation(owner)["version"]


async def test_a_naive_timestamp_is_wall_clock_time_of_the_clinic(owner: Owner, worker_pool: Pool) -> None:
    """`2025-06-27T00:59:16.363` in São Paulo, converted once."""
    await process(worker_pool, n8n_message(timestamp="2025-06-27T00:59:16.363"), source_id=2, kind="n8n")

    assert message(owner)["timestamp"] == datetime(2025, 6, 27, 3, 59, 16, 363_000, tzinfo=UTC)
    assert outbox(owner)[0]["event"]["data"]["timestamp"] == "2025-06-27T00:59:16.363-03:00"


async def test_a_conversation_gets_the_name_an_integration_gives_it_later(owner: Owner, worker_pool: Pool) -> None:
    """Whether Evolution's message or n8n's comes first: the conversation is found by the integration's id."""
    await process(worker_pool, evolution_message("A"))

    await process(worker_pool, n8n_message(conversation_id=EXTERNAL_ID), source_id=2, kind="n8n")

    assert (conversation(owner)["external_id"], conversation(owner)["unread_count"]) == (EXTERNAL_ID, 2)


async def test_an_integration_may_use_our_own_id(owner: Owner, worker_pool: Pool) -> None:
    """What REST told it is understood, and is not taken for an external id."""
    await process(worker_pool, evolution_message("A"))
    own_id = conversation(owner)["id"]

    await process(worker_pool, n8n_message(conversation_id=str(own_id), phone=None), source_id=2, kind="n8n")

    assert (conversation(owner)["unread_count"], conversation(owner)["external_id"]) == (2, None)


async def test_an_integrations_own_number_is_never_mistaken_for_ours_later(owner: Owner, worker_pool: Pool) -> None:
    """It called a conversation 2 before we had a second one: its 2 stays that patient's, not the second's."""
    mine = n8n_message(conversation_id="2", phone="5511955550009", contact_name="Dona Maria")
    await process(worker_pool, mine, source_id=2, kind="n8n")
    await process(worker_pool, evolution_message("A", phone="5511955550001", name="Seu José"))
    assert [row["id"] for row in conversations(owner)] == [1, 2]

    await process(worker_pool, mine | {"content": "segunda"}, source_id=2, kind="n8n")

    assert columns(conversations(owner), "name", "unread_count") == [("Dona Maria", 2), ("Seu José", 1)]


async def test_another_clinics_conversation_id_opens_no_door(owner: Owner, worker_pool: Pool) -> None:
    """An id that is the other clinic's names nobody here: the message gets a conversation of its own clinic."""
    await process(worker_pool, evolution_message("A", instance=OTHER_INSTANCE), source_id=3, clinic_id=OTHER_CLINIC)
    theirs = conversation(owner)

    await process(worker_pool, n8n_message(conversation_id=str(theirs["id"]), phone=None), source_id=2, kind="n8n")

    still_theirs, ours = conversations(owner)
    assert still_theirs == theirs
    assert (ours["clinic_id"], ours["unread_count"]) == (CLINIC, 1)


async def test_an_action_is_stored_once_and_told(owner: Owner, worker_pool: Pool) -> None:
    """Something happened around a conversation: agents see it in the conversation, and the list learns of a change."""
    action = n8n_action(external_id="act-1", timestamp="2026-11-20T09:00:00")
    for again in range(2):
        await process(worker_pool, action | {"attempt": again}, source_id=2, kind="n8n")

    [stored] = owner.execute("SELECT * FROM conversation_actions").fetchall()
    assert (stored["action_type"], stored["action_data"]) == ("appointment_created", {"appointment_id": 7})
    assert stored["created_at"] == moment()
    shown = conversation(owner)
    assert told(owner) == [
        (f"conversa:{shown['id']}", "conversation:updated"),
        ("empresa:1", "conversation:new"),
        ("empresa:1", "conversation:list:updated"),
    ]
    updated, _, listed = (entry["event"]["data"] for entry in outbox(owner))
    assert updated["version"] == listed["version"] == shown["version"]
    assert listed["eventType"] == "new"


async def test_an_event_relayed_by_n8n_and_the_same_one_direct_are_one_message(owner: Owner, worker_pool: Pool) -> None:
    """Both ways lead to the instance that it names; whoever comes second changes nothing."""
    body = evolution_message("A")

    await take_in(worker_pool, {"headers": {}, "params": {}, "query": {}, "body": body}, source_id=2, kind="n8n")
    await take_in(worker_pool, body)
    await work(worker_pool)

    assert (message(owner)["source_id"], conversation(owner)["unread_count"]) == (1, 1)
    assert conversation(owner)["source_id"] == 1


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
async def test_replies_leave_through_the_instance_last_heard_on(
    owner: Owner, worker_pool: Pool, together: bool
) -> None:
    """Of two instances the one that the newest message came by, in whatever order; an integration changes nothing."""
    owner.execute(
        "INSERT INTO sources (id, clinic_id, kind, name, token_hash) VALUES (9, 1, 'evolution', 'wa-2', sha256('2'))"
    )
    webhooks = [
        envelope(evolution_message("B", at=2, instance="wa-2"), source_id=9, received_at=moment(10)),
        envelope(evolution_message("A", at=1), source_id=1, received_at=moment(11)),
        envelope(n8n_message(timestamp=moment(3).isoformat()), source_id=2, kind="n8n", received_at=moment(12)),
    ]
    for batch in [webhooks] if together else [[webhook] for webhook in reversed(webhooks)]:
        await take_in_webhooks(worker_pool, batch)
        await work(worker_pool)

    shown = conversation(owner)
    assert (shown["source_id"], shown["heard_at"], shown["unread_count"]) == (9, moment(2), 3)


async def test_an_echo_of_nothing_we_sent_is_a_message_of_its_own(owner: Owner, worker_pool: Pool) -> None:
    """Another program sends through the same instance: its messages are seen as well."""
    await process(worker_pool, evolution_echo("A", "lembrete automático"))

    assert (message(owner)["sender_type"], message(owner)["delivery_status"]) == ("professional", "pending")


async def test_names_are_the_newest_of_the_best_origin(owner: Owner, worker_pool: Pool) -> None:
    """An integration knows better than a profile, and a late event does not bring an old name back."""
    await process(worker_pool, evolution_message("A", name="Mari 🌸", at=1))
    await process(worker_pool, evolution_message("B", name="Maria", at=3))
    await process(worker_pool, evolution_message("C", name="Mari 🌸", at=2))
    assert conversation(owner)["name"] == "Maria"

    await process(worker_pool, n8n_message(contact_name="Maria da Silva"), source_id=2, kind="n8n")
    await process(worker_pool, evolution_message("D", name="Mari", at=9))

    assert (conversation(owner)["name"], conversation(owner)["name_origin"]) == ("Maria da Silva", "integration")


async def test_a_name_that_was_seen_again_is_not_replaced_by_one_from_between(owner: Owner, worker_pool: Pool) -> None:
    """Ana at one and at three, Aninha at two: she is Ana, in whatever order that arrives."""
    for provider_id, name, at in (("A", "Ana", 1), ("C", "Ana", 3), ("B", "Aninha", 2)):
        await process(worker_pool, evolution_message(provider_id, name=name, at=at))

    assert conversation(owner)["name"] == "Ana"


async def test_a_conversation_that_was_opened_is_told_of_whatever_opened_it(owner: Owner, worker_pool: Pool) -> None:
    """A known message's repetition under another address opens a conversation: no list misses it."""
    await process(worker_pool, evolution_message("A"))
    owner.execute("DELETE FROM outbox")

    await process(worker_pool, evolution_message("A", phone="5511955550002"))

    assert len(messages(owner)) == 1
    assert [type_ for _, type_ in told(owner)] == ["conversation:new", "conversation:list:updated"]
    assert outbox(owner)[1]["event"]["data"]["eventType"] == "new"


async def test_the_claims_time_and_the_receivers_time_are_not_the_messages(owner: Owner, worker_pool: Pool) -> None:
    """An event that was long on its way is shown where it was said."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    said = evolution_message("A", at=(yesterday - moment()).total_seconds())

    await process(worker_pool, said)

    assert abs(message(owner)["timestamp"] - yesterday) < timedelta(seconds=1)
    assert message_fact().timestamp == moment()


async def test_a_column_that_a_migration_adds_costs_no_attempt(owner: Owner, database_url: str) -> None:
    """Connections have statements prepared that answer with whole rows; each forgets them as it is told so."""
    async with open_pool(database_url, "prosa_worker", size=1) as pool:
        await process(pool, evolution_message("A", "antes"))
        owner.execute("ALTER TABLE messages ADD COLUMN added_later text")
        try:
            await take_in(pool, evolution_message("B", "depois"))
            await work_to_the_end(pool, owner, max_attempts=1)
        finally:
            owner.execute("ALTER TABLE messages DROP COLUMN added_later")

    assert dead(owner) == []
    assert {row["provider_id"] for row in messages(owner)} == {"A", "B"}
