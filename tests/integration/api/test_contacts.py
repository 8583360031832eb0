"""The people a clinic talks to: found, looked at and corrected."""

import re
from typing import Any

import pytest
from psycopg.rows import DictRow

from services.api.models.contacts import ChangedContact, ContactDetail, ContactList
from services.api.models.conversations import ConversationList
from services.api.stores import found_contacts
from services.api.stores.found_contacts import FEW
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner, add_contact, add_conversation, insert
from tests.integration.api.test_transferring import NOTHING, effects, told

PATH = "/api/contacts"


async def change(caller: Caller, contact: Any, version: int | None = None, **body: Any) -> Answer:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return await caller.call("PATCH", f"{PATH}/{contact}", json=body, headers=headers)


async def names(caller: Caller, **params: Any) -> list[str]:
    return [contact["name"] for contact in (await caller.get(PATH, **params)).ok(ContactList)["contacts"]]


async def test_another_clinics_contact_is_not_there(ana: Caller, carla: Caller, owner: Owner) -> None:
    """The same 404 as for what is nowhere, and no search, page or change reaches it."""
    theirs = add_contact(owner, name="Maria Silva")
    nowhere = (await carla.get(f"{PATH}/999999")).problem(404)
    for odd in (theirs["id"], "x", "0", "9" * 19):
        assert (await carla.get(f"{PATH}/{odd}")).problem(404) == nowhere
        assert (await carla.get(f"{PATH}/{odd}/conversations")).problem(404) == nowhere
        assert (await change(carla, odd, name="Eva")).problem(404) == nowhere
    assert await names(carla, q="Maria") == await names(carla, q=theirs["phone"]) == await names(carla) == []
    assert await names(ana, q="Maria") == ["Maria Silva"]
    assert effects(owner) == NOTHING


@pytest.fixture(params=[FEW, 0], ids=["few", "many"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found is named, or recognised as it is met: that must not make a difference."""
    monkeypatch.setattr(found_contacts, "FEW", request.param)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("text", ["jose", "JOSÉ", "conceicao josé", "Jose\u0301 Conceic\u0327a\u0303o", "ã"])
async def test_a_name_is_found_without_its_accents(ana: Caller, owner: Owner, text: str) -> None:
    """Each word must be in it, in whatever order and however accents are encoded."""
    add_contact(owner, name="José da Conceição")
    add_contact(owner, name="Olívio 100%")
    found = await names(ana, q=text)
    assert found == ["José da Conceição"]
    assert await names(ana, q="jose olivio") == []
    assert await names(ana, q="0%") == ["Olívio 100%"]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("text", ["(11) 96586-0124", "11 6586-0124", "+55 11 6586 0124", "96586-0124", "011965860124"])
async def test_a_phone_is_found_however_it_is_written(ana: Caller, owner: Owner, text: str) -> None:
    """Also one that is only another name of the contact."""
    add_contact(owner, name="Maria", phone="5511965860124")
    other = add_contact(owner, name="Lia", phone=None)
    insert(owner, "contact_identities", clinic_id=1, kind="phone", value="5511965860124", contact_id=other["id"])
    add_contact(owner, name="Bia", phone="5511965860125")
    assert await names(ana, q=text) == ["Lia", "Maria"]


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    "names_of", [("Xu", "Xuxa", "José", "Ana Xu"), ("A_b", "Aab", "100%", "1000"), ("ÀÉ ç", "aé C", "ae", "É" * 200)]
)
async def test_every_part_of_a_name_finds_whoever_has_it(ana: Caller, owner: Owner, names_of: tuple[str, ...]) -> None:
    """Of whatever length and wherever it stands: those that are found are those whose folded name has it in it."""
    for name in names_of:
        add_contact(owner, name=name, phone=None)
    parts = {name[at : at + size] for name in names_of for size in (1, 2, 3, 5) for at in range(min(len(name), 9))}
    for part in sorted(part for part in parts if part.strip() and not re.fullmatch(r"[\d\s()+.-]+", part)):
        rows = owner.execute(
            "SELECT name FROM contacts WHERE clinic_id = 1 AND (SELECT bool_and(strpos(folded(name), folded(w)) > 0)"
            " FROM unnest(%s::text[]) w) ORDER BY id DESC",
            [part.split()],
        ).fetchall()
        assert await names(ana, q=part) == [row["name"] for row in rows], part


@pytest.mark.usefixtures("few")
async def test_a_search_goes_on_from_page_to_page(ana: Caller, owner: Owner) -> None:
    """By name and by phone at once, each once; blanks alone look for nothing."""
    everybody = [add_contact(owner, name=f"Pessoa {n} 1199", phone=f"5511990000{n:03}")["id"] for n in range(7)]
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ana.get(PATH, q="1199", limit=3, **cursor)).ok(ContactList)
        seen += [int(contact["id"]) for contact in page["contacts"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == everybody[::-1]
    assert len(await names(ana, q="  ")) == len(await names(ana))


STRETCHES = ("idx_contacts_name_stretches", "idx_contacts_phone_stretches", "idx_contact_identities_stretches")


def scans_of(owner: Owner, words: list[str], phones: list[str]) -> dict[str, int]:
    """How often each index of contacts and their addresses was looked up, and the tables read whole, as the API's role."""
    # (The planner itself looks up the ends of the primary key.)
    watched = ("contacts", "contact_identities", *STRETCHES, "idx_contacts_clinic_id")
    columns = ", ".join(f"pg_stat_get_xact_numscans('{name}'::regclass) AS {name}" for name in watched)

    def counted() -> DictRow:
        [row] = owner.execute(f"SELECT {columns}".encode()).fetchall()
        return row

    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL ROLE prosa_api")
        owner.execute("SELECT set_config('prosa.clinic_id', '1', true)")
        before = counted()
        owner.execute("SELECT matching_contacts(%s, %s::text[], 51)", [words, phones])
        after = counted()
    return {name: after[name] - before[name] for name in watched if after[name] > before[name]}


def test_parts_of_names_and_numbers_are_looked_up_in_their_indexes(owner: Owner) -> None:
    """Under the API's role, and however common they are."""
    owner.execute(
        "INSERT INTO contacts (clinic_id, name, phone)"
        " SELECT 1 + n %% 2, 'Pessoa ' || n, '5511' || 900000000 + n FROM generate_series(1, 4000) n".replace("%%", "%")
    )
    owner.execute(
        "INSERT INTO contact_identities (clinic_id, kind, value, contact_id)"
        " SELECT clinic_id, 'phone', phone, id FROM contacts WHERE phone LIKE '55119%'"
    )
    owner.execute("ANALYZE contacts, contact_identities")
    assert scans_of(owner, ["3711"], []) == {"idx_contacts_name_stretches": 1}
    assert set(scans_of(owner, ["900003712"], ["900003712"])) == set(STRETCHES)
    assert "contacts" not in scans_of(owner, ["essoa"], [])


def test_nobody_finds_a_contact_without_a_clinic(owner: Owner) -> None:
    """The door past row-level security opens on the transaction's own clinic."""
    add_contact(owner, name="Zuleica")
    for clinic, found in (("", 0), ("2", 0), ("1", 1)):
        with owner.transaction(force_rollback=True):
            owner.execute("SET LOCAL ROLE prosa_api")
            owner.execute("SELECT set_config('prosa.clinic_id', %s, true)", [clinic])
            [row] = owner.execute("SELECT matching_contacts('{leic}', '{5511}', 9) AS ids").fetchall()
            assert len(row["ids"]) == found


async def test_pages_have_everybody_once_while_they_change(ana: Caller, owner: Owner) -> None:
    """Who is renamed or met between two pages moves nobody."""
    everybody = [add_contact(owner, name=f"Pessoa {number}")["id"] for number in range(5)]
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await ana.get(PATH, limit=2, **cursor)).ok(ContactList)
        seen += [int(contact["id"]) for contact in page["contacts"]]
        owner.execute("UPDATE contacts SET name = 'A' || name, updated_at = clock_timestamp()")
        add_contact(owner)
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [contact for contact in seen if contact in everybody] == everybody[::-1]
    [error] = (await ana.get(PATH, cursor="x")).problem(400)["errors"]
    assert error["path"] == "cursor"


async def test_a_detail_has_names_and_conversations(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """And its version as ETag."""
    contact = conversation["contact_id"]
    insert(owner, "contact_identities", clinic_id=1, kind="lid", value="1@lid", contact_id=contact)
    answer = await ana.get(f"{PATH}/{contact}")
    detail = answer.ok(ContactDetail)
    assert detail["identities"] == [{"kind": "lid", "value": "1@lid"}]
    assert (detail["conversation_count"], answer.headers["ETag"]) == (1, '"1"')
    add_conversation(owner)
    listed = (await ana.get(f"{PATH}/{contact}/conversations")).ok(ConversationList)
    assert [found["id"] for found in listed["conversations"]] == [str(conversation["id"])]
    assert (listed["total"], listed["next_cursor"]) == (1, None)


async def test_a_new_name_is_told_and_stays(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """One version, one row of the audit log, a newer entry in everybody's list, and no profile's name replaces it."""
    contact = conversation["contact_id"]
    done = (await change(ana, contact, 1, name=" Maria Souza ", email="m@x.test")).ok(ChangedContact)
    assert (done["contact"]["name"], done["contact"]["version"], done["changed"]) == ("Maria Souza", 2, True)
    [event] = told(owner)
    assert (event["type"], event["channel"]) == ("conversation:list:updated", "empresa:1")
    listed = (await ana.get("/api/conversations-simple")).ok(ConversationList)["conversations"][0]
    assert (listed["contact_name"], listed["version"]) == ("Maria Souza", event["data"]["version"])
    [audit] = owner.execute(
        "SELECT action, subject_id, data FROM audit_log WHERE action <> 'conversation.read'"
    ).fetchall()
    assert (audit["action"], audit["subject_id"]) == ("contact.changed", str(contact))
    assert audit["data"]["before"] == {"name": "Maria Silva", "email": None}
    [row] = owner.execute("SELECT name_origin FROM contacts").fetchall()
    assert row["name_origin"] == "agent"


async def test_what_is_so_already_is_no_change_of_a_contact(ana: Caller, owner: Owner, conversation: DictRow) -> None:
    """Asked twice, nobody is told twice."""
    again = (await change(ana, conversation["contact_id"], name="Maria Silva", email=None)).ok(ChangedContact)
    assert (again["changed"], again["contact"]["version"]) == (False, 1)
    assert effects(owner) == NOTHING


async def test_who_has_not_seen_a_contact_is_told_who_changed_it(
    ana: Caller, bruno: Caller, owner: Owner, conversation: DictRow
) -> None:
    """Also where it was nobody: workers' changes count too."""
    contact = conversation["contact_id"]
    (await change(bruno, contact, 1, name="Maria Souza")).ok(ChangedContact)
    stale = (await change(ana, contact, 1, name="Mari")).problem(412)
    assert (stale["code"], stale["version"], stale["contact"]["name"]) == ("stale", 2, "Maria Souza")
    assert stale["changed_by"]["name"] == "Bruno Lima"
    assert stale["changed_by"]["before"] == {"name": "Maria Silva"}
    owner.execute("UPDATE contacts SET phone = '5511900000000'")
    stale = (await change(ana, contact, 2, name="Mari")).problem(412)
    assert (stale["version"], stale["changed_by"]) == (3, None)


@pytest.mark.parametrize(
    ("body", "path"),
    [({}, ""), ({"name": " "}, "name"), ({"name": None}, "name"), ({"email": "x"}, "email"), ({"phone": "1"}, "phone")],
)
async def test_an_unusable_contact_names_what_is_wrong(
    ana: Caller, conversation: DictRow, body: dict[str, Any], path: str
) -> None:
    """A 400 with the field's path."""
    [error] = (await ana.call("PATCH", f"{PATH}/{conversation['contact_id']}", json=body)).problem(400)["errors"]
    assert error["path"] == path
