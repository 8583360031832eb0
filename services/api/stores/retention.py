"""Statements about what a clinic deletes by itself. What counts as old are the worker's conditions."""

from typing import LiteralString

from psycopg.rows import DictRow

from shared.db.pool import Connection

# Each yields a row for each thing that is older, up to a limit.
_OLDER: dict[str, LiteralString] = {
    "messages": """
        SELECT FROM conversations c
        JOIN contacts ct ON ct.clinic_id = c.clinic_id AND ct.id = c.contact_id AND ct.held_at IS NULL
        CROSS JOIN LATERAL (
          SELECT FROM messages m WHERE m.clinic_id = c.clinic_id AND m.conversation_id = c.id
            AND m."timestamp" < clock_timestamp() - make_interval(days => %(days)s) AND m.delivery_status <> 'pending'
          ORDER BY m."timestamp", m.id LIMIT %(limit)s
        ) old
        WHERE c.clinic_id = %(clinic_id)s""",
    "media": """
        SELECT FROM message_attachments a
        JOIN messages m ON m.clinic_id = a.clinic_id AND m.id = a.message_id
        JOIN conversations c ON c.clinic_id = m.clinic_id AND c.id = m.conversation_id
        JOIN contacts ct ON ct.clinic_id = c.clinic_id AND ct.id = c.contact_id AND ct.held_at IS NULL
        WHERE a.clinic_id = %(clinic_id)s AND a.sha256 IS NOT NULL AND a.state = 'stored'
          AND m."timestamp" < clock_timestamp() - make_interval(days => %(days)s) AND m.delivery_status <> 'pending'""",
    "dead_letters": """
        SELECT FROM failed_messages WHERE clinic_id = %(clinic_id)s AND state <> 'replaying'
          AND dead_at < clock_timestamp() - make_interval(days => %(days)s)
          AND NOT EXISTS (SELECT FROM contacts WHERE clinic_id = %(clinic_id)s AND held_at IS NOT NULL)""",
    "reads": """
        SELECT FROM audit_log WHERE clinic_id = %(clinic_id)s AND action = 'conversation.read'
          AND created_at < clock_timestamp() - make_interval(days => %(days)s)""",
}


async def list_rules(connection: Connection, clinic_id: int) -> dict[str, DictRow]:
    """The clinic's rules by class."""
    cursor = await connection.execute(
        "SELECT class, days, set_by, set_at FROM retention_rules WHERE clinic_id = %s", [clinic_id]
    )
    return {row["class"]: row for row in await cursor.fetchall()}


async def put_rule(connection: Connection, clinic_id: int, what: str, days: int, by: str) -> None:
    """Delete what is older from the next round on."""
    await connection.execute(
        "INSERT INTO retention_rules (clinic_id, class, days, set_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (clinic_id, class) DO UPDATE"
        " SET days = excluded.days, set_by = excluded.set_by, set_at = clock_timestamp()",
        [clinic_id, what, days, by],
    )


async def end_rule(connection: Connection, clinic_id: int, what: str) -> None:
    """Keep everything of a class."""
    await connection.execute("DELETE FROM retention_rules WHERE clinic_id = %s AND class = %s", [clinic_id, what])


async def count_older(connection: Connection, clinic_id: int, what: str, days: int, limit: int) -> int:
    """How much of a class is older than so many days, counted up to a limit."""
    cursor = await connection.execute(
        f"SELECT count(*) AS older FROM ({_OLDER[what]} LIMIT %(limit)s) o".encode(),  # noqa: S608 - of the table above
        {"clinic_id": clinic_id, "days": days, "limit": limit},
    )
    row = await cursor.fetchone()
    return int(row["older"]) if row else 0
