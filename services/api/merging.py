"""Somebody says that two contacts are one person. One transaction, written down and told like the worker's own merges."""

from typing import Any

from psycopg.rows import DictRow

from services.api.contacts import stale
from services.api.desk import Desk, desk_of
from services.api.models.contacts import contact_object
from services.api.problems import ProblemError, contact_not_found, invalid_parameter, unavailable
from services.api.references import parse_id
from services.api.sending import list_event
from services.api.stores import merging as store
from services.api.stores.contacts import find_contact
from services.api.stores.conversations import refresh_last_message, touch_conversation
from services.api.telling import append_outbox, note_stale
from shared.auth.tokens import Claims
from shared.db.contact_merging import hand_over, merge_contact, merge_conversation, note_merge
from shared.db.pool import Pool
from shared.events.cached import patient_key
from shared.events.live import LiveEvent
from shared.events.merged import Moved, merge_events

MOST_TRIES = 3


class _OpenedMeanwhileError(Exception):
    """One of the two got a conversation between our looking for it and our locking them."""


async def merge_by_hand(pool: Pool, claims: Claims, contact: str, other: str, version: int | None) -> dict[str, Any]:
    """The contact that `other` went into. Raises ProblemError (400, 401, 403, 404, 409, 412)."""
    into, gone = parse_id(contact), parse_id(other)
    if into is not None and into == gone:
        raise invalid_parameter("contact_id", "Should be another contact")
    for _ in range(MOST_TRIES):
        try:
            async with desk_of(pool, claims, "merge_contacts") as at:
                return await _merge(at, into or 0, gone or 0, version)
        except _OpenedMeanwhileError:
            continue
    raise unavailable("Much is coming in for these contacts; try again.")


async def _merge(at: Desk, into: int, gone: int, version: int | None) -> dict[str, Any]:
    conversations = await store.lock_conversations_of(at.connection, at.clinic_id, [into, gone])
    contacts = await store.lock_contacts(at.connection, at.clinic_id, [into, gone])
    if into not in contacts:
        raise await _gone_or_unknown(at, into)
    contact = contacts[into]
    if gone not in contacts:
        if await store.merged_into(at.connection, at.clinic_id, gone) == into:
            return {"contact": contact_object(contact), "merged": False}
        raise await _gone_or_unknown(at, gone)
    if version not in (None, contact["version"]):
        raise await stale(at.connection, at.clinic_id, contact)
    if await store.being_erased(at.connection, at.clinic_id, [into, gone]):
        raise ProblemError(409, "One of the two is being erased.", code="being_erased")
    # With both contacts locked nobody can open one any more.
    if await store.lock_conversations_of(at.connection, at.clinic_id, [into, gone]) != conversations:
        raise _OpenedMeanwhileError
    await _join(at, gone, into, conversations)
    row = await find_contact(at.connection, at.clinic_id, into)
    return {"contact": contact_object(row or contact), "merged": True}


async def _join(at: Desk, gone: int, into: int, conversations: dict[int, int]) -> None:
    """What is `gone`'s becomes `into`'s, in the worker's order."""
    theirs, ours = conversations.get(gone), conversations.get(into)
    moved = list[Moved]()
    if theirs is not None and ours is not None:
        last_version = await merge_conversation(at.connection, at.clinic_id, theirs, ours)
        moved.append(Moved(theirs, ours, last_version + 1))
    elif theirs is not None:
        await hand_over(at.connection, at.clinic_id, theirs, into)
    await merge_contact(at.connection, at.clinic_id, gone, into)
    await note_merge(at.connection, at.clinic_id, gone, into, theirs if moved else None, at.user_id)
    for contact in (gone, into):
        note_stale(patient_key(contact))  # for the relay the contacts' triggers have noted it
    await append_outbox(at.connection, at.clinic_id, await _told(at, moved, ours or theirs))


async def _told(at: Desk, moved: list[Moved], home: int | None) -> list[LiveEvent]:
    """The conversation that remains is called and filled otherwise now; who has the other open is sent on."""
    if home is None:
        return []
    newer = refresh_last_message if moved else touch_conversation
    changed: DictRow = await newer(at.connection, at.clinic_id, home)
    versions = {home: changed["version"]}
    events = merge_events(moved, versions, at.clinic_id, at.timezone, at.now)
    return [*events, list_event(at.clinic_id, changed, at.timezone)]


async def _gone_or_unknown(at: Desk, contact: int) -> ProblemError:
    into = await store.merged_into(at.connection, at.clinic_id, contact)
    if into is None:
        return contact_not_found()
    detail = "This contact is one with another already."
    return ProblemError(409, detail, code="merged", contact_id=str(contact), merged_into=str(into))
