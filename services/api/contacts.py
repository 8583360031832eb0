"""What is read and decided of the people a clinic talks to. Each function is one transaction."""

from typing import Any

from psycopg.rows import DictRow

from services.api.contact_search import contact_search
from services.api.cursors import EPOCH, CursorKind, Position, encode_cursor
from services.api.models.contacts import ContactBody, ContactQuery, contact_object, detail_object
from services.api.models.conversations import PageQuery
from services.api.problems import ProblemError, contact_not_found, stale_contact
from services.api.reader import Reader
from services.api.reading import conversations_after, list_page, list_position
from services.api.references import parse_id
from services.api.sending import list_event
from services.api.sessions import Speaker, speaker_transaction
from services.api.stores.audit import note_audit
from services.api.stores.contacts import (
    find_contact,
    list_contacts,
    list_identities,
    lock_contact,
    lock_conversations_with,
    store_contact,
    touch_conversations,
    who_changed,
)
from services.api.stores.conversations import ConversationFilter
from services.api.stores.found_contacts import find_contacts
from services.api.telling import append_outbox, note_stale
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.events.cached import patient_key


async def read_contacts(reader: Reader, claims: Claims, query: ContactQuery) -> dict[str, Any]:
    """A page of the clinic's contacts."""
    before = None if query.cursor is None else list_position(CursorKind.CONTACTS, "cursor", query.cursor).id
    search = contact_search(query.q or "")

    async def listed(connection: Connection) -> list[DictRow]:
        found = None if search is None else await find_contacts(connection, search)
        return await list_contacts(connection, claims.clinic_id, found, before, query.limit + 1)

    rows = await reader.read_for(claims, listed)
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return {
        "contacts": [contact_object(row) for row in page],
        "next_cursor": encode_cursor(CursorKind.CONTACTS, Position(EPOCH, page[-1]["id"])) if more else None,
    }


async def read_contact(reader: Reader, claims: Claims, contact: str) -> dict[str, Any]:
    """A contact and the names under which it is known. Raises ProblemError (404)."""
    return await reader.read_for(claims, lambda connection: contact_detail(connection, claims.clinic_id, contact))


async def contact_detail(connection: Connection, clinic_id: int, contact: str) -> dict[str, Any]:
    """The same, in two statements of an open transaction."""
    row = await _existing(connection, clinic_id, contact)
    return detail_object(row, await list_identities(connection, clinic_id, row["id"]))


async def read_conversations(reader: Reader, claims: Claims, contact: str, query: PageQuery) -> dict[str, Any]:
    """A page of the conversations with a contact. Raises ProblemError (404)."""
    after = conversations_after(query)

    async def page(connection: Connection) -> dict[str, Any]:
        row = await _existing(connection, claims.clinic_id, contact)
        chosen = ConversationFilter(contact_id=row["id"])
        return await list_page(connection, claims.clinic_id, chosen, query.limit, after)

    return await reader.read_for(claims, page)


async def change_contact(
    pool: Pool, claims: Claims, contact: str, body: ContactBody, version: int | None
) -> dict[str, Any]:
    """Correct what is known of a contact, under its lock. Raises ProblemError (401, 404, 412)."""
    async with speaker_transaction(pool, claims) as speaker:
        contact_id = parse_id(contact) or 0
        await lock_conversations_with(speaker.connection, claims.clinic_id, contact_id)
        row = await lock_contact(speaker.connection, claims.clinic_id, contact_id)
        if row is None:
            raise contact_not_found()
        if version not in (None, row["version"]):
            raise await stale(speaker.connection, claims.clinic_id, row)
        news = body.news(row)
        if not news:
            return {"contact": contact_object(row), "changed": False}
        return {"contact": await _store(speaker, row, news), "changed": True}


async def _store(speaker: Speaker, contact: DictRow, news: dict[str, Any]) -> dict[str, Any]:
    connection, clinic_id, contact_id = speaker.connection, speaker.clinic_id, contact["id"]
    entry: dict[str, Any] = {"name": contact["name"], "email": contact["email"], **news}
    changed = {**contact, **await store_contact(connection, clinic_id, contact_id, **entry)}
    audited = {"before": {name: contact[name] for name in news}, "after": news, "version": changed["version"]}
    await note_audit(connection, clinic_id, speaker.user_id, "contact.changed", ("contact", contact_id), audited)
    conversations = await touch_conversations(connection, clinic_id, contact_id)
    events = [list_event(clinic_id, conversation, contact["timezone"]) for conversation in conversations]
    note_stale(patient_key(contact_id))  # for the relay the contacts' triggers have noted it
    await append_outbox(connection, clinic_id, events)
    return contact_object(changed)


async def _existing(connection: Connection, clinic_id: int, contact: str) -> DictRow:
    contact_id = parse_id(contact)
    row = contact_id and await find_contact(connection, clinic_id, contact_id)
    if not row:
        raise contact_not_found()
    return row


async def stale(connection: Connection, clinic_id: int, contact: DictRow) -> ProblemError:
    """That somebody has not seen the contact as it is, and who made it so."""
    person = await who_changed(connection, clinic_id, contact["id"], contact["version"])
    changed_by = person and {**person, "id": str(person["id"])}
    return stale_contact(contact_object(contact), changed_by)
