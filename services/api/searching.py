"""What is found in what people wrote. One transaction."""

from typing import Any

from psycopg.rows import DictRow

from services.api.cursors import CursorKind, Position, encode_cursor
from services.api.models.search import SearchQuery, found_object
from services.api.problems import conversation_not_found
from services.api.reader import Reader
from services.api.reading import conversation_reference, list_position
from services.api.stores.conversations import find_conversation_id
from services.api.stores.search import search_messages
from shared.auth.tokens import Claims
from shared.db.pool import Connection


async def read_search(reader: Reader, claims: Claims, query: SearchQuery) -> dict[str, Any]:
    """A page of the clinic's messages that match, newest first. Raises ProblemError (400, 404)."""
    before = None if query.cursor is None else list_position(CursorKind.SEARCH, "cursor", query.cursor)
    span = query.since, query.until

    async def found(connection: Connection) -> list[DictRow]:
        within = await _conversation(connection, claims.clinic_id, query.conversation_id)
        return await search_messages(connection, claims.clinic_id, query.q, within, span, before, query.limit + 1)

    rows = await reader.read_for(claims, found)
    page = rows[: query.limit]
    more = len(rows) > query.limit
    last = page[-1] if more else None
    return {
        "results": [found_object(row) for row in page],
        "next_cursor": last and encode_cursor(CursorKind.SEARCH, Position(last["timestamp"], last["message_id"])),
    }


async def _conversation(connection: Connection, clinic_id: int, text: str | None) -> int | None:
    if text is None:
        return None
    found = await find_conversation_id(connection, clinic_id, conversation_reference(text))
    if found is None:
        raise conversation_not_found()
    return found
