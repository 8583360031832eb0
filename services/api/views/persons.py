"""Everything that there is of one person: exported, held, erased. For admins, each with a reason that stays in the log."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from aiohttp import web
from psycopg.rows import DictRow

from services.api.answers import json_answer
from services.api.cursors import CursorKind
from services.api.desk import Desk, desk
from services.api.models.persons import (
    ErasureBody,
    ErasureQuery,
    PersonReasonBody,
    PersonReasonQuery,
    erasure_object,
    hold_object,
)
from services.api.parsing import parse_body, parse_query
from services.api.problems import ProblemError, contact_not_found
from services.api.references import parse_id
from services.api.stores import persons as store
from services.api.stores.contacts import lock_conversations_with
from services.api.stores.person_export import CLASSES, export_page, first_key
from services.api.telling import append_outbox, note_stale
from services.api.views.dead_letters import cursor_after, position
from shared.events.cached import contact_change, conversations_key, detail_key
from shared.events.live import encode_json
from shared.privacy.traces import Traces

EXPORT_PAGE = 1000


async def export_person(request: web.Request) -> web.StreamResponse:
    """All that there is of a person, as NDJSON: each line has a `type` and `data`; the first is the contact, the last `end`.

    Files are fetched one by one, under the `url` of each attachment. Without the last line the export is not complete.
    """
    query = parse_query(request, PersonReasonQuery)
    async with desk(request, "privacy") as at:
        contact = await _person(at, request)
        traces = await store.trace_person(at.connection, at.clinic_id, contact)
        await at.audit("contact.exported", "contact", contact["id"], {"reason": query.reason})
        first = {"contact": _plain(contact), "identities": traces.identities, "merged_contacts": traces.contacts}
    headers = {"Content-Type": "application/x-ndjson", "Content-Disposition": 'attachment; filename="person.ndjson"'}
    answer = web.StreamResponse(headers=headers)
    await answer.prepare(request)
    await answer.write(_line("contact", first))
    written = 1
    async for what, page in _pages(request, traces):
        lines = [_line(what, row["data"]) for row in page if row["data"] is not None]
        if lines:  # an empty chunk would be the last
            await answer.write(b"".join(lines))
            written += len(lines)
    await answer.write(_line("end", {"lines": written}))
    await answer.write_eof()
    return answer


async def _pages(request: web.Request, traces: Traces) -> AsyncIterator[tuple[str, list[DictRow]]]:
    """Page by page, each in its own transaction: a slow reader holds nothing in Postgres."""
    for what in CLASSES:
        after = first_key(what)
        while True:
            async with desk(request, "privacy") as at:
                page = await export_page(at.connection, at.clinic_id, traces, what, after, EXPORT_PAGE)
            if page:
                yield what, page
            if len(page) < EXPORT_PAGE:
                break
            last = page[-1]["key"]
            after = last if isinstance(last, int) else str(last)


async def erase_person(request: web.Request) -> web.Response:
    """Erase a person, everywhere; `dry_run` only counts. Asked twice, it is one erasure.

    Their addresses are taken away at once, so whoever writes from one of them is somebody new; the rest is done by workers,
    step by step. A hold makes it a 409 with the code `held`, and stops one that has begun.
    """
    body = await parse_body(request, ErasureBody)
    async with desk(request, "privacy") as at:
        await lock_conversations_with(at.connection, at.clinic_id, parse_id(request.match_info["contact_id"]) or 0)
        contact = await _person(at, request)
        erasure = await store.find_unfinished(at.connection, at.clinic_id, contact["id"])
        traces = await store.trace_person(at.connection, at.clinic_id, contact)
        if body.dry_run:
            counts = await store.count_traces(at.connection, at.clinic_id, traces)
        elif erasure is None:
            erasure = await _begin(at, contact, traces, body.reason)
    found = {"dry_run": body.dry_run, "counts": counts if body.dry_run else None, "hold": hold_object(contact, at.time)}
    return json_answer({**found, "erasure": erasure and erasure_object(erasure, at.time)})


async def _begin(at: Desk, contact: DictRow, traces: Traces, reason: str) -> DictRow:
    if hold := hold_object(contact, at.time):
        raise ProblemError(409, f"The person is held, by {hold['by']}: {hold['reason']}", code="held", hold=hold)
    erasure = await store.begin_erasure(
        at.connection, at.clinic_id, contact["id"], traces, reason=reason, requested_by=at.user_id
    )
    await _tell_addresses_gone(at, contact["id"], traces)
    audited = {"erasure": erasure["id"], "reason": reason}
    await at.audit("contact.erasure_asked", "contact", contact["id"], audited)
    return erasure


async def _tell_addresses_gone(at: Desk, contact_id: int, traces: Traces) -> None:
    """Have everything dropped that shows an address of the person, or is found by one. The outbox must name none."""
    for external_id in traces.external_ids:
        note_stale(detail_key(external_id))
    stale = (conversations_key(at.clinic_id), *(detail_key(conversation) for conversation in traces.conversations))
    await append_outbox(at.connection, at.clinic_id, [replace(contact_change(contact_id), stale=stale)])


async def hold_person(request: web.Request) -> web.Response:
    """Keep everything of a person: no erasure and no retention deletes any of it. A second hold replaces the reason."""
    body = await parse_body(request, PersonReasonBody)
    async with desk(request, "privacy") as at:
        contact = await _person(at, request)
        held = await store.hold(at.connection, at.clinic_id, contact["id"], at.name, body.reason)
        await at.audit("contact.held", "contact", contact["id"], {"reason": body.reason})
    return json_answer({"contact_id": str(contact["id"]), "hold": hold_object(held, at.time)})


async def release_person(request: web.Request) -> web.Response:
    """End a hold; an erasure that it stopped goes on. What is not held stays so."""
    query = parse_query(request, PersonReasonQuery)
    async with desk(request, "privacy") as at:
        contact = await _person(at, request)
        if contact["held_at"] is not None:
            await store.release(at.connection, at.clinic_id, contact["id"])
            await at.audit("contact.released", "contact", contact["id"], {"reason": query.reason})
    return json_answer({"contact_id": str(contact["id"]), "hold": None})


async def erasures(request: web.Request) -> web.Response:
    """Who was or is being erased, the newest first: what stays of them names nobody."""
    query = parse_query(request, ErasureQuery)
    before = None if query.cursor is None else position(CursorKind.ERASURES, query.cursor)
    contact_id = None if query.contact_id is None else parse_id(query.contact_id) or 0
    async with desk(request, "privacy") as at:
        rows = await store.list_erasures(at.connection, at.clinic_id, contact_id, before, query.limit + 1)
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return json_answer(
        {
            "erasures": [erasure_object(row, at.time) for row in page],
            "next_cursor": cursor_after(CursorKind.ERASURES, page[-1]["id"]) if more else None,
        }
    )


async def _person(at: Desk, request: web.Request) -> DictRow:
    contact_id = parse_id(request.match_info["contact_id"])
    contact = contact_id and await store.lock_person(at.connection, at.clinic_id, contact_id)
    if not contact:
        raise contact_not_found()
    return contact


def _plain(contact: DictRow) -> dict[str, Any]:
    times = ("created_at", "updated_at", "held_at")
    return {**contact, **{name: contact[name] and contact[name].isoformat() for name in times}}


def _line(what: str, data: Any) -> bytes:
    return encode_json({"type": what, "data": data}) + b"\n"
