"""Files that a message only describes are fetched later: what is needed for that, noted with the message."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.queue_worker.effects.messages import Row
from shared.db.pool import Connection

MessageName = tuple[int, str]  # source, provider id


async def enqueue_media(
    connection: Connection,
    inserted: Sequence[Row],
    attachments: Mapping[int, Sequence[Row]],
    events: Mapping[MessageName, UUID],
) -> None:
    """Have the files of new messages fetched, in the transaction of their effect. Their rows become `pending`.

    `events` names the event that brought each message: the payload of one that brought the file as well is kept. Nothing is
    fetched that is elsewhere already, or that nobody can be asked for.
    """
    wanted = [
        (message, row) for message in inserted for row in attachments.get(message["id"], ()) if row["file_path"] is None
    ]
    if not wanted:
        return
    pending = await _insert(connection, wanted, events)
    for _, row in wanted:
        if row["id"] in pending:
            row["state"] = "pending"


async def _insert(
    connection: Connection, wanted: Sequence[tuple[Row, Row]], events: Mapping[MessageName, UUID]
) -> set[int]:
    cursor = await connection.execute(
        """
        WITH wanted AS (
          SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::uuid[], %b::text[])
            AS w (clinic_id, attachment_id, source_id, provider_id, event_id, url)
        ), jobs AS (
          INSERT INTO media_jobs (attachment_id, clinic_id, source_id, provider_id, origin, event_id, url)
          SELECT w.attachment_id, w.clinic_id, w.source_id, w.provider_id,
            CASE WHEN w.event_id IS NOT NULL THEN 'inline' WHEN w.url IS NOT NULL THEN 'url' ELSE 'evolution' END,
            w.event_id, w.url
          FROM wanted w JOIN sources s ON s.clinic_id = w.clinic_id AND s.id = w.source_id
          WHERE w.event_id IS NOT NULL OR w.url IS NOT NULL OR s.kind = 'evolution'
          ON CONFLICT DO NOTHING RETURNING clinic_id, attachment_id
        )
        UPDATE message_attachments a SET state = 'pending' FROM jobs
        WHERE a.clinic_id = jobs.clinic_id AND a.id = jobs.attachment_id RETURNING a.id
        """,
        [
            [row["clinic_id"] for _, row in wanted],
            [row["id"] for _, row in wanted],
            [message["source_id"] for message, _ in wanted],
            [message["provider_id"] for message, _ in wanted],
            [
                events.get((message["source_id"], message["provider_id"])) if row["metadata"].get("inline") else None
                for message, row in wanted
            ],
            [row["metadata"].get("media_url") for _, row in wanted],
        ],
    )
    return {row["id"] for row in await cursor.fetchall()}
