"""The queue's messages, pauses and the audit log, for operators."""

import re
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

from aiohttp import web

from services.api.answers import json_answer
from services.api.cursors import EPOCH, CursorKind
from services.api.desk import Desk, desk
from services.api.models.dead_letters import ReasonBody
from services.api.models.operations import (
    AuditQuery,
    PauseBody,
    PauseQuery,
    QueueMessagesQuery,
    audit_object,
    pause_object,
    queue_message_object,
)
from services.api.parsing import parse_body, parse_query
from services.api.problems import ProblemError, invalid_parameter, source_not_found
from services.api.resources import RESOURCES
from services.api.stores import queue as store
from services.api.stores.audit import list_audit
from services.api.stores.sources import find_source
from services.api.views.dead_letters import cursor_after, position

_QUEUE_CURSOR = re.compile(r"q(\d{1,18})-([0-9a-f]{32})")


async def queue_messages(request: web.Request) -> web.Response:
    """What waits or is being worked, the oldest first."""
    query = parse_query(request, QueueMessagesQuery)
    after = None if query.cursor is None else queue_position(query.cursor)
    async with desk(request, "view") as at:
        rows = await store.list_queue(
            at.connection, at.clinic_id, query.status, query.event_type, after, query.limit + 1
        )
    page = rows[: query.limit]
    return json_answer(
        {
            "messages": [queue_message_object(row, at.timezone) for row in page],
            "next_cursor": queue_cursor(page[-1]["created_at"], page[-1]["id"]) if len(rows) > query.limit else None,
        }
    )


def queue_cursor(at: datetime, message_id: UUID) -> str:
    """The cursor of the page after a row of the queue."""
    return f"q{(at - EPOCH) // timedelta(microseconds=1)}-{message_id.hex}"


def queue_position(cursor: str) -> tuple[datetime, UUID]:
    """The row after which a page begins. Raises ProblemError (400)."""
    found = _QUEUE_CURSOR.fullmatch(cursor)
    try:
        if found is None:
            raise ValueError(cursor)
        return EPOCH + timedelta(microseconds=int(found[1])), UUID(found[2])
    except (ValueError, OverflowError) as error:
        raise invalid_parameter("cursor", "This is no cursor of this list; start again without it") from error


async def kill_message(request: web.Request) -> web.Response:
    """Have a message moved to the dead letters instead of trying it again; a worker does it within a second or so."""
    body = await parse_body(request, ReasonBody)
    async with desk(request, "discard") as at:
        message_id = _message_id(request)
        if not await store.kill_queued(at.connection, at.clinic_id, message_id, at.name, body.reason):
            await _refuse(at, message_id)
        await at.audit("queue.killed", "queue_message", message_id, {"reason": body.reason})
        found = await store.find_queued(at.connection, at.clinic_id, message_id)
    request.app[RESOURCES].waker.wake()
    return json_answer({"message": queue_message_object(found or {}, at.timezone)})


async def run_message(request: web.Request) -> web.Response:
    """Do not wait for the time of a message's next try."""
    async with desk(request, "replay") as at:
        message_id = _message_id(request)
        if not await store.run_queued(at.connection, at.clinic_id, message_id):
            await _refuse(at, message_id)
        await at.audit("queue.run", "queue_message", message_id, {})
        found = await store.find_queued(at.connection, at.clinic_id, message_id)
    request.app[RESOURCES].waker.wake()
    return json_answer({"message": queue_message_object(found or {}, at.timezone)})


async def _refuse(at: Desk, message_id: UUID) -> NoReturn:
    found = await store.find_queued(at.connection, at.clinic_id, message_id)
    if found is None:
        raise _no_message()
    if found["status"] == "processing":
        raise ProblemError(409, "A worker has it in hand now.", code="in_hand")
    raise ProblemError(409, "It is on its way to the dead letters.", code="already_killed")


def _message_id(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["id"])
    except ValueError as error:
        raise _no_message() from error


def _no_message() -> ProblemError:
    return ProblemError(404, "There is no such message in the queue; it may be done.")


async def pauses(request: web.Request) -> web.Response:
    """What is paused."""
    async with desk(request, "view") as at:
        rows = await store.list_pauses(at.connection, at.clinic_id)
    return json_answer({"pauses": [pause_object(row, at.timezone) for row in rows]})


async def pause(request: web.Request) -> web.Response:
    """Work no events, or send no replies, of one source or the whole clinic. They are kept, and come when it is resumed."""
    body = await parse_body(request, PauseBody)
    source_id = None if body.source_id is None else int(body.source_id)
    async with desk(request, "pause") as at:
        await _require_source(at, source_id)
        row = await store.pause(at.connection, at.clinic_id, source_id, body.kind, at.name, body.reason)
        if row is None:
            raise ProblemError(409, "It is paused already.", code="already_paused")
        await at.audit("queue.paused", "source", source_id or "all", {"kind": body.kind, "reason": body.reason})
    return json_answer({"pause": pause_object(row, at.timezone)}, status=201)


async def resume(request: web.Request) -> web.Response:
    """Work them again."""
    query = parse_query(request, PauseQuery)
    source_id = None if query.source_id is None else int(query.source_id)
    async with desk(request, "pause") as at:
        if not await store.resume(at.connection, at.clinic_id, source_id, query.kind):
            raise ProblemError(404, "That is not paused.")
        await at.audit("queue.resumed", "source", source_id or "all", {"kind": query.kind})
        rows = await store.list_pauses(at.connection, at.clinic_id)
    request.app[RESOURCES].waker.wake()
    return json_answer({"pauses": [pause_object(row, at.timezone) for row in rows]})


async def _require_source(at: Desk, source_id: int | None) -> None:
    if source_id is not None and await find_source(at.connection, at.clinic_id, source_id) is None:
        raise source_not_found()


async def audit(request: web.Request) -> web.Response:
    """What people did, the newest first."""
    query = parse_query(request, AuditQuery)
    before = None if query.cursor is None else position(CursorKind.AUDIT, query.cursor)
    async with desk(request, "view") as at:
        rows = await list_audit(
            at.connection,
            at.clinic_id,
            query.subject_type,
            query.subject_id,
            query.action,
            before,
            query.limit + 1,
        )
    page = rows[: query.limit]
    return json_answer(
        {
            "entries": [audit_object(row, at.timezone) for row in page],
            "next_cursor": cursor_after(CursorKind.AUDIT, page[-1]["id"]) if len(rows) > query.limit else None,
        }
    )
