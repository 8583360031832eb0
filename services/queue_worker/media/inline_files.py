"""A file that came inside its event, whose payload the inbox keeps until the file is stored."""

from collections.abc import AsyncGenerator

from services.queue_worker.media.base64_text import Base64Error, decoded
from services.queue_worker.media.failures import NeverError
from services.queue_worker.media.jobs import MediaJob
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction
from shared.media.incoming import TooLargeError

_BASE64_GROWTH = 1.4  # of three bytes four characters, and line ends


async def inline_file(pool: Pool, job: MediaJob, limit: int) -> AsyncGenerator[bytes, None]:
    """The bytes of a file, in pieces. Raises NeverError, or TooLargeError before the text leaves the database."""
    async with tenant_transaction(pool, job.clinic_id) as connection:
        text = await _text(connection, job, int(limit * _BASE64_GROWTH) + 1024)
    try:
        async for piece in decoded(text):
            yield piece
    except Base64Error as error:
        raise NeverError("what came with the event is no base64") from error


async def _text(connection: Connection, job: MediaJob, limit: int) -> str:
    # The member nearest to the message is found first: jsonb orders names by their length, and `message` is shorter than
    # `contextInfo`, in which a quoted message may have one as well.
    cursor = await connection.execute(
        """
        SELECT octet_length(found.text) AS size, CASE WHEN octet_length(found.text) <= %s THEN found.text END AS text
        FROM webhook_events e, LATERAL (
          SELECT jsonb_path_query_first(e.payload, '$.**.base64 ? (@.type() == "string" && @ != "")') #>> '{}' AS text
        ) found
        WHERE e.id = %s
        """,
        [limit, job.event_id],
    )
    row = await cursor.fetchone()
    if row is None or row["size"] is None:
        raise NeverError("the event that brought it is not kept any more")
    if row["text"] is None:
        raise TooLargeError
    return str(row["text"])


async def release_payload(connection: Connection, job: MediaJob) -> None:
    """Forget the payload once its files are stored: it was kept for them alone, and a copy of a patient's file is enough."""
    if job.event_id is None:
        return
    await connection.execute(
        "UPDATE webhook_events SET payload = NULL WHERE id = %(id)s AND ignored IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM media_jobs WHERE event_id = %(id)s)",
        {"id": job.event_id},
    )
