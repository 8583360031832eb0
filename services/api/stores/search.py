"""The statement that finds messages."""

from datetime import datetime

from psycopg.rows import DictRow

from services.api.cursors import Position
from services.api.snippets import END, HIT
from shared.db.pool import Connection


async def search_messages(
    connection: Connection,
    clinic_id: int,
    query: str,
    conversation_id: int | None,
    span: tuple[datetime | None, datetime | None],
    before: Position | None,
    limit: int,
) -> list[DictRow]:
    """A page of messages that match, newest first. Hits are marked in the page's rows only."""
    cursor = await connection.execute(
        """
        WITH page AS MATERIALIZED (
          SELECT m.id AS message_id, m.conversation_id, m.sender_type, m.message_type, m."timestamp",
            normalize(translate(left(m.content, 65536), %(marks)s, '')) AS content
          FROM find_messages(%(query)s, %(conversation_id)s::bigint, %(since)s::timestamptz, %(until)s::timestamptz,
            %(before_at)s::timestamptz, %(before_id)s::bigint, %(limit)s) AS found
          JOIN messages m ON m.clinic_id = %(clinic_id)s AND m.id = found.message_id
        )
        SELECT page.*, ct.id AS contact_id, ct.name AS contact_name, cl.timezone,
          ts_headline('portuguese', folded(page.content), websearch_to_tsquery('portuguese', folded(%(query)s)),
            %(options)s) AS marked
        FROM page
        JOIN conversations c ON c.clinic_id = %(clinic_id)s AND c.id = page.conversation_id
        JOIN contacts ct ON ct.clinic_id = c.clinic_id AND ct.id = c.contact_id
        JOIN clinics cl ON cl.id = c.clinic_id
        ORDER BY page."timestamp" DESC, page.message_id DESC
        """,
        {
            "clinic_id": clinic_id,
            "query": query,
            "conversation_id": conversation_id,
            "since": span[0],
            "until": span[1],
            "before_at": before and before.at,
            "before_id": before and before.id,
            "limit": limit,
            "marks": HIT + END,
            "options": f"StartSel={HIT}, StopSel={END}, HighlightAll=true",
        },
    )
    return await cursor.fetchall()
