from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.api.models.conversations import ConversationList
from services.api.stores import found_contacts
from services.api.stores.found_contacts import FEW
from shared.events.clinic_time import from_clinic_time
from tests.integration.api.client import Caller
from tests.integration.api.factories import Owner, add_contact, add_conversation, add_message

PATH = "/api/conversations-simple"
NOON = datetime(2025, 6, 27, 15, 0, tzinfo=UTC)


async def listed(caller: Caller, **params: Any) -> list[str]:
    body = (await caller.get(PATH, **params)).ok(ConversationList)
    return [conversation["id"] for conversation in body["conversations"]]


def user_id(owner: Owner, email: str) -> int:
    row = owner.execute("SELECT id FROM users WHERE email = %s", [email]).fetchone()
    assert row is not None
    return int(row["id"])


async def test_a_list_needs_a_token(nobody: Caller) -> None:
    """Nothing of a clinic is public."""
    (await nobody.get(PATH)).problem(401)


UNUSABLE = [
    ({"limit": "0"}, "limit"),
    ({"limit": "201"}, "limit"),
    ({"limit": "many"}, "limit"),
    ({"status": "open"}, "status"),
    ({"priority": "highest"}, "priority"),
    ({"assigned_to": "ana"}, "assigned_to"),
    ({"assigned_to": "99999999999999999999"}, "assigned_to"),
    ({"q": "x" * 101}, "q"),
    ({"q": "\0"}, "q"),
    ({"label": "urgente"}, "label"),
    ({"cursor": "nonsense"}, "cursor"),
    ({"cursor": "AQAAAAAAAAAAAAAAAAAAAAA="}, "cursor"),
    ({"cursor": "é"}, "cursor"),
]


async def test_an_unusable_parameter_is_a_400_that_names_it(ana: Caller) -> None:
    """A typo is told, not guessed at."""
    for params, path in UNUSABLE:
        [error] = (await ana.get(PATH, **params)).problem(400)["errors"]
        assert error["path"] == path, params


async def test_an_empty_list_is_complete(ana: Caller) -> None:
    """A new clinic has nothing, and no next page."""
    assert (await ana.get(PATH)).ok(ConversationList) == {"conversations": [], "total": 0, "next_cursor": None}


async def test_empty_parameters_count_as_absent(ana: Caller, owner: Owner) -> None:
    """The old clients send all of them, always."""
    conversation = add_conversation(owner)
    empty = {"status": "", "assigned_to": "", "priority": "", "q": "", "cursor": "", "limit": ""}
    assert await listed(ana, **empty) == [str(conversation["id"])]


async def test_what_happened_last_is_first(ana: Caller, owner: Owner) -> None:
    """The order is that of the last message, or of the creation; equal times are ordered by id."""
    old = add_conversation(owner, created_at=NOON - timedelta(days=9), last_message_at=NOON)
    new = add_conversation(owner, created_at=NOON + timedelta(minutes=1))
    twin = add_conversation(owner, created_at=NOON)
    assert await listed(ana) == [str(row["id"]) for row in (new, twin, old)]


async def test_a_conversation_is_shown_whole(ana: Caller, owner: Owner) -> None:
    """What the sidebar shows comes with one request, times in the clinic's zone and milliseconds."""
    contact = add_contact(owner, name="Caio Rodrigo", phone="5511965860124")
    at = from_clinic_time("2025-06-27T00:59:16.363", "America/Sao_Paulo")
    assert at == datetime(2025, 6, 27, 3, 59, 16, 363000, tzinfo=UTC)
    conversation = add_conversation(
        owner,
        contact_id=contact["id"],
        external_id="5511965860124551150391104",
        priority="high",
        unread_count=3,
        last_message_id=77,
        last_message="Bom dia",
        last_message_type="text",
        last_message_sender="patient",
        last_message_at=at,
        created_at=at - timedelta(days=1),
        updated_at=at,
        version=5,
    )
    [shown] = (await ana.get(PATH)).ok(ConversationList)["conversations"]
    assert shown == {
        "id": str(conversation["id"]),
        "contact_id": str(contact["id"]),
        "contact_name": "Caio Rodrigo",
        "contact_phone": "5511965860124",
        "external_id": "5511965860124551150391104",
        "status": "active",
        "priority": "high",
        "assigned_to": None,
        "unread_count": 3,
        "label_ids": [],
        "last_message_id": "77",
        "last_message": "Bom dia",
        "last_message_type": "text",
        "last_message_sender": "patient",
        "timestamp": "2025-06-27T00:59:16.363-03:00",
        "created_at": "2025-06-26T00:59:16.363-03:00",
        "updated_at": "2025-06-27T00:59:16.363-03:00",
        "version": 5,
    }


async def test_a_conversation_without_messages_shows_its_creation(ana: Caller, owner: Owner) -> None:
    """There is always a time to show."""
    add_conversation(owner, created_at=NOON)
    [shown] = (await ana.get(PATH)).ok()["conversations"]
    assert shown["timestamp"] == shown["created_at"] == "2025-06-27T12:00:00.000-03:00"


async def test_filters_narrow_and_the_total_follows(ana: Caller, owner: Owner) -> None:
    """Each filter alone and all together choose what they say."""
    mine, his = user_id(owner, "ana@demo.test"), user_id(owner, "bruno@demo.test")
    plain = add_conversation(owner)
    archived = add_conversation(owner, status="archived", assigned_to=his)
    urgent = add_conversation(owner, priority="urgent", assigned_to=mine)
    expected = {
        (("status", "active"),): {plain["id"], urgent["id"]},
        (("status", "archived"),): {archived["id"]},
        (("priority", "urgent"),): {urgent["id"]},
        (("assigned_to", "me"),): {urgent["id"]},
        (("assigned_to", "none"),): {plain["id"]},
        (("assigned_to", str(his)),): {archived["id"]},
        (("assigned_to", "9223372036854775807"),): set(),
        (("assigned_to", "me"), ("priority", "urgent"), ("status", "active")): {urgent["id"]},
        (("assigned_to", "me"), ("status", "archived")): set(),
    }
    for params, ids in expected.items():
        body = (await ana.get(PATH, **dict(params))).ok(ConversationList)
        assert {conversation["id"] for conversation in body["conversations"]} == {str(row_id) for row_id in ids}
        assert body["total"] == len(ids)


SEARCHES: list[tuple[str, set[str]]] = [
    ("ana", {"Ana_Maria 100%", "Mariana"}),
    ("100%", {"Ana_Maria 100%"}),
    ("a_m", {"Ana_Maria 100%"}),
    ("%", {"Ana_Maria 100%"}),
    ("(11) 96586", {"Mariana"}),
    ("\\", set()),
    ("'; DROP TABLE contacts; --", set()),
]


@pytest.mark.parametrize("few", [FEW, 0], ids=["few", "many"])
async def test_a_search_finds_parts_of_names_and_phones(
    ana: Caller, owner: Owner, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Capitals and accents make no difference, and nothing typed is a wildcard, however common it is."""
    monkeypatch.setattr(found_contacts, "FEW", few)
    for name, phone in (("Ana_Maria 100%", "551130001111"), ("Mariana", "5511965860124"), ("José", None)):
        add_conversation(owner, contact_id=add_contact(owner, name=name, phone=phone)["id"])
    for q, names in SEARCHES:
        body = (await ana.get(PATH, q=q)).ok(ConversationList)
        assert {conversation["contact_name"] for conversation in body["conversations"]} == names, q
        assert body["total"] == len(names) if few else body["total"] <= len(names)


async def test_a_search_of_many_goes_on_from_page_to_page(
    ana: Caller, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those active last first, other filters beside it; the total is at least that of the contacts that are counted."""
    monkeypatch.setattr(found_contacts, "FEW", 3)
    rows = [
        add_conversation(
            owner,
            contact_id=add_contact(owner, name=f"Ana {n}", phone=f"55119{n:08}")["id"],
            created_at=NOON - timedelta(minutes=n),
            status="archived" if n % 3 == 0 else "active",
        )
        for n in range(9)
    ]
    first = (await ana.get(PATH, q="ána", status="active", limit=4)).ok(ConversationList)
    rest = await listed(ana, q="ána", status="active", limit=4, cursor=first["next_cursor"])
    expected = [str(row["id"]) for n, row in enumerate(rows) if n % 3]
    assert [entry["id"] for entry in first["conversations"]] + rest == expected
    assert 1 <= first["total"] <= 4


async def test_pages_follow_one_another_without_gap_or_repetition(ana: Caller, owner: Owner) -> None:
    """Seven of one instant and three others, two at a time; the total is that of all pages."""
    rows = [add_conversation(owner, created_at=NOON + timedelta(minutes=max(0, n - 6))) for n in range(10)]
    everything = [str(row["id"]) for row in sorted(rows, key=lambda row: (row["activity_at"], row["id"]), reverse=True)]
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        body = (await ana.get(PATH, **params)).ok(ConversationList)
        assert body["total"] == 10
        seen += [conversation["id"] for conversation in body["conversations"]]
        if body["next_cursor"] is None:
            break
        params["cursor"] = body["next_cursor"]
    assert seen == everything


async def test_a_cursor_is_stable_while_rows_change(ana: Caller, owner: Owner) -> None:
    """A message in a conversation already seen, or its end, neither repeats nor hides what comes after."""
    rows = [add_conversation(owner, created_at=NOON - timedelta(minutes=n)) for n in range(6)]
    first = (await ana.get(PATH, limit=3)).ok()
    owner.execute("UPDATE conversations SET last_message_at = %s WHERE id = %s", [NOON, rows[2]["id"]])
    owner.execute("DELETE FROM conversations WHERE id = %s", [rows[0]["id"]])
    add_conversation(owner, created_at=NOON + timedelta(hours=1))
    assert await listed(ana, limit=3, cursor=first["next_cursor"]) == [str(row["id"]) for row in rows[3:]]


async def test_a_full_last_page_has_no_next(ana: Caller, owner: Owner) -> None:
    """A page that ends with the list says so."""
    for _ in range(2):
        add_conversation(owner)
    assert (await ana.get(PATH, limit=2)).ok()["next_cursor"] is None


async def test_a_list_takes_two_statements(ana: Caller, owner: Owner, statements: list[tuple[Any, Any]]) -> None:
    """However many conversations, with or without filters and cursor."""
    for _ in range(5):
        add_message(owner, add_conversation(owner))
    first = (await ana.get(PATH, limit=2)).ok()
    assert len(statements) == 2
    statements.clear()
    await ana.get(PATH, limit=2, cursor=first["next_cursor"], q="Contato", status="active")
    assert len(statements) == 2
