"""What became of a media job: in the attachment, in its message's version, and told to agents. One transaction each."""

from datetime import UTC, datetime
from typing import Literal

from services.queue_worker.effects.live import message_events
from services.queue_worker.effects.messages import attachments_of
from services.queue_worker.media.inline_files import release_payload
from services.queue_worker.media.jobs import MediaJob, remove
from shared.db.media_files import note_file
from shared.db.outbox import append_outbox
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction
from shared.media.incoming import IncomingFile
from shared.media.kinds import kind_of


async def begin_storing(pool: Pool, job: MediaJob, file: IncomingFile) -> None:
    """Note the file before it is put into the store: whatever happens next, it is known there."""
    async with tenant_transaction(pool, job.clinic_id) as connection:
        await note_file(connection, job.clinic_id, file.sha256, file.size)


async def record_stored(pool: Pool, job: MediaJob, file: IncomingFile) -> bool:
    """Give the attachment its file; False where somebody else has finished the job, or the message is gone."""
    async with tenant_transaction(pool, job.clinic_id) as connection:
        if not await _finish(connection, job):
            return False
        await connection.execute(
            "UPDATE message_attachments SET state = 'stored', state_reason = NULL, sha256 = %(sha256)s, file_size = %(size)s,"
            " file_type = %(file_type)s, file_path = '/api/attachments/' || id"
            " WHERE clinic_id = %(clinic_id)s AND id = %(id)s",
            {
                "sha256": file.sha256,
                "size": file.size,
                "file_type": kind_of(file.head, await _declared_type(connection, job)),
                "clinic_id": job.clinic_id,
                "id": job.attachment_id,
            },
        )
        await release_payload(connection, job)
        await _tell(connection, job)
    return True


async def record_given_up(pool: Pool, job: MediaJob, state: Literal["failed", "expired"], reason: str) -> bool:
    """Say that there will be no file, and why; False as of `record_stored`."""
    async with tenant_transaction(pool, job.clinic_id) as connection:
        if not await _finish(connection, job):
            return False
        await connection.execute(
            "UPDATE message_attachments SET state = %s, state_reason = %s WHERE clinic_id = %s AND id = %s",
            [state, reason, job.clinic_id, job.attachment_id],
        )
        await _tell(connection, job)
    return True


async def _finish(connection: Connection, job: MediaJob) -> bool:
    """Lock the conversation before its messages and what belongs to them, as everybody does; then the job is the fence."""
    await connection.execute(
        "SELECT 1 FROM message_attachments a JOIN messages m ON m.clinic_id = a.clinic_id AND m.id = a.message_id"
        " JOIN conversations c ON c.clinic_id = m.clinic_id AND c.id = m.conversation_id"
        " WHERE a.clinic_id = %s AND a.id = %s FOR NO KEY UPDATE OF c",
        [job.clinic_id, job.attachment_id],
    )
    return await remove(connection, job)


async def _declared_type(connection: Connection, job: MediaJob) -> str | None:
    cursor = await connection.execute(
        "SELECT file_type FROM message_attachments WHERE clinic_id = %s AND id = %s", [job.clinic_id, job.attachment_id]
    )
    row = await cursor.fetchone()
    return None if row is None else row["file_type"]


async def _tell(connection: Connection, job: MediaJob) -> None:
    cursor = await connection.execute(
        "UPDATE messages m SET version = m.version + 1 FROM message_attachments a"
        " WHERE a.clinic_id = %s AND a.id = %s AND m.clinic_id = a.clinic_id AND m.id = a.message_id"
        " RETURNING m.*, false AS inserted",
        [job.clinic_id, job.attachment_id],
    )
    rows = await cursor.fetchall()
    attachments = await attachments_of(connection, rows)
    events = message_events(rows, attachments, job.timezone, datetime.now(UTC))
    await append_outbox(connection, job.clinic_id, list(events))
