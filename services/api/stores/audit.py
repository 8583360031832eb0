"""Statements about what people did."""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from shared.db.pool import Connection


async def note_audit(
    connection: Connection,
    clinic_id: int,
    user_id: int,
    action: str,
    subject: tuple[str, object],
    data: Mapping[str, Any],
) -> None:
    """Write down who does what to which thing, in the transaction that does it."""
    await connection.execute(
        "INSERT INTO audit_log (clinic_id, actor_user_id, action, subject_type, subject_id, data)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [clinic_id, user_id, action, subject[0], str(subject[1]), Jsonb(dict(data))],
    )


async def list_audit(
    connection: Connection,
    clinic_id: int,
    subject_type: str | None,
    subject_id: str | None,
    action: str | None,
    before: int | None,
    limit: int,
) -> list[DictRow]:
    """The newest entries, those before an id."""
    cursor = await connection.execute(
        """
        SELECT a.id, a.created_at, a.actor_user_id, u.name AS actor_name, a.action, a.subject_type, a.subject_id, a.data
        FROM audit_log a LEFT JOIN users u ON u.clinic_id = a.clinic_id AND u.id = a.actor_user_id
        WHERE a.clinic_id = %(clinic_id)s
          AND (%(subject_type)s::text IS NULL OR a.subject_type = %(subject_type)s)
          AND (%(subject_id)s::text IS NULL OR a.subject_id = %(subject_id)s)
          AND (%(action)s::text IS NULL OR a.action = %(action)s)
          -- Who looked at what is most of it: shown where it is asked for.
          AND (a.action <> 'conversation.read' OR %(action)s::text IS NOT NULL OR %(subject_id)s::text IS NOT NULL)
          AND a.id < %(before)s
        ORDER BY a.id DESC LIMIT %(limit)s
        """,
        {
            "clinic_id": clinic_id,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "action": action,
            "before": before or 2**63 - 1,
            "limit": limit,
        },
    )
    return await cursor.fetchall()
