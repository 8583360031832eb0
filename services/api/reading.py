"""What is read of conversations, as clients see it. Each `read_` function is one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg.rows import DictRow

from services.api.contact_search import contact_search
from services.api.cursors import CursorError, CursorKind, Position, decode_cursor, decode_word, encode_cursor
from services.api.models.conversations import ConversationQuery, PageQuery, action_object, conversation_object
from services.api.models.messages import MessageQuery
from services.api.problems import conversation_not_found, invalid_parameter
from services.api.reader import Reader
from services.api.references import ConversationReference, parse_id, parse_reference
from services.api.sessions import session_transaction
from services.api.stores.conversations import (
    ConversationFilter,
    count_conversations,
    find_by_contact,
    find_conversation,
    find_conversation_id,
    list_conversations,
)
from services.api.stores.messages import list_attachments, list_messages, locate_message
from services.api.stores.timeline import list_actions
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.events.message import message_object

LATEST_MESSAGES = 50
LATEST_ACTIONS = 50


@dataclass(frozen=True, slots=True)
class _MessagePage:
    """Messages, oldest first, and the cursor of the page before, where there is one."""

    messages: list[dict[str, Any]]
    next_before: str | None


async def read_list(reader: Reader, claims: Claims, query: ConversationQuery) -> dict[str, Any]:
    """A page of the clinic's conversations."""
    after = conversations_after(query)
    chosen = conversation_filter(query, claims)
    search = contact_search(query.q or "")

    async def page(connection: Connection) -> dict[str, Any]:
        if search is None:
            return await list_page(connection, claims.clinic_id, chosen, query.limit, after)
        found, total = await find_by_contact(connection, claims.clinic_id, chosen, search)
        narrowed = replace(chosen, found=found)
        rows = await list_conversations(connection, claims.clinic_id, narrowed, after, query.limit + 1)
        return _list_page(rows, query.limit, total)

    return await reader.read_for(claims, page)


async def list_page(
    connection: Connection, clinic_id: int, chosen: ConversationFilter, limit: int, after: Position | None = None
) -> dict[str, Any]:
    """A page of the conversations that are chosen, and how many there are, in two statements of an open transaction."""
    # One more than asked for: it says whether there is another page.
    rows = await list_conversations(connection, clinic_id, chosen, after, limit + 1)
    return _list_page(rows, limit, await count_conversations(connection, clinic_id, chosen))


def _list_page(rows: Sequence[DictRow], limit: int, total: int) -> dict[str, Any]:
    page = rows[:limit]
    return {
        "conversations": [conversation_object(row) for row in page],
        "total": total,
        "next_cursor": _cursor_after(page) if len(rows) > limit else None,
    }


async def read_detail(reader: Reader, claims: Claims, reference_text: str) -> dict[str, Any]:
    """A conversation with its latest messages and actions."""
    reference = conversation_reference(reference_text)
    return await reader.read_for(claims, lambda connection: detail(connection, claims.clinic_id, reference))


async def detail(connection: Connection, clinic_id: int, reference: ConversationReference) -> dict[str, Any]:
    """A conversation with its latest messages and actions, in four statements. Raises ProblemError (404)."""
    row = await _existing(connection, clinic_id, reference)
    page = await _message_page(connection, clinic_id, row, None, LATEST_MESSAGES)
    actions = await list_actions(connection, clinic_id, row["id"], None, LATEST_ACTIONS)
    return {
        "conversation": conversation_object(row),
        "messages": page.messages,
        "actions": [action_object(action, row["timezone"]) for action in reversed(actions)],
        "has_more": page.next_before is not None,
    }


async def read_messages(reader: Reader, claims: Claims, reference_text: str, query: MessageQuery) -> dict[str, Any]:
    """A page of a conversation's messages, those before a message or cursor."""
    reference = conversation_reference(reference_text)

    async def found(connection: Connection) -> _MessagePage:
        row = await _existing(connection, claims.clinic_id, reference)
        before = await _before(connection, claims.clinic_id, row["id"], query.before)
        return await _message_page(connection, claims.clinic_id, row, before, query.limit)

    page = await reader.read_for(claims, found)
    return {"messages": page.messages, "has_more": page.next_before is not None, "next_before": page.next_before}


async def read_access(pool: Pool, claims: Claims, reference_text: str) -> dict[str, Any]:
    """The conversation's own id, where the caller may see it."""
    reference = conversation_reference(reference_text)
    async with session_transaction(pool, claims) as connection:
        conversation_id = await find_conversation_id(connection, claims.clinic_id, reference)
    if conversation_id is None:
        raise conversation_not_found()
    return {"conversation_id": str(conversation_id)}


def conversation_filter(query: ConversationQuery, claims: Claims) -> ConversationFilter:
    """What a query chooses; `me` is whoever asks."""
    named = None if query.assigned_to is None else parse_id(query.assigned_to)
    return ConversationFilter(
        status=query.status,
        priority=query.priority,
        assigned_to=claims.user_id if query.assigned_to == "me" else named,
        unassigned=query.assigned_to == "none",
        label_id=None if query.label is None else parse_id(query.label),
    )


def conversation_reference(text: str) -> ConversationReference:
    """The reference a path names. Raises ProblemError (404)."""
    reference = parse_reference(text)
    if reference is None:
        raise conversation_not_found()
    return reference


async def _existing(connection: Connection, clinic_id: int, reference: ConversationReference) -> DictRow:
    row = await find_conversation(connection, clinic_id, reference)
    if row is None:
        raise conversation_not_found()
    return row


async def _before(connection: Connection, clinic_id: int, conversation_id: int, text: str | None) -> Position | None:
    if text is None:
        return None
    message_id = parse_id(text)
    if message_id is None:
        return list_position(CursorKind.MESSAGES, "before", text)
    position = await locate_message(connection, clinic_id, conversation_id, message_id)
    if position is None:
        raise invalid_parameter("before", "There is no such message in this conversation")
    return position


async def _message_page(
    connection: Connection, clinic_id: int, conversation: DictRow, before: Position | None, limit: int
) -> _MessagePage:
    rows = await list_messages(connection, clinic_id, conversation["id"], before, limit + 1)
    page = rows[:limit]
    attachments = await _attachments(connection, clinic_id, [row["id"] for row in page])
    return _MessagePage(
        [message_object(row, attachments[row["id"]], conversation["timezone"]) for row in reversed(page)],
        _cursor_before(page) if len(rows) > limit else None,
    )


async def _attachments(
    connection: Connection, clinic_id: int, message_ids: Sequence[int]
) -> defaultdict[int, list[DictRow]]:
    by_message: defaultdict[int, list[DictRow]] = defaultdict(list)
    for row in await list_attachments(connection, clinic_id, message_ids) if message_ids else ():
        by_message[row["message_id"]].append(row)
    return by_message


def conversations_after(query: PageQuery) -> Position | None:
    """After which conversation a page begins; None for the first. Raises ProblemError (400)."""
    return None if query.cursor is None else list_position(CursorKind.CONVERSATIONS, "cursor", query.cursor)


def list_position(kind: CursorKind, parameter: str, cursor: str) -> Position:
    """Where a page begins. Raises ProblemError (400)."""
    try:
        return decode_cursor(kind, cursor)
    except CursorError as error:
        raise invalid_parameter(parameter, "This is no cursor of this list; start again without it") from error


def list_word(kind: CursorKind, cursor: str) -> str:
    """After which word a page begins. Raises ProblemError (400)."""
    try:
        return decode_word(kind, cursor)
    except CursorError as error:
        raise invalid_parameter("cursor", "This is no cursor of this list; start again without it") from error


def _cursor_after(page: Sequence[DictRow]) -> str:
    last = page[-1]
    return encode_cursor(CursorKind.CONVERSATIONS, Position(last["activity_at"], last["id"]))


def _cursor_before(page: Sequence[DictRow]) -> str:
    oldest = page[-1]
    return encode_cursor(CursorKind.MESSAGES, Position(oldest["timestamp"], oldest["id"]))
