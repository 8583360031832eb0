"""Statements about who looked at what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.api.references import parse_id
from shared.db.pool import Connection


class ReadLike(Protocol):
    """Who was shown a conversation of a clinic, by which name, and when."""

    @property
    def user_id(self) -> int: ...

    @property
    def reference(self) -> str: ...

    @property
    def at(self) -> datetime: ...


async def store_reads(connection: Connection, clinic_id: int, reads: Sequence[ReadLike], window_seconds: int) -> None:
    """An entry for each user and conversation that has none within the window, whichever process wrote it.

    A conversation that is gone meanwhile is named by its own id, if it was asked for by that: another name may be a phone.
    """
    await connection.execute(
        """
        WITH asked AS (
          SELECT r.user_id, r.at, coalesce(own.id, outer_id.id, merged.id, r.own_id) AS conversation_id
          FROM unnest(%(users)b::bigint[], %(references)b::text[], %(own_ids)b::bigint[], %(times)b::timestamptz[])
            AS r (user_id, reference, own_id, at)
          LEFT JOIN conversations own ON own.clinic_id = %(clinic_id)s AND own.id = r.own_id
          LEFT JOIN conversations outer_id ON outer_id.clinic_id = %(clinic_id)s AND outer_id.external_id = r.reference
          LEFT JOIN LATERAL (
            SELECT m.into_conversation_id AS id FROM conversation_merges m WHERE m.clinic_id = %(clinic_id)s
              AND (m.from_conversation_id = r.own_id OR m.from_external_id = r.reference)
            ORDER BY m.from_conversation_id = r.own_id DESC NULLS LAST LIMIT 1
          ) merged ON true
        ), first AS (
          SELECT DISTINCT ON (user_id, conversation_id) user_id, conversation_id, at FROM asked
          ORDER BY user_id, conversation_id, at
        )
        INSERT INTO audit_log (clinic_id, actor_user_id, action, subject_type, subject_id, created_at)
        SELECT %(clinic_id)s, f.user_id, 'conversation.read', 'conversation', coalesce(f.conversation_id::text, 'gone'), f.at
        FROM first f WHERE NOT EXISTS (
          SELECT FROM audit_log a WHERE a.clinic_id = %(clinic_id)s AND a.subject_type = 'conversation'
            AND a.subject_id = f.conversation_id::text AND a.action = 'conversation.read' AND a.actor_user_id = f.user_id
            AND a.created_at > f.at - make_interval(secs => %(window)s))
        ORDER BY f.at, f.conversation_id
        """,
        {
            "clinic_id": clinic_id,
            "users": [read.user_id for read in reads],
            "references": [read.reference for read in reads],
            "own_ids": [parse_id(read.reference) for read in reads],
            "times": [read.at for read in reads],
            "window": window_seconds,
        },
    )
